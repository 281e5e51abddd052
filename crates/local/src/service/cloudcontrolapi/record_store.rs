//! Resources and requests: in memory behind one lock, and in the store.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::record::{Record, Request};
use super::resource_type::ResourceType;
use crate::clock::Clock;
use crate::store::{Store, StoreError};

const RECORDS: &str = "cloudcontrol_resource";
const REQUESTS: &str = "cloudcontrol_request";

/// "Resource operation requests expire after seven days."
/// <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-manage-requests.html>
const EXPIRES_MS: i64 = 7 * 24 * 3_600_000;

/// What the service keeps.
pub(super) struct RecordStore {
    pub(super) clock: Clock,
    pub(super) account: String,
    store: Store,
    state: Mutex<State>,
}

/// Everything behind the lock.
#[derive(Default)]
pub(super) struct State {
    /// By region and ARN.
    pub(super) records: BTreeMap<(String, String), Record>,
    /// By region and token.
    pub(super) requests: BTreeMap<(String, String), Request>,
    /// The token of each client token's request, by region.
    pub(super) by_client: BTreeMap<(String, String), String>,
    /// When each request came, oldest first, and its key.
    came: VecDeque<(i64, (String, String))>,
}

impl State {
    fn add(&mut self, request: Request) {
        let key = (request.region.clone(), request.token.clone());
        if let Some(client) = &request.client_token {
            self.by_client.insert((request.region.clone(), client.clone()), request.token.clone());
        }
        self.came.push_back((request.at_ms, key.clone()));
        self.requests.insert(key, request);
    }

    /// Takes out a request that came before a time.
    fn expired(&mut self, oldest: i64) -> Option<(String, String)> {
        let (_, key) = self.came.pop_front_if(|(at_ms, _)| *at_ms < oldest)?;
        let client = self.requests.remove(&key).and_then(|request| request.client_token);
        if let Some(client) = client {
            self.by_client.remove(&(key.0.clone(), client));
        }
        Some(key)
    }
}

impl RecordStore {
    /// What the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn load(clock: Clock, store: Store, account: &str) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (_, record) in store.load::<Record>(RECORDS)? {
            state.records.insert((record.region.clone(), record.arn.clone()), record);
        }
        let mut requests: Vec<Request> = store.load(REQUESTS)?.into_iter().map(|(_, request)| request).collect();
        requests.sort_by_key(|request| request.at_ms);
        for request in requests {
            state.add(request);
        }
        Ok(Self { clock, account: account.to_owned(), store, state: Mutex::new(state) })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a resource as it is now.
    pub(super) fn save(&self, state: &mut State, record: Record) {
        self.store.put(RECORDS, &format!("{} {}", record.region, record.arn), &record);
        state.records.insert((record.region.clone(), record.arn.clone()), record);
    }

    /// Forgets a resource.
    pub(super) fn forget(&self, state: &mut State, record: &Record) {
        self.store.delete(RECORDS, &format!("{} {}", record.region, record.arn));
        state.records.remove(&(record.region.clone(), record.arn.clone()));
    }

    /// Remembers a request, and forgets those that have expired.
    pub(super) fn remember(&self, state: &mut State, request: Request) {
        while let Some((region, token)) = state.expired(request.at_ms - EXPIRES_MS) {
            self.store.delete(REQUESTS, &format!("{region} {token}"));
        }
        self.store.put(REQUESTS, &format!("{} {}", request.region, request.token), &request);
        state.add(request);
    }

    /// A resource by type and primary identifier.
    pub(super) fn find(&self, state: &State, region: &str, known: &ResourceType, identifier: &str) -> Option<Record> {
        let arn = known.arn_of(region, &self.account, identifier);
        let found = state.records.get(&(region.to_owned(), arn));
        // Two names of parameters, with a slash before and without, have one ARN.
        found.filter(|record| record.type_name == known.name && record.identifier == identifier).cloned()
    }
}
