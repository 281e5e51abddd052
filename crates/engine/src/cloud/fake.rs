//! A cloud in memory, with faults by key: what drives `apply` in tests.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    CallOrder, Cloud, CloudError, ErrorClass, ExecutionQuery, Identity, LogQuery, Paced, Scope, Started, Tenant,
    published_bucket,
};
use crate::asl::trace::HistoryEvent;
use crate::kind::{Live, LiveState, Observed, Part, Resource};
use crate::model::{Execution, Key, LogEvent, Owner, Place};

/// What happens to one call.
pub(crate) enum Fault {
    /// The call fails and changes nothing.
    Fails(ErrorClass),
    /// The call comes true, but its answer is lost.
    Lost(ErrorClass),
}

/// An account in memory.
pub(crate) struct Fake {
    place: Place,
    is_paced: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    resources: BTreeMap<Key, Live>,
    faults: BTreeMap<(String, Key), VecDeque<Fault>>,
    log: Vec<String>,
}

impl Fake {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, is_paced: true, state: Mutex::default() }
    }

    /// One without AWS's quotas.
    pub(crate) fn unpaced(place: Place) -> Self {
        Self { is_paced: false, ..Self::new(place) }
    }

    /// The next calls of `verb` (`create`, `update`, `delete`) on `key` run into these, one each.
    pub(crate) fn fault(&self, verb: &str, key: &Key, faults: impl IntoIterator<Item = Fault>) {
        self.with(|state| state.faults.entry((verb.to_owned(), key.clone())).or_default().extend(faults));
    }

    pub(crate) fn put(&self, key: &Key, live: Live) {
        self.with(|state| state.resources.insert(key.clone(), live));
    }

    /// Every call that changes something, in order: `create role ann-r`.
    pub(crate) fn log(&self) -> Vec<String> {
        self.with(|state| state.log.clone())
    }

    pub(crate) fn observed(&self) -> Observed {
        self.with(|state| Observed { resources: state.resources.clone(), ..Observed::default() })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(
        &self,
        verb: &str,
        key: &Key,
        act: impl FnOnce(&mut State) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        self.with(|state| {
            state.log.push(format!("{verb} {key}"));
            let fault = state.faults.get_mut(&(verb.to_owned(), key.clone())).and_then(VecDeque::pop_front);
            match fault {
                Some(Fault::Fails(class)) => Err(error(verb, class)),
                Some(Fault::Lost(class)) => act(state).and(Err(error(verb, class))),
                None => act(state),
            }
        })
    }

    fn live(&self, resource: &Resource) -> Live {
        Live {
            arn: self.place.arn(&resource.key, resource.body.path()),
            body: resource.body.clone(),
            tags: resource.tags.clone(),
            state: LiveState::Ready,
        }
    }
}

fn error(verb: &str, class: ErrorClass) -> CloudError {
    CloudError { operation: format!("fake:{verb}"), code: None, message: "as scripted".to_owned(), class }
}

#[async_trait]
impl Cloud for Fake {
    fn ordered(self: Arc<Self>, _: CallOrder) -> Arc<dyn Cloud> {
        self
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        Ok(Identity { account: self.place.account.to_string(), arn: "arn:aws:iam::123456789012:user/test".to_owned() })
    }

    async fn observe(&self, _: &Scope) -> Result<Observed, CloudError> {
        Ok(self.observed())
    }

    async fn package(&self, _: &str) -> Result<Option<Vec<u8>>, CloudError> {
        Ok(None)
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, CloudError> {
        Ok(Vec::new())
    }

    async fn create(&self, resource: &Resource) -> Result<String, CloudError> {
        tokio::task::yield_now().await;
        let live = self.live(resource);
        self.change("create", &resource.key, |state| {
            if state.resources.contains_key(&resource.key) {
                return Err(error("create", ErrorClass::Exists));
            }
            let arn = live.arn.clone();
            state.resources.insert(resource.key.clone(), live);
            Ok(arn)
        })
    }

    async fn update(&self, resource: &Resource, _: &str, parts: &BTreeSet<Part>, _: &Owner) -> Result<(), CloudError> {
        tokio::task::yield_now().await;
        assert!(!parts.is_empty(), "an update must name its parts");
        let live = self.live(resource);
        self.change("update", &resource.key, |state| {
            let there = state.resources.get_mut(&resource.key).ok_or_else(|| error("update", ErrorClass::NotFound))?;
            *there = live;
            Ok(())
        })
    }

    fn bucket(&self, operation: &str) -> Option<Paced> {
        published_bucket(operation, self.place.region.as_str()).filter(|_| self.is_paced)
    }

    async fn delete(&self, key: &Key, _: &str, owner: &Owner) -> Result<bool, CloudError> {
        tokio::task::yield_now().await;
        self.change("delete", key, |state| match state.resources.get(key) {
            Some(live) if !owner.owns(&live.tags) => Err(error("delete", ErrorClass::Exists)),
            _ => Ok(state.resources.remove(key).is_some()),
        })
    }

    async fn read(&self, key: &Key) -> Result<Option<Live>, CloudError> {
        Ok(self.with(|state| state.resources.get(key).cloned()))
    }

    async fn start(&self, _: &str, _: &str, _: &Value) -> Result<Started, CloudError> {
        Err(error("start", ErrorClass::NotImplemented))
    }

    async fn start_sync(&self, _: &str, _: &str, _: &Value) -> Result<Execution, CloudError> {
        Err(error("start_sync", ErrorClass::NotImplemented))
    }

    async fn execution(&self, _: &str) -> Result<Execution, CloudError> {
        Err(error("execution", ErrorClass::NotImplemented))
    }

    async fn executions(&self, _: &str, _: ExecutionQuery) -> Result<Vec<Execution>, CloudError> {
        Err(error("executions", ErrorClass::NotImplemented))
    }

    async fn history(&self, _: &str, _: bool) -> Result<Vec<HistoryEvent>, CloudError> {
        Err(error("history", ErrorClass::NotImplemented))
    }

    async fn execution_definition(&self, _: &str) -> Result<String, CloudError> {
        Err(error("execution_definition", ErrorClass::NotImplemented))
    }

    async fn stop(&self, _: &str, _: &str) -> Result<(), CloudError> {
        Err(error("stop", ErrorClass::NotImplemented))
    }

    async fn logs(&self, _: LogQuery<'_>) -> Result<Vec<LogEvent>, CloudError> {
        Err(error("logs", ErrorClass::NotImplemented))
    }

    async fn validate_definition(&self, _: &str, _: bool) -> Result<Vec<String>, CloudError> {
        Err(error("validate_definition", ErrorClass::NotImplemented))
    }

    fn calls(&self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }

    fn endpoint(&self) -> String {
        "memory".to_owned()
    }

    fn is_loopback(&self) -> bool {
        true
    }
}
