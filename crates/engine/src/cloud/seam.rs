//! The verbs. Every call carries what it needs; nothing is remembered between calls but connections and pacing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{AccountLimits, CallOrder, CloudError, Paced};
use crate::asl::trace::HistoryEvent;
use crate::kind::{Live, Observed, Part, Resource, StateMachine};
use crate::model::{Execution, ExecutionStatus, Key, Kind, LabName, LogEvent, Owner, UserName};

/// Who the credentials are. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
}

/// How closely `observe` looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Content is compared. A list is not asked for where the tag index names all that is wanted of a kind.
    #[default]
    Content,
    /// Content is compared, and every list is asked for: the index lags behind, and only a list shows that nothing is left.
    Lists,
    /// Digests in tags are believed: what carries the tags of its wanted resource here counts as being so, its content unread.
    /// Whatever does not is read as with [`Depth::Content`], so that nothing is changed that was not read.
    Tags,
}

/// What `observe` shall look at: the wanted names, and everything that carries the lab's tags for these users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The lab in the ownership tags.
    pub lab: LabName,
    /// The users in the ownership tags.
    pub users: BTreeSet<UserName>,
    /// Names looked up whether tagged or not, so that foreign things are seen.
    pub keys: BTreeSet<Key>,
    /// What these names shall be, as far as that is known. What is found to be so shares its content with it.
    pub wanted: BTreeMap<Key, Arc<Resource>>,
    /// Of these kinds alone.
    pub kinds: BTreeSet<Kind>,
    /// How closely to look.
    pub depth: Depth,
}

/// A user of a lab, as the tags of an account's resources tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenant {
    /// The lab in the ownership tags.
    pub lab: String,
    /// The user in the ownership tags.
    pub user: String,
    /// The latest day in the tags after which the lab may go, `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// Executions in a page of a listing, at most.
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
pub(crate) const LARGEST_PAGE: usize = 1000;

/// Which executions of a machine, and how many at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionQuery {
    /// Of this status only.
    pub status: Option<ExecutionStatus>,
    /// Started then or later, milliseconds since 1970.
    pub since_ms: i64,
    /// The newest only, so many at most.
    pub at_most: usize,
    /// Executions to ask for in one call, 1 to 1,000. A page costs one call whatever its size, and time by its size.
    pub page_size: usize,
}

impl Default for ExecutionQuery {
    fn default() -> Self {
        Self { status: None, since_ms: 0, at_most: usize::MAX, page_size: LARGEST_PAGE }
    }
}

/// Which events of a log group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogQuery<'a> {
    /// The group.
    pub group: &'a str,
    /// In CloudWatch's filter syntax; empty takes all.
    pub filter: &'a str,
    /// Written then or later, milliseconds since 1970.
    pub since_ms: i64,
    /// Written then or before.
    pub until_ms: Option<i64>,
}

/// A metric of CloudWatch, by its one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricQuery {
    /// `AWS/Lambda`.
    pub namespace: &'static str,
    /// `Invocations`.
    pub metric: &'static str,
    /// `FunctionName` and its value.
    pub dimension: (&'static str, String),
    /// Whether samples are counted, not added up.
    pub counts_samples: bool,
}

/// A started execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its ARN.
    pub arn: String,
    /// Milliseconds since 1970, as the service says.
    pub started_ms: i64,
}

