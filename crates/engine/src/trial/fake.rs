//! A cloud in memory that runs executions from a script. Time there is a counter, or one that a test lets pass, so tests wait for nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use serde_json::{Value, json};

use super::{Logged, Machine, Pace, Participant};
use crate::asl::trace::HistoryEvent;
use crate::cloud::{
    CallOrder, Cloud, CloudError, ErrorClass, ExecutionQuery, Identity, LogQuery, Paced, Scope, Started, Tenant,
    published_bucket,
};
use crate::host::Time;
use crate::kind::{Live, Observed, Part, Resource};
use crate::model::{Execution, ExecutionStatus, Key, Kind, LogEvent, MachineType, Owner, UserName};

/// Two states in a row, a way out by Catch, a branch.
pub(crate) const DEFINITION: &str = r#"{"StartAt":"Work","States":{
    "Work":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Next":"Done",
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Sorry"}]},
    "Done":{"Type":"Pass","End":true},"Sorry":{"Type":"Pass","End":true}}}"#;

/// When its time begins, milliseconds since 1970.
const EPOCH_MS: i64 = 1_700_000_000_000;

/// How one execution goes.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) status: ExecutionStatus,
    pub(crate) output: Option<Value>,
    /// Polls until it is over, where no time passes.
    pub(crate) polls: u32,
    pub(crate) ms: i64,
    /// Whether listings show it at all.
    pub(crate) listed: bool,
    pub(crate) states: Vec<&'static str>,
    pub(crate) caught: bool,
}

impl Script {
    pub(crate) fn succeeds(output: Value) -> Self {
        let states = vec!["Work", "Done"];
        Self {
            status: ExecutionStatus::Succeeded,
            output: Some(output),
            polls: 1,
            ms: 10,
            listed: true,
            states,
            caught: false,
        }
    }
}

/// What reading each kind takes: an operation of its service, and how many of the kind one call gives.
const READS: [(&str, usize); 6] = [
    ("iam:GetAccountAuthorizationDetails", 100),
    ("iam:ListRoles", 100),
    ("lambda:ListFunctions", 50),
    ("states:DescribeStateMachine", 1),
    ("cloudwatch:GetDashboard", 1),
    ("logs:DescribeLogGroups", 50),
];

pub(crate) type Director = Box<dyn Fn(&str, &Value) -> Result<Script, CloudError> + Send + Sync>;

#[derive(Default)]
struct Stage {
    executions: BTreeMap<String, (Script, Execution)>,
    calls: BTreeMap<String, u64>,
    clock: i64,
    stopped: Vec<String>,
    /// How late each end was seen, and how long it took, in milliseconds, where time passes.
    seen: Vec<(i64, i64)>,
}

pub(crate) struct ScriptedCloud {
    director: Director,
    stage: Mutex<Stage>,
    /// Log lines come only with this poll.
    pub(crate) log_polls: u64,
    /// Whose published buckets are reported; none paces nothing.
    pub(crate) region: Option<&'static str>,
    /// In which executions take as long as they say, and calls wait for their buckets.
    pub(crate) time: Option<Time>,
    tokens: Mutex<BTreeMap<&'static str, Arc<Tokens>>>,
    /// What is there beside executions.
    pub(crate) resources: BTreeMap<Key, Live>,
    /// How long after its start an execution is in its log group, beside what it takes, where time passes.
    pub(crate) log_delay: Duration,
}

/// What is in a bucket, and since when. Calls wait for it one after the other.
type Tokens = tokio::sync::Mutex<(f64, Duration)>;

