//! Before the first change: whether a plan fits the account, how long it takes, and what bounds that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::connection::Connection;
use super::failure::Failure;
use super::session::Session;
use crate::cloud::{AccountLimits, Allowance, published_bucket};
use crate::model::{Place, Quota};
use crate::plan::{self, Allowances, Allowed, Need, Plan};
use crate::ui::view::PreflightView;

/// Weighs a plan. Accounts at AWS are asked what they allow if the plan makes anything; on this machine nothing is limited, and AWS's
/// published figures say what the plan would meet there.
pub(crate) async fn weigh(session: &Session, plan: &Plan) -> PreflightView {
    let mut allowances = BTreeMap::new();
    let mut unreadable = Vec::new();
    for connection in asked(session, plan) {
        let limits = connection.cloud.limits().await;
        unreadable.extend(limits.unreadable.iter().cloned());
        allowances.insert(connection.place.clone(), allowed(&limits));
    }
    let forecast = plan::forecast(plan, &|place, operation| bucket(session, place, operation));
    PreflightView {
        expected_seconds: tenths(forecast.expected_seconds),
        bound_seconds: tenths(forecast.bound_seconds),
        bound_by: forecast.bound_by().map(|load| load.bucket.clone()),
        calls: forecast.calls,
        loads: forecast.loads,
        needs: plan::needs(plan, &allowances),
        dashboards_usd_per_month: plan::monthly_dollars(plan),
        unreadable,
        is_local: session.connections.values().all(|connection| connection.cloud.is_loopback()),
    }
}

/// How long a plan takes, for who watches it; `None` where nothing bounds it, or where time is not this machine's.
pub(crate) fn foreseen(session: &Session, plan: &Plan) -> Option<Duration> {
    let own = |place: &Place, operation: &str| {
        let connection = session.connections.values().find(|connection| connection.place == *place)?;
        connection.cloud.bucket(operation).map(|paced| (paced.bucket, paced.quota))
    };
    let forecast = plan::forecast(plan, &own);
    let is_near = session.connections.values().all(|connection| connection.cloud.is_loopback());
    let seconds = if is_near { forecast.bound_seconds } else { forecast.expected_seconds };
    Duration::try_from_secs_f64(seconds).ok().filter(|time| session.time_factor.is_finite() && !time.is_zero())
}

/// The bucket an operation draws from: the connection's, else what AWS publishes.
pub(crate) fn bucket(session: &Session, place: &Place, operation: &str) -> Option<(String, Quota)> {
    let connection = session.connections.values().find(|connection| connection.place == *place);
    let own = connection.and_then(|connection| connection.cloud.bucket(operation));
    let paced = own.or_else(|| published_bucket(operation, place.region.as_str()))?;
    Some((paced.bucket, paced.quota))
}

/// Refuses a plan that cannot fit, before anything is changed. What only AWS's published figures speak against may have been raised.
///
/// # Errors
/// What is in the way, with what is used and what there is.
pub(crate) async fn refuse_what_cannot_fit(session: &Session, plan: &Plan) -> Result<(), Failure> {
    if asked(session, plan).next().is_none() {
        return Ok(());
    }
    let view = weigh(session, plan).await;
    let in_the_way: Vec<String> = view.needs.iter().filter(|need| need.is_in_the_way()).map(shortage).collect();
    if in_the_way.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("the plan does not fit; nothing was touched: {}", in_the_way.join("; ")),
        "raise the quota in Service Quotas, remove what is not needed, or choose fewer users with `--user`",
    ))
}

/// A need in words: `account 123456789012 has room for 188 more roles, and 600 are needed (812 of 1000 used)`.
fn shortage(need: &Need) -> String {
    let Need { name, account, need, used, quota, .. } = need;
    let (used, quota) = (used.unwrap_or_default(), quota.unwrap_or_default());
    let room = quota.saturating_sub(used);
    let name = name.replace('-', " ");
    let unit = if name == "code storage" { " bytes of" } else { "" };
    format!("account {account} has room for {room} more{unit} {name}, and {need} are needed ({used} of {quota} used)")
}

fn asked<'a>(session: &'a Session, plan: &Plan) -> impl Iterator<Item = &'a Connection> + use<'a> {
    let makes = plan.summary().create > 0;
    session.reached().into_iter().filter(move |connection| makes && !connection.cloud.is_loopback())
}

fn allowed(limits: &AccountLimits) -> Allowances {
    let own = |allowance: Option<Allowance>| {
        allowance.map(|Allowance { used, quota }| Allowed { used: Some(used), quota, own: true })
    };
    let machines = limits.state_machines.map(|quota| Allowed { used: None, quota, own: true });
    let all = [
        ("roles", own(limits.roles)),
        ("code-storage", own(limits.code_storage)),
        ("concurrency", own(limits.concurrency)),
        ("state-machines", machines),
    ];
    all.into_iter().filter_map(|(name, allowed)| Some((name, allowed?))).collect()
}

/// Seconds with one decimal.
pub(crate) fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
