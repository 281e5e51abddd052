//! What the house costs: rendering and planning a class, stepping a workflow, running a handler, running an order.
//!
//! `cargo bench --bench house` measures, `cargo bench --bench house -- --test` only runs each once. Nothing here judges a
//! time: `docs/performance.md` has the figures and says how they were taken.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use labctl::apply::{self, ApplyOptions, Clouds};
use labctl::asl::{self, Run, Seed};
use labctl::cloud::{self, Cloud, ConnectOptions, StaticCredentials};
use labctl::event::Journal;
use labctl::host;
use labctl::kind::{Function, Live, LiveState, Observed, Resource, StateMachine, UserDesired};
use labctl::local::{Config, Endpoint, TimeMode};
use labctl::manifest::{self, Overrides};
use labctl::model::{AccountId, Execution, ExecutionStatus, Key, Kind, Lab, MachineType, Place, Tags, User, UserName};
use labctl::plan::{self, Found, PlanOptions};
use labctl::render::{self, BulkInputs, Rendered};
use serde_json::{Value, json};
use tempfile::TempDir;

const CLASS: usize = 1_000;
const TRANSITIONS: u64 = 10_000;

/// A manifest of so many users, without chance and without pretended work, read from a folder of its own.
fn class(users: usize) -> (TempDir, Lab) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab-manifest.toml");
    let settings = "simulated_delay_scale = 0\nvalidation_outage_rate = 0\npayment_failure_rate = 0\n";
    let text = format!(
        "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n[target]\nkind = \"local\"\n[settings]\n{settings}\
         [roster]\nrange = \"user1..user{users}\"\n"
    );
    host::write_atomic(&path, text.as_bytes()).unwrap();
    let (lab, _) = manifest::load(&path, &Overrides::default()).unwrap();
    (folder, lab)
}

fn places(lab: &Lab) -> BTreeMap<UserName, Place> {
    let place = |user: &User| Place { account: AccountId::zero(), region: user.target.region.clone() };
    lab.users.iter().map(|user| (user.name.clone(), place(user))).collect()
}

fn rendered(lab: &Lab, out: &Path) -> Rendered {
    let users: Vec<&User> = lab.users.iter().collect();
    render::render(lab, &users, &places(lab), out).unwrap()
}

fn rendering(criterion: &mut Criterion) {
    let (folder, lab) = class(CLASS);
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10);
    group.bench_function("1,000 users in memory", |bencher| {
        bencher.iter(|| black_box(rendered(&lab, folder.path())));
    });
    let made = rendered(&lab, folder.path());
    group.bench_function("1,000 users to files that are there already", |bencher| {
        let out = tempfile::tempdir().unwrap();
        render::write(&made, out.path()).unwrap();
        bencher.iter(|| render::write(&made, out.path()).unwrap());
    });
    group.finish();
}

/// An account in which everything is as wanted.
fn as_wanted(rendered: &Rendered) -> Found {
    let mut found = Found::new();
    for user in &rendered.desired.users {
        let observed: &mut Observed = found.entry(user.place.clone()).or_default();
        observed.resources.extend(user.resources.iter().map(|resource| {
            let live = Live {
                arn: user.place.arn(&resource.key, resource.body.path()),
                body: resource.body.clone(),
                tags: resource.tags.clone(),
                state: LiveState::Ready,
            };
            (resource.key.clone(), live)
        }));
    }
    found
}

fn planning(criterion: &mut Criterion) {
    let (folder, lab) = class(CLASS);
    let rendered = rendered(&lab, folder.path());
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    for (name, found) in
        [("1,000 users, nothing there", Found::new()), ("1,000 users, all as wanted", as_wanted(&rendered))]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(plan::plan(&rendered.desired, &found, PlanOptions::default())));
        });
    }
    group.finish();
}

fn seed(input: Value) -> Seed {
    Seed {
        execution_arn: "arn:aws:states:us-east-1:000000000000:execution:bench:one".to_owned(),
        execution_name: "one".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:bench".to_owned(),
        machine_name: "bench".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/bench".to_owned(),
        express: false,
        input,
        started_ms: 0,
        token_seed: 1,
    }
}

