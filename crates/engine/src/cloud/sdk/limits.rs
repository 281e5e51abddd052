//! What the account allows: one call each to IAM and Lambda, and a page or two of Service Quotas.

use super::clients::Clients;
use crate::cloud::call::buckets_of;
use crate::cloud::{AccountLimits, Allowance, CloudError};

/// How Service Quotas calls the largest number of state machines.
const STATE_MACHINES: &str = "Maximum number of registered state machines";

pub(super) async fn limits(clients: &Clients) -> AccountLimits {
    let mut limits = AccountLimits::default();
    let (roles, functions, quotas) =
        tokio::join!(role_allowance(clients), function_allowances(clients), service_quotas(clients));
    let mut unreadable = Vec::new();
    let mut note = |what: &str, error: CloudError| unreadable.push(format!("{what}: {error}"));
    match roles {
        Ok(roles) => limits.roles = roles,
        Err(error) => note("roles", error),
    }
    match functions {
        Ok((code_storage, concurrency)) => (limits.code_storage, limits.concurrency) = (code_storage, concurrency),
        Err(error) => note("code storage and concurrency", error),
    }
    match quotas {
        Ok(Some(quotas)) => {
            let machines = quotas.iter().find(|(name, _)| name == STATE_MACHINES);
            limits.state_machines = machines.map(|(_, value)| whole(*value));
            limits.buckets = buckets_of(quotas.iter().map(|(name, value)| (name.as_str(), *value)));
            clients.caller.queue.learn(limits.buckets.clone());
        }
        Ok(None) => {}
        Err(error) => note("Step Functions' buckets", error),
    }
    limits.unreadable = unreadable;
    limits
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
async fn role_allowance(clients: &Clients) -> Result<Option<Allowance>, CloudError> {
    let ask = || clients.iam.get_account_summary().send();
    let answer = clients.caller.call("iam:GetAccountSummary", ask).await?;
    let figures = answer.summary_map.unwrap_or_default();
    let figure = |name: &str| {
        let found = figures.iter().find(|(key, _)| key.as_str() == name);
        found.and_then(|(_, value)| u64::try_from(*value).ok())
    };
    let both = figure("Roles").zip(figure("RolesQuota"));
    Ok(both.map(|(used, quota)| Allowance { used, quota }))
}

/// Code storage in bytes, and concurrency. <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>
async fn function_allowances(clients: &Clients) -> Result<(Option<Allowance>, Option<Allowance>), CloudError> {
    let ask = || clients.lambda.get_account_settings().send();
    let answer = clients.caller.call("lambda:GetAccountSettings", ask).await?;
    let (Some(limit), usage) = (answer.account_limit, answer.account_usage) else { return Ok((None, None)) };
    let number = |value: i64| u64::try_from(value).unwrap_or_default();
    let storage = Allowance {
        used: usage.map_or(0, |usage| number(usage.total_code_size)),
        quota: number(limit.total_code_size),
    };
    let concurrent = number(limit.concurrent_executions.into());
    let free = limit.unreserved_concurrent_executions.map_or(concurrent, |free| number(free.into()));
    let concurrency = Allowance { used: concurrent.saturating_sub(free), quota: concurrent };
    Ok((Some(storage), Some(concurrency)))
}

/// Names and values of Step Functions' quotas. `None` at a custom endpoint: Service Quotas is not behind it, and the account at AWS
/// is not the one in question. <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html>
async fn service_quotas(clients: &Clients) -> Result<Option<Vec<(String, f64)>>, CloudError> {
    if clients.caller.endpoints.custom().next().is_some() {
        return Ok(None);
    }
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let ask = || {
            let request = clients.quotas.list_service_quotas().service_code("states").max_results(100);
            request.set_next_token(token.clone()).send()
        };
        let page = clients.caller.call("servicequotas:ListServiceQuotas", ask).await?;
        let quotas = page.quotas.unwrap_or_default().into_iter();
        found.extend(quotas.filter_map(|quota| Some((quota.quota_name?, quota.value?))));
        token = page.next_token;
        if token.is_none() {
            return Ok(Some(found));
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float saturates, and quotas are whole")]
fn whole(value: f64) -> u64 {
    value as u64
}
