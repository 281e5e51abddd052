//! The services, made and wired to each other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::arn;
use super::clock::Clock;
use super::config::Config;
use super::keys::KeyRing;
use super::service::cloudcontrolapi::CloudControlService;
use super::service::cloudwatch::CloudWatchService;
use super::service::iam::IamService;
use super::service::lambda::LambdaService;
use super::service::logs::LogsService;
use super::service::sqs::SqsService;
use super::service::states::StatesService;
use super::service::sts::StsService;
use super::service::tagging::TaggingService;
use super::service::{Deps, LogSource, Service, TagSource};
use super::store::{Store, StoreError};

/// How long AWS keeps an execution that is over. <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const KEPT: Duration = Duration::from_hours(90 * 24);

/// Every service by its signing name.
pub(crate) struct Services {
    by_name: Vec<(&'static str, Arc<dyn Service>)>,
    sources: Vec<Arc<dyn TagSource>>,
    cloudwatch: Arc<CloudWatchService>,
    lambda: Arc<LambdaService>,
    states: Arc<StatesService>,
    #[cfg(test)]
    pub(crate) authority: Arc<dyn super::service::Authority>,
}

/// What the services stand on.
pub(crate) struct Ground<'config> {
    pub(crate) config: &'config Config,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) endpoint_url: Arc<OnceLock<String>>,
    pub(crate) folder: &'config Path,
}

impl Services {
    /// Makes them all, each with what the store has of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn new(ground: Ground<'_>) -> Result<Self, StoreError> {
        let Ground { config, clock, store, keys, endpoint_url, folder } = ground;
        let (account, partition) = (config.account.as_str(), arn::partition(&config.region));
        let delay_ms = config.faults.iam_delay_ms;
        let iam = IamService::new(clock.clone(), store.clone(), keys, account, partition, delay_ms, config.strict_iam)?;
        let cloudwatch = CloudWatchService::new(clock.clone(), store.clone(), iam.clone(), account, partition)?;
        let logs =
            LogsService::new(clock.clone(), store.clone(), iam.clone(), cloudwatch.clone(), account, config.keep)?;
        let queues = SqsService::new(clock.clone(), store.clone(), iam.clone(), account, Arc::clone(&endpoint_url))?;
        let resources = CloudControlService::new(clock.clone(), store.clone(), iam.clone(), account)?;
        let deps = Deps {
            clock,
            store,
            folder: PathBuf::from(folder),
            account: account.to_owned(),
            authority: iam.clone(),
            logs: logs.clone(),
            metrics: cloudwatch.clone(),
            queues: queues.clone(),
            endpoint_url,
            published_limits: config.quotas.are_published(),
            keep: config.keep.unwrap_or(KEPT),
            python: config.python.clone(),
            mocks: config.mocks.clone(),
        };
        let lambda = LambdaService::new(&deps)?;
        let states = StatesService::new(&deps, lambda.clone())?;
        let sources: Vec<Arc<dyn TagSource>> =
            vec![logs.clone(), cloudwatch.clone(), queues.clone(), lambda.clone(), states.clone(), resources.clone()];
        let tagging = TaggingService::new(iam.clone(), sources.clone());
        let by_name: Vec<(&'static str, Arc<dyn Service>)> = vec![
            ("iam", iam.clone()),
            ("sts", Arc::new(StsService::new(account))),
            ("lambda", lambda.clone()),
            ("states", states.clone()),
            ("logs", logs.clone()),
            ("monitoring", cloudwatch.clone()),
            ("sqs", queues),
            ("tagging", Arc::new(tagging)),
            ("cloudcontrolapi", resources),
        ];
        states.connect(&by_name);
        let source: Arc<dyn LogSource> = states.clone();
        logs.connect(Arc::downgrade(&source));
        lambda.resume()?;
        Ok(Self {
            by_name,
            sources,
            cloudwatch,
            lambda,
            states,
            #[cfg(test)]
            authority: iam,
        })
    }

    /// A service by its signing name.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<dyn Service>> {
        self.by_name.iter().find(|(known, _)| *known == name).map(|(_, service)| service)
    }

    /// The regions that hold something, in order.
    pub(crate) fn regions(&self) -> BTreeSet<String> {
        self.sources.iter().flat_map(|source| source.regions()).collect()
    }

    /// A function's package by the path that `GetFunction` gave out.
    pub(crate) fn download(&self, path: &str) -> Option<Vec<u8>> {
        self.lambda.download(path)
    }

    /// Starts ahead of the first request what handlers run in.
    pub(crate) fn warm_handlers(&self) {
        self.lambda.warm();
    }

    /// Ends what runs, and hands to the store what only memory holds.
    pub(crate) async fn shutdown(&self) {
        // Executions first: the end of a handler must not look like a failure of its task.
        self.states.shutdown().await;
        self.lambda.shutdown().await;
        self.cloudwatch.settle();
    }
}