/// One account in one region, seen through one set of credentials.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// The same account, reached by calls that stand in line in this order and are cancelled with it.
    fn ordered(self: Arc<Self>, order: CallOrder) -> Arc<dyn Cloud>;

    /// Who the credentials are.
    async fn identity(&self) -> Result<Identity, CloudError>;

    /// Everything in scope, with bodies, tags and states. Absent things are absent from the map. Names that begin `<user>-` are read too,
    /// since they may be orphans. A class is read in pages; where a page is refused, wanted names and those of the tag index are read
    /// one by one, [`Observed::notes`] says so, and [`Observed::unseen`] says what may have been missed. What belongs to other
    /// users of the lab is in [`Observed::others`].
    async fn observe(&self, scope: &Scope) -> Result<Observed, CloudError>;

    /// Every lab and user whose tags something here carries, whether or not a manifest names them.
    async fn tenants(&self) -> Result<Vec<Tenant>, CloudError>;

    /// Makes a resource with all its tags and waits until it can be worked with. Gives the ARN.
    /// Class `Exists` when something has the name already. One attempt: waiting out IAM propagation is `apply`'s.
    async fn create(&self, resource: &Resource) -> Result<String, CloudError>;

    /// Changes the named parts and waits until the resource can be worked with again. A dashboard, which is put whole, and a thing
    /// that is deleted and made anew are looked at again first: class `Exists` when they are not `owner`'s any more.
    async fn update(
        &self,
        resource: &Resource,
        live_arn: &str,
        parts: &BTreeSet<Part>,
        owner: &Owner,
    ) -> Result<(), CloudError>;

    /// Removes a resource and waits until it is gone; `false` when it was gone already. Its tags are read again just before (one
    /// call): class `Exists` when it is not `owner`'s any more.
    async fn delete(&self, key: &Key, arn: &str, owner: &Owner) -> Result<bool, CloudError>;

    /// Reads one resource, `None` when it is not there.
    async fn read(&self, key: &Key) -> Result<Option<Live>, CloudError>;

    /// The zip a function runs, as it is now; `None` when the function is not there.
    async fn package(&self, function: &str) -> Result<Option<Vec<u8>>, CloudError>;

    /// Starts an execution of a STANDARD or EXPRESS machine.
    async fn start(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Started, CloudError>;

    /// Runs an EXPRESS machine and waits for its end.
    async fn start_sync(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Execution, CloudError>;

    /// One execution of a STANDARD machine.
    async fn execution(&self, arn: &str) -> Result<Execution, CloudError>;

    /// Executions of a STANDARD machine, newest first, without outputs.
    async fn executions(&self, machine_arn: &str, query: ExecutionQuery) -> Result<Vec<Execution>, CloudError>;

    /// The whole history of a STANDARD execution, with inputs and outputs where `data` is asked for.
    async fn history(&self, arn: &str, data: bool) -> Result<Vec<HistoryEvent>, CloudError>;

    /// The definition that a STANDARD execution runs, which the machine's may have replaced since.
    async fn execution_definition(&self, arn: &str) -> Result<String, CloudError>;

    /// Stops a STANDARD execution.
    async fn stop(&self, arn: &str, cause: &str) -> Result<(), CloudError>;

    /// A state machine by its name: its ARN and what it is, in one call and without its tags; none where it is not there.
    async fn machine(&self, name: &str) -> Result<Option<(String, StateMachine)>, CloudError> {
        let live = self.read(&StateMachine::key(name)).await?;
        Ok(live.and_then(|live| Some((live.arn.clone(), live.body.of::<StateMachine>()?.clone()))))
    }

    /// The names of all state machines.
    async fn machine_names(&self) -> Result<Vec<String>, CloudError> {
        Ok(Vec::new())
    }

    /// The names of the log groups that begin so.
    async fn log_groups(&self, _prefix: &str) -> Result<Vec<String>, CloudError> {
        Ok(Vec::new())
    }

    /// Events of a log group.
    async fn logs(&self, query: LogQuery<'_>) -> Result<Vec<LogEvent>, CloudError>;

    /// The same, handed over page by page as they come: a class writes gigabytes.
    async fn log_pages(
        &self,
        query: LogQuery<'_>,
        each: &mut (dyn FnMut(Vec<LogEvent>) + Send),
    ) -> Result<(), CloudError> {
        each(self.logs(query).await?);
        Ok(())
    }

    /// What metrics come to from one time to another (milliseconds since 1970, whole hours), in the order of the queries.
    async fn metrics(&self, queries: &[MetricQuery], _since_ms: i64, _until_ms: i64) -> Result<Vec<f64>, CloudError> {
        Ok(vec![0.0; queries.len()])
    }

    /// Problems the service itself finds in a definition, in its words; empty when it accepts it.
    async fn validate_definition(&self, definition: &str, express: bool) -> Result<Vec<String>, CloudError>;

    /// What the account allows and what of it is used, and from now on paces by the account's own figures where they can be read. Never
    /// fails: what cannot be read is named in the answer.
    async fn limits(&self) -> AccountLimits {
        AccountLimits::default()
    }

    /// The bucket that calls of this operation (`service:Operation`) are paced by; `None` where they are not.
    fn bucket(&self, _operation: &str) -> Option<Paced> {
        None
    }

    /// Calls made so far, by `service:Operation`, retries counted.
    fn calls(&self) -> BTreeMap<String, u64>;

    /// Those of them that the service throttled.
    fn throttles(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    /// How far the endpoint's clock is ahead of this machine's, in milliseconds, as its last answer told.
    fn ahead_ms(&self) -> i64 {
        0
    }

    /// The URL calls go to, for telling.
    fn endpoint(&self) -> String;

    /// Whether every call stays on this machine, and so costs nothing.
    fn is_loopback(&self) -> bool;
}