fn parsed(definition: &Value) -> Arc<asl::Definition> {
    Arc::new(asl::parse(&definition.to_string()).unwrap())
}

/// Runs a machine that waits for nothing from its start to its end, and writes its history as the endpoint does: in parts.
fn run_through(machine: &Arc<asl::Definition>, input: &Value) -> usize {
    const STATES: usize = 128;
    let seed = seed(input.clone());
    let (now_ms, mut run) = (seed.started_ms, Run::begin(Arc::clone(machine), seed));
    let mut written = 0;
    while !run.is_over() {
        assert!(run.has_more(), "the machine waits for nothing");
        written += serde_json::to_string(&run.go_on(now_ms, STATES).events).unwrap().len();
    }
    written
}

/// A Pass that counts and a Choice that goes back to it: two transitions a round.
fn loop_in_paths() -> Value {
    json!({ "StartAt": "Count", "States": {
        "Count": { "Type": "Pass", "Parameters": { "rounds.$": "States.MathAdd($.rounds, 1)" }, "Next": "Enough?" },
        "Enough?": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.rounds", "NumericLessThan": TRANSITIONS / 2, "Next": "Count" }],
            "Default": "Done",
        },
        "Done": { "Type": "Succeed" },
    } })
}

fn loop_in_jsonata() -> Value {
    let enough = format!("{{% $states.input.rounds < {} %}}", TRANSITIONS / 2);
    json!({ "QueryLanguage": "JSONata", "StartAt": "Count", "States": {
        "Count": { "Type": "Pass", "Output": { "rounds": "{% $states.input.rounds + 1 %}" }, "Next": "Enough?" },
        "Enough?": { "Type": "Choice", "Choices": [{ "Condition": enough, "Next": "Count" }], "Default": "Done" },
        "Done": { "Type": "Succeed" },
    } })
}

fn stepping(criterion: &mut Criterion) {
    let start = json!({ "rounds": 0 });
    let pass = json!({ "StartAt": "Only", "States": { "Only": { "Type": "Pass", "End": true } } });
    let map = json!({ "StartAt": "All", "States": {
        "All": { "Type": "Map", "ItemsPath": "$", "ItemProcessor": pass, "End": true },
    } });
    let items: Value = (0..1000).collect();
    for (name, definition, input) in [
        ("10,000 transitions of Pass and Choice", loop_in_paths(), &start),
        ("10,000 transitions of Pass and Choice in JSONata", loop_in_jsonata(), &start),
        ("a Map of 1,000 Pass items", map, &items),
        ("an execution of one Pass", pass, &start),
    ] {
        let machine = parsed(&definition);
        criterion.bench_function(&format!("stepper/{name}"), |bencher| {
            bencher.iter(|| black_box(run_through(&machine, input)));
        });
    }
    let wait = json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 3600, "End": true } } });
    let machine = parsed(&wait);
    criterion.bench_function("stepper/10,000 executions that wait", |bencher| {
        let begin = || Run::start(Arc::clone(&machine), seed(json!({})));
        bencher.iter_with_large_drop(|| (0..10_000).map(|_| begin()).collect::<Vec<_>>());
    });
}

/// One user's lab on an endpoint of its own, as a command has it: state on disk, time that jumps.
struct Bench {
    runtime: tokio::runtime::Runtime,
    cloud: Arc<dyn Cloud>,
    endpoint: Option<Endpoint>,
    lab: Lab,
    desired: UserDesired,
    started: AtomicU64,
    _folders: (TempDir, TempDir),
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            self.runtime.block_on(endpoint.stop());
        }
    }
}

