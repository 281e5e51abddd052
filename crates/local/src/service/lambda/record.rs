//! A function as it is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::configuration::Configuration;
use super::package::Package;
use crate::clock::Deadline;

/// A function as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) region: String,
    pub(super) configuration: Configuration,
    pub(super) package: Package,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) revision: String,
    /// Milliseconds since 1970.
    pub(super) modified_ms: i64,
    /// Whether it was ever updated.
    pub(super) updated: bool,
    /// When the change under way is done. Whatever was under way is done after a restart.
    #[serde(skip)]
    pub(super) settles: Option<Deadline>,
}

/// A path below the endpoint's folder that holds wherever a process stands.
pub(super) fn absolute(folder: &Path, below: &Path) -> PathBuf {
    let folder = folder.join(below);
    std::path::absolute(&folder).unwrap_or(folder)
}

impl Record {
    /// The key in the store.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.region, self.name)
    }

    /// Whether it is being created or updated.
    pub(super) fn is_settling(&self) -> bool {
        self.settles.as_ref().is_some_and(|at| !at.is_past())
    }

    /// Whether it is being created: it cannot be invoked yet.
    pub(super) fn is_pending(&self) -> bool {
        !self.updated && self.is_settling()
    }

    /// Where the package is unpacked, below the endpoint's folder.
    pub(super) fn code_folder(&self) -> PathBuf {
        self.package.folder()
    }

    /// `FunctionConfiguration`. <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html>
    pub(super) fn to_wire(&self) -> Value {
        let configuration = &self.configuration;
        let mut wire = json!({
            "FunctionName": self.name,
            "FunctionArn": self.arn,
            "Runtime": configuration.runtime,
            "Role": configuration.role,
            "Handler": configuration.handler,
            "CodeSize": self.package.size,
            "Description": configuration.description,
            "Timeout": configuration.timeout,
            "MemorySize": configuration.memory,
            "LastModified": timestamp(self.modified_ms),
            "CodeSha256": self.package.sha256,
            "Version": "$LATEST",
            "TracingConfig": { "Mode": configuration.tracing },
            "RevisionId": self.revision,
            "PackageType": "Zip",
            "Architectures": configuration.architectures,
            "EphemeralStorage": { "Size": configuration.ephemeral_storage },
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "LoggingConfig": { "LogFormat": "Text", "LogGroup": self.log_group() },
        });
        let mut set = |name: &str, value: Value| {
            if let Some(map) = wire.as_object_mut() {
                map.insert(name.to_owned(), value);
            }
        };
        if !configuration.environment.is_empty() {
            set("Environment", json!({ "Variables": configuration.environment }));
        }
        if !configuration.layers.is_empty() {
            let layers: Vec<Value> =
                configuration.layers.iter().map(|arn| json!({ "Arn": arn, "CodeSize": 0 })).collect();
            set("Layers", Value::Array(layers));
        }
        if self.is_pending() {
            set("State", json!("Pending"));
            set("StateReason", json!("The function is being created."));
            set("StateReasonCode", json!("Creating"));
            return wire;
        }
        set("State", json!("Active"));
        if self.is_settling() {
            set("LastUpdateStatus", json!("InProgress"));
            set("LastUpdateStatusReason", json!("The function is being updated."));
            set("LastUpdateStatusReasonCode", json!("Updating"));
        } else {
            set("LastUpdateStatus", json!("Successful"));
        }
        wire
    }

    /// As lists show it: without its states. <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
    pub(super) fn listed(&self) -> Value {
        let mut wire = self.to_wire();
        if let Some(members) = wire.as_object_mut() {
            members.retain(|name, _| !name.starts_with("State") && !name.starts_with("LastUpdateStatus"));
        }
        wire
    }

    /// Where its output goes.
    pub(super) fn log_group(&self) -> String {
        self.configuration.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{}", self.name))
    }
}

/// `2026-01-31T08:00:00.000+0000`, as Lambda writes it.
fn timestamp(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string())
        .unwrap_or_default()
}
