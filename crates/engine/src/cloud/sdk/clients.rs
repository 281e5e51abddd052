//! The clients of one account and region, and the one way that their calls take.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::caller::Caller;
use super::failure::refused;
use super::imposed::Imposed;
use super::last_observation::{LastObservation, Seen};
use super::settle::Settling;
use crate::cloud::{CloudError, ErrorClass, Identity};
use crate::model::{AccountId, Key, Owner, Place, Region};

/// The clients of one account and region, and what their calls share.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) region: Region,
    /// The target's file of further certificate authorities.
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) identity: Arc<OnceCell<Identity>>,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) states: aws_sdk_sfn::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) dashboards: aws_sdk_cloudwatch::Client,
    pub(super) queues: aws_sdk_sqs::Client,
    pub(super) resources: aws_sdk_cloudcontrol::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) tagging: aws_sdk_resourcegroupstagging::Client,
    pub(super) quotas: aws_sdk_servicequotas::Client,
    pub(super) caller: Caller,
    /// What the last observation showed.
    pub(super) last_observation: Arc<LastObservation>,
    /// Retention that is the account's to decide.
    pub(super) imposed: Arc<Imposed>,
    /// Functions that are waited for.
    pub(super) settling: Arc<Settling>,
}

impl Clients {
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>, asked once.
    pub(super) async fn who(&self) -> Result<&Identity, CloudError> {
        let ask = || async {
            let answer = self.caller.call("sts:GetCallerIdentity", || self.sts.get_caller_identity().send()).await?;
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            self.caller.calls_into(answer.account().unwrap_or_default(), &self.region);
            Ok(Identity { account: text(answer.account()), arn: text(answer.arn()) })
        };
        self.identity.get_or_try_init(ask).await
    }

    /// The account and region, as ARNs need them.
    pub(super) async fn place(&self) -> Result<Place, CloudError> {
        let account = &self.who().await?.account;
        let account = AccountId::new(account).map_err(|error| {
            refused("sts:GetCallerIdentity", ErrorClass::Other, format!("the account `{account}` {error}"))
        })?;
        Ok(Place { account, region: self.region.clone() })
    }

    /// The ARN of a resource whose path does not matter.
    pub(super) async fn arn(&self, key: &Key) -> Result<String, CloudError> {
        Ok(self.place().await?.arn(key, "/"))
    }

    /// What the last observation showed of a thing, if that can be relied on for deleting it.
    pub(super) fn seen(&self, key: &Key, owner: &Owner) -> Option<Seen> {
        self.last_observation.take(self.caller.time.elapsed(), key, owner)
    }

    /// Whether the last observation showed that a thing is not there, if that can be relied on for making it.
    pub(super) fn was_absent(&self, key: &Key) -> bool {
        self.last_observation.was_absent(self.caller.time.elapsed(), key)
    }
}