impl Bench {
    fn new() -> Self {
        let (folder, lab) = class(1);
        let out = tempfile::tempdir().unwrap();
        let rendered = rendered(&lab, out.path());
        render::write(&rendered, out.path()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (endpoint, cloud) = runtime.block_on(async {
            let config = Config { store: Some(out.path().join("local")), time: TimeMode::Jump, ..Config::default() };
            let endpoint = Endpoint::start(config).await.unwrap();
            let keys = endpoint.credentials();
            let options = ConnectOptions {
                endpoint_url: Some(endpoint.url().to_owned()),
                credentials: Some(StaticCredentials::new(keys.access_key_id, keys.secret_access_key)),
                ..ConnectOptions::default()
            };
            let cloud = cloud::connect(&lab.target, options).await.unwrap();
            let plan = plan::plan(&rendered.desired, &Found::new(), PlanOptions::default());
            let clouds: Clouds =
                rendered.desired.users.iter().map(|user| (user.place.clone(), Arc::clone(&cloud))).collect();
            let journal = Journal::open(None, None, Vec::new()).unwrap();
            let applied = apply::apply(&plan, &clouds, &journal, &ApplyOptions::default()).await;
            assert!(applied.users.iter().all(apply::UserResult::ok), "the lab is deployed");
            (endpoint, cloud)
        });
        let desired = rendered.desired.users.into_iter().next().unwrap();
        let started = AtomicU64::new(0);
        Self { runtime, cloud, endpoint: Some(endpoint), lab, desired, started, _folders: (folder, out) }
    }

    fn arn(&self, kind: Kind, name: &str) -> String {
        self.desired.place.arn(&Key::new(kind, format!("{}-{name}", self.desired.user)), "/")
    }

    fn next(&self) -> u64 {
        self.started.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes an EXPRESS machine of one Task state that calls the order validator.
    fn one_task(&self) -> String {
        let function = self.arn(Function::KIND, "order-validator");
        let definition = json!({
            "StartAt": "Validate",
            "States": { "Validate": { "Type": "Task", "Resource": function, "End": true } },
        });
        let machines = self.desired.resources.iter().filter_map(|resource| resource.body.of::<StateMachine>());
        let role = machines.map(|machine| machine.role.clone()).next();
        let body = StateMachine {
            machine_type: MachineType::Express,
            role: role.unwrap(),
            definition: definition.to_string().into(),
            logging: None,
        };
        let machine = Resource::new(format!("{}-one-task", self.desired.user), body, Tags::new());
        self.runtime.block_on(self.cloud.create(&machine)).unwrap()
    }

    /// Runs one order from its start to its end, asking as often as the endpoint answers.
    async fn order(&self, machine: &str, input: &Value) -> Execution {
        let started = self.cloud.start(machine, &format!("order-{}", self.next()), input).await.unwrap();
        loop {
            let execution = self.cloud.execution(&started.arn).await.unwrap();
            if execution.status.is_terminal() {
                return execution;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn executing(criterion: &mut Criterion) {
    let bench = Bench::new();
    let inputs = BulkInputs::new(&bench.lab.pack).unwrap().unwrap();
    let input = inputs.input(bench.lab.users.first().unwrap(), "bench", 1, true).unwrap();
    let mut group = criterion.benchmark_group("endpoint");
    let machine = bench.one_task();
    let task = || {
        let name = format!("task-{}", bench.next());
        let execution = bench.runtime.block_on(bench.cloud.start_sync(&machine, &name, &input)).unwrap();
        assert_eq!(execution.status, ExecutionStatus::Succeeded, "{execution:?}");
    };
    group.bench_function("a warm Lambda task (StartSyncExecution of one Task state)", |bencher| bencher.iter(task));
    let machine = bench.arn(StateMachine::KIND, "order-processing-workflow");
    group.bench_function("an execution of the order workflow", |bencher| {
        bencher.iter(|| {
            let execution = bench.runtime.block_on(bench.order(&machine, &input));
            assert_eq!(execution.status, ExecutionStatus::Succeeded, "{execution:?}");
        });
    });
    group.finish();
}

criterion_group!(benches, rendering, planning, stepping, executing);
criterion_main!(benches);
