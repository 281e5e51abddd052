//! How an endpoint is started.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::clock::TimeMode;
use super::fault::Faults;
use super::mock::Mocks;
use super::quota::Quotas;

/// An input that a lesson has for a machine or a function, for whoever starts it in the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The name of the machine or the function.
    pub resource: String,
    /// What it is for, in the lesson's words; also the execution's name where that fits.
    pub title: Arc<str>,
    /// JSON text. Those of a class share it.
    pub input: Arc<str>,
}

/// How an endpoint is started. The default is in memory, on a free port, in real time, without limits or faults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that keeps its state; `None` keeps nothing.
    pub store: Option<PathBuf>,
    /// Whether other processes may find this endpoint by its store and use it: for one that runs until it is told to
    /// stop. Without, it holds the store, and others wait for its end.
    pub announce: bool,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The account's twelve digits.
    pub account: String,
    /// The region that the console shows first; requests name their own.
    pub region: String,
    /// How fast time goes.
    pub time: TimeMode,
    /// Whether a role that never had a policy may do nothing, as on AWS. Without, it may do everything until its first policy.
    pub strict_iam: bool,
    /// How long executions that are over and log events are kept, by the endpoint's clock. `None`: executions for 90 days, as on AWS, and
    /// log events as long as their group keeps them.
    pub keep: Option<Duration>,
    /// API throttling.
    pub quotas: Quotas,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// The python3 that runs handlers; `None` looks for one when the first function runs.
    pub python: Option<PathBuf>,
    /// What the console offers as inputs, in this order.
    pub suggestions: Vec<Suggestion>,
    /// Answers in place of the services that the endpoint does not have.
    pub mocks: Mocks,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store: None,
            announce: false,
            port: 0,
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            time: TimeMode::Real,
            strict_iam: true,
            keep: None,
            quotas: Quotas::none(),
            faults: Faults::default(),
            python: None,
            suggestions: Vec::new(),
            mocks: Mocks::default(),
        }
    }
}
