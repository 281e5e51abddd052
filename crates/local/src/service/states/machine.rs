//! A state machine: what is kept, and what runs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::logging::Logging;
use crate::store::{Store, StoreError};

/// A state machine as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) region: String,
    pub(super) express: bool,
    pub(super) definition: String,
    pub(super) role_arn: String,
    pub(super) logging: Logging,
    pub(super) tracing: bool,
    pub(super) tags: BTreeMap<String, String>,
    /// Milliseconds since 1970.
    pub(super) created_ms: i64,
    /// Set by the first update.
    pub(super) revision: Option<String>,
    pub(super) updated_ms: Option<i64>,
    pub(super) deleting: bool,
    /// The number of the first execution that may be its own: those before it were another machine's of the same name.
    pub(super) first_execution: u64,
}

/// The table of state machines in the store.
pub(super) const MACHINES: &str = "states-machine";

/// A state machine. Executions hold the one they were started with.
#[derive(Clone)]
pub(super) struct StateMachine {
    pub(super) record: Record,
    /// Parsed when it is needed, and kept by whoever runs it and by [`Recent`]: a class has thousands of machines, and each takes some
    /// five times its text.
    definition: Arc<Mutex<Weak<labctl_asl::Definition>>>,
}

/// The definitions that were needed last.
#[derive(Default)]
pub(super) struct Recent(Mutex<VecDeque<Arc<labctl_asl::Definition>>>);

/// How many of them are kept parsed.
const RECENT: usize = 32;

impl Recent {
    fn keep(&self, definition: &Arc<labctl_asl::Definition>) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = recent.iter().position(|known| Arc::ptr_eq(known, definition)) {
            recent.remove(at);
        }
        recent.truncate(RECENT - 1);
        recent.push_front(Arc::clone(definition));
    }
}

impl StateMachine {
    /// A state machine as the store has it.
    pub(super) fn new(record: Record) -> Self {
        Self { record, definition: Arc::default() }
    }

    /// The definition, parsed.
    ///
    /// # Errors
    /// Only what this interpreter took is ever kept, so a definition that cannot be parsed was damaged in the store.
    pub(super) fn definition(&self, recent: &Recent, store: &Store) -> Result<Arc<labctl_asl::Definition>, StoreError> {
        let mut kept = self.definition.lock().unwrap_or_else(PoisonError::into_inner);
        let definition = if let Some(definition) = kept.upgrade() {
            definition
        } else {
            let read = labctl_asl::parse(&self.record.definition);
            let read = Arc::new(read.map_err(|_| store.unreadable(MACHINES, &self.record.arn))?);
            *kept = Arc::downgrade(&read);
            read
        };
        recent.keep(&definition);
        Ok(definition)
    }
}

/// Milliseconds since 1970 as this API writes a time.
pub(super) fn seconds(at_ms: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
    let seconds = at_ms as f64 / 1000.0;
    json!(seconds)
}

impl Record {
    /// Whether an update made something else of it.
    pub(super) fn differs(&self, before: &Self) -> bool {
        (&self.definition, &self.role_arn, &self.logging, self.tracing)
            != (&before.definition, &before.role_arn, &before.logging, before.tracing)
    }

    /// `STANDARD` or `EXPRESS`.
    pub(super) fn kind(&self) -> &'static str {
        if self.express { "EXPRESS" } else { "STANDARD" }
    }

    /// `DescribeStateMachine`'s answer. Without the definition AWS answers `{}` in its place.
    pub(super) fn describe(&self, with_definition: bool) -> Value {
        let mut answer = self.common(with_definition);
        answer.insert("status".to_owned(), json!(if self.deleting { "DELETING" } else { "ACTIVE" }));
        answer.insert("type".to_owned(), json!(self.kind()));
        answer.insert("creationDate".to_owned(), seconds(self.created_ms));
        Value::Object(answer)
    }

    /// `DescribeStateMachineForExecution`'s answer.
    pub(super) fn describe_for_execution(&self, with_definition: bool) -> Value {
        let mut answer = self.common(with_definition);
        answer.insert("updateDate".to_owned(), seconds(self.updated_ms.unwrap_or(self.created_ms)));
        Value::Object(answer)
    }

    fn common(&self, with_definition: bool) -> Map<String, Value> {
        let mut answer = Map::new();
        let mut set = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        set("stateMachineArn", json!(self.arn));
        set("name", json!(self.name));
        set("definition", json!(if with_definition { &self.definition } else { "{}" }));
        set("roleArn", json!(self.role_arn));
        set("loggingConfiguration", self.logging.to_wire());
        set("tracingConfiguration", json!({ "enabled": self.tracing }));
        set("encryptionConfiguration", json!({ "type": "AWS_OWNED_KEY" }));
        if let Some(revision) = &self.revision {
            set("revisionId", json!(revision));
        }
        if with_definition {
            let references: Map<String, Value> = labctl_asl::variable_references(&self.definition)
                .into_iter()
                .map(|(state, names)| (state, json!(names)))
                .collect();
            if !references.is_empty() {
                set("variableReferences", Value::Object(references));
            }
        }
        answer
    }
}
