//! Asynchronous invocations that were accepted: kept until they have ended, and taken up again by the next endpoint on the store.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html>

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::function_store::FunctionStore;
use super::invocation::Invocation;
use super::invocations::Invocations;
use super::record::Record;
use crate::random;
use crate::store::StoreError;

/// The collection in the store, by request id.
const TABLE: &str = "lambda-accepted";

/// A request that failed is tried again after a minute, and after two more.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const RETRIES_MS: [i64; 2] = [60_000, 120_000];

/// A request is dropped when it could not be run for this long.
const OLDEST_MS: i64 = 6 * 3_600_000;

/// A request as it is kept.
#[derive(Serialize, Deserialize)]
struct Accepted {
    region: String,
    function: String,
    /// In base64: a blob, whatever it holds.
    payload: String,
    /// Milliseconds since 1970.
    at_ms: i64,
    /// How often it has failed.
    failed: usize,
    /// When it is to be run next.
    due_ms: i64,
}

/// Queues a request for the store and runs it when there is room.
pub(super) fn accept(invocations: &Invocations, record: &Record, payload: Vec<u8>) {
    let now = invocations.deps.clock.now_ms();
    let accepted = Accepted {
        region: record.region.clone(),
        function: record.name.clone(),
        payload: STANDARD.encode(&payload),
        at_ms: now,
        failed: 0,
        due_ms: now,
    };
    let id = random::uuid();
    invocations.deps.store.put(TABLE, &id, &accepted);
    carry_out(invocations, record, payload, id, accepted);
}

/// Takes up what an earlier endpoint on this store accepted and did not bring to its end.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn resume(invocations: &Invocations, functions: &FunctionStore) -> Result<(), StoreError> {
    let oldest = invocations.deps.clock.now_ms() - OLDEST_MS;
    for (id, accepted) in invocations.deps.store.load::<Accepted>(TABLE)? {
        let payload = STANDARD.decode(&accepted.payload).map_err(|_| invocations.deps.store.unreadable(TABLE, &id))?;
        let record = functions.functions().get(&(accepted.region.clone(), accepted.function.clone())).cloned();
        match record.filter(|_| accepted.at_ms >= oldest) {
            Some(record) => carry_out(invocations, &record, payload, id, accepted),
            None => invocations.deps.store.delete(TABLE, &id),
        }
    }
    Ok(())
}

/// Runs a request until it succeeds or has failed three times. What is cut off by the end of the endpoint stays in the store.
fn carry_out(invocations: &Invocations, record: &Record, payload: Vec<u8>, id: String, mut accepted: Accepted) {
    let (clock, store) = (invocations.deps.clock.clone(), invocations.deps.store.clone());
    let invocation = Invocation::new(invocations, record, payload, 1);
    let runtime = Arc::clone(&invocations.runtime);
    let mut background = invocations.background();
    while background.try_join_next().is_some() {}
    let due = (accepted.due_ms > clock.now_ms()).then(|| clock.sleep_until(accepted.due_ms));
    let at_once = clock.busy();
    background.spawn(async move {
        let mut busy = match due {
            Some(sleep) => {
                drop(at_once);
                sleep.await
            }
            None => at_once,
        };
        loop {
            let failed = invocation.run(&runtime).await.map_or(true, |ran| ran.function_error.is_some());
            let pause = RETRIES_MS.get(accepted.failed).filter(|_| failed);
            let Some(pause) = pause else { break };
            accepted.failed += 1;
            accepted.due_ms = clock.now_ms() + pause;
            store.put(TABLE, &id, &accepted);
            let sleep = clock.sleep_until(accepted.due_ms);
            drop(busy);
            busy = sleep.await;
        }
        store.delete(TABLE, &id);
        drop(busy);
    });
}
