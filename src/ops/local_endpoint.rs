//! The local endpoint as a command uses it: a server that runs on its store, or one inside this process.

use std::pin::pin;
use std::time::Duration;

use super::context::Context;
use super::failure::Failure;
use super::{endpoint, lock, mocks, time};
use crate::cloud::StaticCredentials;
use crate::local::{self, Endpoint, Mocks, TimeMode};
use crate::model::{AccountId, Pack, Target};

/// How long another command may have the local store before it is said who waits for whom.
const SILENCE: Duration = Duration::from_secs(1);

/// How long another command's end is waited for; a rehearsal of a class takes less.
const QUEUE: Duration = Duration::from_mins(30);

/// The local endpoint this command uses: a running server on the same store, else one inside this process.
pub(crate) struct LocalEndpoint {
    pub(crate) url: String,
    pub(crate) credentials: StaticCredentials,
    pub(crate) embedded: Option<Endpoint>,
    pub(crate) time_factor: f64,
}

impl LocalEndpoint {
    /// Reaches the store's running server, or starts the endpoint here with the pack's mocks.
    ///
    /// # Errors
    /// Options that a running server does not take, an endpoint that does not start, a store that is in use for too long.
    pub(crate) async fn reach(context: &Context, target: &Target, pack: &Pack) -> Result<Self, Failure> {
        let store = endpoint::store(&context.settings);
        if let Some(running) = local::find_running(&store) {
            let global = &context.settings;
            if global.time.is_some() || global.quotas.is_some() || global.faults.is_some() {
                return Err(Failure::usage(
                    format!(
                        "a server runs on the store `{}` (process {}), and `--time`, `--quotas` and `--faults` were settled \
                         when it started",
                        store.display(),
                        running.pid
                    ),
                    "leave them out, or stop the server",
                ));
            }
            return Ok(Self {
                url: running.url,
                credentials: StaticCredentials::new(running.access_key_id, running.secret_access_key),
                embedded: None,
                time_factor: time::factor(endpoint::parse_time(&running.time).unwrap_or(TimeMode::Real)),
            });
        }
        let account = target.account_id.clone().unwrap_or_else(AccountId::zero);
        let mut config = endpoint::config(&context.settings, account.as_str(), target.region.as_str(), TimeMode::Jump)?;
        config.mocks = Mocks::new(mocks::book(pack));
        let time_factor = time::factor(config.time);
        let mut starting = pin!(Endpoint::start(config));
        let embedded = if let Ok(started) = tokio::time::timeout(SILENCE, &mut starting).await {
            started?
        } else {
            lock::note_who_is_local(context);
            let started = tokio::time::timeout(QUEUE, starting).await;
            started.map_err(|_| {
                Failure::other(
                    format!(
                        "the local endpoint in `{}` was in use for {} min; nothing was touched",
                        store.display(),
                        QUEUE.as_secs() / 60
                    ),
                    "wait for the other command's end, or work beside it with another `--out DIR`",
                )
            })??
        };
        let keys = embedded.credentials();
        Ok(Self {
            url: embedded.url().to_owned(),
            credentials: StaticCredentials::new(keys.access_key_id, keys.secret_access_key),
            embedded: Some(embedded),
            time_factor,
        })
    }
}