impl ScriptedCloud {
    pub(crate) fn new(
        director: impl Fn(&str, &Value) -> Result<Script, CloudError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            director: Box::new(director),
            stage: Mutex::default(),
            log_polls: 1,
            region: None,
            time: None,
            tokens: Mutex::default(),
            resources: BTreeMap::new(),
            log_delay: Duration::ZERO,
        })
    }

    /// An execution that somebody has started before and that is over.
    pub(crate) fn ran(&self, machine_arn: &str, name: &str, script: Script) {
        let arn = format!("{}:{name}", machine_arn.replace("stateMachine", "execution"));
        let mut execution = Execution {
            arn: arn.clone(),
            name: name.to_owned(),
            status: ExecutionStatus::Running,
            started_ms: EPOCH_MS - 1_000_000,
            stopped_ms: None,
            output: None,
            error: None,
            cause: None,
        };
        Self::finish(&script, &mut execution);
        self.stage.lock().unwrap().executions.insert(arn, (script, execution));
    }

    /// Calls so many times, one after the other, as pages are read.
    async fn pages(&self, operation: &'static str, count: usize) {
        for _ in 0..count {
            self.wait(operation).await;
            self.count(operation);
        }
    }

    /// What pages of a kind cost: as many as there are of it, and a call for each of those that no page carries.
    async fn look_at(&self, kind: Kind, count: usize) {
        for (operation, a_page) in READS.iter().filter(|(operation, _)| operation.starts_with(kind.facts().service)) {
            self.pages(operation, count.div_ceil(*a_page)).await;
        }
    }

    /// Waits for a token of the operation's bucket, where time passes.
    async fn wait(&self, operation: &'static str) {
        let Some((time, paced)) = self.time.as_ref().zip(self.bucket(operation)) else { return };
        let tokens = self.tokens(operation, paced.quota.burst);
        let mut tokens = tokens.lock().await;
        loop {
            let now = time.elapsed();
            let gained = now.saturating_sub(tokens.1).as_secs_f64() * paced.quota.per_second;
            *tokens = ((tokens.0 + gained).min(paced.quota.burst), now);
            if tokens.0 >= 1.0 - 1e-6 {
                tokens.0 -= 1.0;
                return;
            }
            time.sleep(Duration::from_secs_f64((1.0 - tokens.0) / paced.quota.per_second)).await;
        }
    }

    fn tokens(&self, operation: &'static str, burst: f64) -> Arc<Tokens> {
        let mut all = self.tokens.lock().unwrap();
        Arc::clone(all.entry(operation).or_insert_with(|| Arc::new(Tokens::new((burst, Duration::ZERO)))))
    }

    /// Milliseconds of the time that passes.
    fn now_ms(&self) -> Option<i64> {
        Some(i64::try_from(self.time.as_ref()?.elapsed().as_millis()).unwrap())
    }

    /// Looks at an execution once: whether it is over by now.
    fn look(&self, script: &mut Script, execution: &mut Execution) {
        script.polls = script.polls.saturating_sub(1);
        let is_over = match self.now_ms() {
            Some(now) => EPOCH_MS + now >= execution.started_ms + script.ms,
            None => script.polls == 0,
        };
        if is_over {
            Self::finish(script, execution);
        }
    }

    pub(crate) fn calls_of(&self, operation: &str) -> u64 {
        self.stage.lock().unwrap().calls.get(operation).copied().unwrap_or(0)
    }

    pub(crate) fn stopped(&self) -> Vec<String> {
        self.stage.lock().unwrap().stopped.clone()
    }

    /// How late each end was seen, and how long it took, in milliseconds.
    pub(crate) fn seen(&self) -> Vec<(i64, i64)> {
        self.stage.lock().unwrap().seen.clone()
    }

    fn count(&self, operation: &str) -> u64 {
        let mut stage = self.stage.lock().unwrap();
        let count = stage.calls.entry(operation.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn begin(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Execution, CloudError> {
        let script = (self.director)(name, input).inspect_err(|error| {
            if error.class == ErrorClass::Throttled {
                self.count("throttled");
            }
        })?;
        let mut stage = self.stage.lock().unwrap();
        stage.clock = self.now_ms().unwrap_or(stage.clock + 1000);
        let arn = format!("{}:{name}", machine_arn.replace("stateMachine", "execution"));
        let execution = Execution {
            arn: arn.clone(),
            name: name.to_owned(),
            status: ExecutionStatus::Running,
            started_ms: EPOCH_MS + stage.clock,
            stopped_ms: None,
            output: None,
            error: None,
            cause: None,
        };
        stage.executions.insert(arn, (script, execution.clone()));
        Ok(execution)
    }

    fn finish(script: &Script, execution: &mut Execution) {
        execution.status = script.status;
        execution.stopped_ms = Some(execution.started_ms + script.ms);
    }
}

pub(crate) fn error(class: ErrorClass, operation: &str) -> CloudError {
    CloudError { operation: operation.to_owned(), code: None, message: "scripted".to_owned(), class }
}

/// The events of a script.
pub(crate) fn history(script: &Script) -> Vec<HistoryEvent> {
    let mut events = Vec::new();
    let mut push = |event_type: &str, state: Option<&str>| {
        let id = i64::try_from(events.len()).unwrap() + 1;
        events.push(HistoryEvent {
            id,
            previous_id: if id == 2 { 0 } else { id - 1 },
            timestamp_ms: id,
            event_type: event_type.to_owned(),
            name: state.map(str::to_owned),
            ..HistoryEvent::default()
        });
    };
    push("ExecutionStarted", None);
    for (index, state) in script.states.iter().enumerate() {
        push("TaskStateEntered", Some(state));
        let failed = script.caught && index == 0;
        push(if failed { "LambdaFunctionFailed" } else { "LambdaFunctionSucceeded" }, None);
        push("TaskStateExited", Some(state));
    }
    push("ExecutionSucceeded", None);
    events
}

#[async_trait]
impl Cloud for ScriptedCloud {
    fn ordered(self: Arc<Self>, _: CallOrder) -> Arc<dyn Cloud> {
        self
    }

    async fn start(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Started, CloudError> {
        self.wait("states:StartExecution").await;
        self.count("start");
        let execution = self.begin(machine_arn, name, input)?;
        Ok(Started { arn: execution.arn, started_ms: execution.started_ms })
    }

    async fn start_sync(&self, machine_arn: &str, name: &str, input: &Value) -> Result<Execution, CloudError> {
        self.count("start_sync");
        let mut execution = self.begin(machine_arn, name, input)?;
        if let Some(time) = &self.time {
            let ms = self.stage.lock().unwrap().executions[&execution.arn].0.ms;
            time.sleep(Duration::from_millis(u64::try_from(ms).unwrap())).await;
        }
        let mut stage = self.stage.lock().unwrap();
        let (script, kept) = stage.executions.get_mut(&execution.arn).unwrap();
        Self::finish(script, &mut execution);
        execution.output.clone_from(&script.output);
        *kept = execution.clone();
        Ok(execution)
    }

    async fn execution(&self, arn: &str) -> Result<Execution, CloudError> {
        self.wait("states:DescribeExecution").await;
        self.count("execution");
        let mut stage = self.stage.lock().unwrap();
        let Some((script, execution)) = stage.executions.get_mut(arn) else {
            return Err(error(ErrorClass::NotFound, "states:DescribeExecution"));
        };
        self.look(script, execution);
        let (ms, mut execution) = (script.ms, execution.clone());
        if execution.status.is_terminal() {
            execution.output.clone_from(&script.output);
            let late = self.now_ms().map(|now| EPOCH_MS + now - execution.started_ms - ms);
            stage.seen.extend(late.map(|late| (late, ms)));
        }
        Ok(execution)
    }

    async fn executions(
        &self,
        machine_arn: &str,
        ExecutionQuery { status, since_ms, .. }: ExecutionQuery,
    ) -> Result<Vec<Execution>, CloudError> {
        self.wait("states:ListExecutions").await;
        self.count("executions");
        assert_eq!(status, None);
        let mut stage = self.stage.lock().unwrap();
        let prefix = machine_arn.replace("stateMachine", "execution");
        let mut listed = Vec::new();
        for (arn, (script, execution)) in &mut stage.executions {
            if script.listed && arn.starts_with(&prefix) && execution.started_ms >= since_ms {
                self.look(script, execution);
                listed.push(execution.clone());
            }
        }
        Ok(listed)
    }

    async fn history(&self, arn: &str, _: bool) -> Result<Vec<HistoryEvent>, CloudError> {
        self.wait("states:GetExecutionHistory").await;
        self.count("history");
        Ok(history(&self.stage.lock().unwrap().executions[arn].0))
    }

    async fn stop(&self, arn: &str, _cause: &str) -> Result<(), CloudError> {
        self.stage.lock().unwrap().stopped.push(arn.to_owned());
        Ok(())
    }

    async fn execution_definition(&self, _: &str) -> Result<String, CloudError> {
        Ok(DEFINITION.to_owned())
    }

    async fn logs(&self, query: LogQuery<'_>) -> Result<Vec<LogEvent>, CloudError> {
        let LogQuery { group, filter, since_ms, .. } = query;
        self.wait("logs:FilterLogEvents").await;
        if self.count("logs") < self.log_polls {
            return Ok(Vec::new());
        }
        let machine = group.rsplit('/').next().unwrap_or_default();
        let stage = self.stage.lock().unwrap();
        let mut lines = Vec::new();
        for (arn, (script, execution)) in &stage.executions {
            if !arn.contains(&format!(":{machine}:")) || execution.started_ms < since_ms {
                continue;
            }
            let delay = script.ms + i64::try_from(self.log_delay.as_millis()).unwrap();
            if self.now_ms().is_some_and(|now| EPOCH_MS + now < execution.started_ms + delay) {
                continue;
            }
            for event in history(script) {
                let is_end = event.event_type == "ExecutionSucceeded";
                let output = script.output.as_ref().filter(|_| is_end).map(Value::to_string);
                let message = json!({
                    "id": event.id.to_string(), "type": event.event_type,
                    "details": {"name": event.name, "output": output},
                    "previous_event_id": event.previous_id.to_string(), "event_timestamp": event.timestamp_ms.to_string(),
                    "execution_arn": arn,
                });
                let message = message.to_string();
                if filter.split_whitespace().all(|term| message.contains(term.trim_matches('"'))) {
                    let id = format!("{arn}/{}", event.id);
                    lines.push(LogEvent { id, timestamp_ms: 0, stream: String::new(), message });
                }
            }
        }
        Ok(lines)
    }

    async fn identity(&self) -> Result<Identity, CloudError> {
        Err(error(ErrorClass::NotImplemented, "sts:GetCallerIdentity"))
    }

    async fn package(&self, _: &str) -> Result<Option<Vec<u8>>, CloudError> {
        Ok(None)
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, CloudError> {
        Ok(Vec::new())
    }

    async fn observe(&self, scope: &Scope) -> Result<Observed, CloudError> {
        let of_kind = |kind: Kind| self.resources.keys().filter(|key| key.kind == kind).count();
        join_all(scope.kinds.iter().map(|kind| self.look_at(*kind, of_kind(*kind)))).await;
        let found = self.resources.iter().filter(|(key, _)| scope.kinds.contains(&key.kind));
        let resources = found.map(|(key, live)| (key.clone(), live.clone())).collect();
        Ok(Observed { resources, ..Observed::default() })
    }

    async fn create(&self, _resource: &Resource) -> Result<String, CloudError> {
        Err(error(ErrorClass::NotImplemented, "create"))
    }

    async fn update(&self, _: &Resource, _: &str, _: &BTreeSet<Part>, _: &Owner) -> Result<(), CloudError> {
        Err(error(ErrorClass::NotImplemented, "update"))
    }

    async fn delete(&self, _: &Key, _: &str, _: &Owner) -> Result<bool, CloudError> {
        Err(error(ErrorClass::NotImplemented, "delete"))
    }

    async fn read(&self, key: &Key) -> Result<Option<Live>, CloudError> {
        self.look_at(key.kind, 1).await;
        Ok(self.resources.get(key).cloned())
    }

    async fn validate_definition(&self, _definition: &str, _express: bool) -> Result<Vec<String>, CloudError> {
        Ok(Vec::new())
    }

    fn bucket(&self, operation: &str) -> Option<Paced> {
        let mut paced = published_bucket(operation, self.region?)?;
        let tokens = self.tokens.lock().unwrap().get(operation).map(Arc::clone);
        if let Some(tokens) = tokens {
            // Where somebody waits there is nothing.
            paced.level = tokens.try_lock().map_or(0.0, |tokens| tokens.0 / paced.quota.burst);
        }
        Some(paced)
    }

    fn throttles(&self) -> BTreeMap<String, u64> {
        BTreeMap::from([("states:StartExecution".to_owned(), self.calls_of("throttled"))])
    }

    fn calls(&self) -> BTreeMap<String, u64> {
        self.stage.lock().unwrap().calls.clone()
    }

    fn endpoint(&self) -> String {
        "http://127.0.0.1:1".to_owned()
    }

    fn is_loopback(&self) -> bool {
        true
    }
}

/// A user with one STANDARD and one EXPRESS machine of [`DEFINITION`].
pub(crate) fn participant(user: &str, cloud: Arc<ScriptedCloud>) -> Participant {
    let machine = |name: &str, machine_type| Machine {
        name: format!("{user}-{name}"),
        arn: format!("arn:aws:states:us-east-1:000000000000:stateMachine:{user}-{name}"),
        machine_type,
        log_group: (machine_type == MachineType::Express).then(|| format!("/aws/vendedlogs/states/{user}-{name}")),
        logged: if machine_type == MachineType::Express { Logged::Everything } else { Logged::Little },
        definition: DEFINITION.to_owned(),
        outcome: None,
        good: Vec::new(),
    };
    Participant {
        user: UserName::new(user).unwrap(),
        cloud,
        machines: BTreeMap::from([
            ("work".to_owned(), machine("work", MachineType::Standard)),
            ("fast".to_owned(), machine("fast", MachineType::Express)),
        ]),
        policies: crate::cause::PolicyFiles::default(),
        settings: BTreeMap::new(),
        left_out: BTreeSet::new(),
    }
}

/// Waits of a millisecond.
pub(crate) fn pace() -> Pace {
    Pace {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        patience: Duration::from_secs(20),
        grace: Duration::from_secs(20),
        log_patience: Duration::from_secs(20),
    }
}
