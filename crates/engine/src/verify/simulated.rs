//! A whole `verify` of a class in simulated time, under the buckets that AWS publishes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Collected, Collection, EvidenceOf, PAGED, Subject, collect};
use crate::cause::PolicyFiles;
use crate::cloud::{Cloud, Depth, Scope, published_bucket};
use crate::event::Journal;
use crate::host::Time;
use crate::host::virtual_time::Virtual;
use crate::kind::{Code, Dashboard, Function, Live, LiveState, Resource, Role, StateMachine};
use crate::model::{
    AccountId, CheckTest, ExecutionStatus, ExecutionsTest, Expectation, LabName, Logging, MachineTemplate, MachineType,
    OutcomesTest, Place, Policy, Region, Scenario, Tags, UserName,
};
use crate::trial::fake::{DEFINITION, Script, ScriptedCloud};
use crate::trial::{Cancel, Pace};

/// Scenarios: machine and milliseconds that an execution takes, some a third more.
const SCENARIOS: [(&str, i64); 11] = [
    ("order", 300),
    ("order", 450),
    ("order", 2_400),
    ("order", 15_000),
    ("order", 900),
    ("order", 1_200),
    ("callback", 6_000),
    ("callback", 3_500),
    ("express", 150),
    ("express", 200),
    ("express", 250),
];

/// Those of them that are STANDARD executions.
const STANDARD: u32 = 8;

const FUNCTIONS: [&str; 6] = ["validate", "pay", "update", "fulfil", "realtime", "long"];

fn machine_type(machine: &str) -> MachineType {
    if machine == "express" { MachineType::Express } else { MachineType::Standard }
}

fn role(name: &str) -> Resource {
    let body = Role {
        path: "/".to_owned(),
        description: String::new(),
        trust_policy: Policy::new(&json!({})),
        inline_policies: BTreeMap::new(),
        managed_policies: Vec::new(),
        permissions_boundary: None,
    };
    Resource::new(name, body, Tags::new())
}

fn function(name: &str, role: &str) -> Resource {
    let body = Function {
        runtime: "python3.13".to_owned(),
        handler: "f.handler".to_owned(),
        role: format!("arn:aws:iam::111111111111:role/{role}"),
        description: String::new(),
        timeout_seconds: 30,
        memory_mib: 128,
        environment: BTreeMap::new(),
        architecture: Function::X86.to_owned(),
        layers: Vec::new(),
        code: Code { sha256: "x".to_owned(), package: None },
    };
    Resource::new(name, body, Tags::new())
}

fn machine(name: &str, machine: &str, role: &str) -> Resource {
    let logging = Logging {
        level: "ALL".to_owned(),
        include_execution_data: true,
        log_group: format!("/aws/vendedlogs/states/{name}"),
    };
    let body = StateMachine {
        machine_type: machine_type(machine),
        role: format!("arn:aws:iam::111111111111:role/{role}"),
        definition: DEFINITION.into(),
        logging: Some(logging),
    };
    Resource::new(name, body, Tags::new())
}

/// What a user has: six roles, six functions, three machines, a dashboard.
fn lab(user: &str) -> Vec<Resource> {
    let mut lab: Vec<Resource> = FUNCTIONS
        .iter()
        .flat_map(|name| {
            let (function_name, role_name) = (format!("{user}-{name}"), format!("{user}-{name}-role"));
            [role(&role_name), function(&function_name, &role_name)]
        })
        .collect();
    for name in ["order", "callback", "express"] {
        lab.push(machine(&format!("{user}-{name}"), name, &format!("{user}-validate-role")));
    }
    lab.push(Resource::new(format!("{user}-monitoring"), Dashboard { body: "{}".into() }, Tags::new()));
    lab
}

fn scenario(number: usize) -> Scenario {
    Scenario {
        name: format!("s{number}"),
        title: String::new(),
        machine: SCENARIOS[number].0.to_owned(),
        input: json!({"case": number}),
        expect: Expectation {
            status: ExecutionStatus::Succeeded,
            output: Some(json!({"status": "COMPLETED"})),
            error: None,
            path: None,
        },
        waits_seconds: 0,
        when: None,
        nonce: None,
        stage: None,
        mocks: Vec::new(),
    }
}

fn template(name: &str) -> MachineTemplate {
    MachineTemplate {
        name: name.to_owned(),
        machine_type: machine_type(name),
        definition: String::new(),
        role: String::new(),
        logging: None,
        logs: None,
        outcome: Some("/status".to_owned()),
        good: vec!["COMPLETED".to_owned()],
        when: None,
        stage: None,
    }
}

struct Class {
    place: Place,
    users: Vec<String>,
    cloud: Arc<ScriptedCloud>,
    time: Time,
}

impl Class {
    fn new(region: &'static str, users: u32, time: Time) -> Self {
        let place = Place { account: AccountId::new("111111111111").unwrap(), region: Region::new(region).unwrap() };
        let users: Vec<String> = (1..=users).map(|number| format!("user{number}")).collect();
        let started = AtomicI64::new(0);
        let mut cloud = ScriptedCloud::new(move |_, input| {
            let number = usize::try_from(input["case"].as_u64().unwrap()).unwrap();
            let usual = SCENARIOS[number].1;
            let more = usual * (started.fetch_add(3, Ordering::Relaxed) % 7) / 18;
            Ok(Script { ms: usual + more, ..Script::succeeds(json!({"status": "COMPLETED"})) })
        });
        let fake = Arc::get_mut(&mut cloud).unwrap();
        (fake.region, fake.time) = (Some(region), Some(Arc::clone(&time)));
        fake.log_delay = Duration::from_secs(5);
        for resource in users.iter().flat_map(|user| lab(user)) {
            let arn = place.arn(&resource.key, "/");
            let live = Live { arn, body: resource.body, tags: resource.tags, state: LiveState::Ready };
            fake.resources.insert(resource.key, live);
        }
        Self { place, users, cloud, time }
    }

    /// What students ran themselves.
    fn bulk(&self) {
        for user in &self.users {
            let arn = self.place.arn(&StateMachine::key(format!("{user}-order")), "/");
            for number in 0..12 {
                self.cloud.ran(&arn, &format!("by-hand-{number}"), Script::succeeds(json!({"status": "COMPLETED"})));
            }
        }
    }

    fn subject(&self, user: &str) -> Subject {
        Subject {
            user: UserName::new(user).unwrap(),
            cloud: Arc::clone(&self.cloud) as Arc<dyn Cloud>,
            place: self.place.clone(),
            wanted: lab(user).into_iter().map(Arc::new).collect(),
            settings: BTreeMap::<String, Value>::new(),
            policies: PolicyFiles::default(),
            as_written: false,
            brought_roles: Vec::new(),
        }
    }

    async fn verify(&self, cancel: Cancel) -> Collected {
        let scenarios: Vec<Scenario> = (0..SCENARIOS.len()).map(scenario).collect();
        let names = scenarios.iter().map(|scenario| scenario.name.clone()).collect();
        let outcomes = OutcomesTest { scenarios: names, at: "/status".to_owned() };
        let executions = ExecutionsTest { machine: "order".to_owned(), at_least: 10, over: 0.8, good: 1 };
        let machines = ["order", "callback", "express"].map(template);
        let journal = Journal::open(None, None, Vec::new()).unwrap();
        let collection = Collection {
            subjects: self.users.iter().map(|user| self.subject(user)).collect(),
            tests: vec![CheckTest::Outcomes(&outcomes), CheckTest::Executions(&executions)],
            scenarios: &scenarios,
            machines: &machines,
            include_slow: false,
            time_factor: 1.0,
            concurrency: 32,
            run_id: "0123abcd".to_owned(),
            pace: Pace::default(),
            time: Arc::clone(&self.time),
            journal: &journal,
            cancel,
        };
        let scope = Scope {
            lab: LabName::new("lab6").unwrap(),
            users: self.users.iter().map(|user| UserName::new(user).unwrap()).collect(),
            keys: BTreeSet::new(),
            wanted: BTreeMap::new(),
            kinds: PAGED.iter().copied().collect(),
            depth: Depth::Content,
        };
        let pages = async {
            let observed = self.cloud.observe(&scope).await.unwrap();
            BTreeMap::from([(self.place.clone(), Arc::new(observed))])
        };
        collect(collection, pages).await
    }
}

/// Seconds in which the buckets give the calls that a class of this size cannot do without.
fn bound(region: &str, users: u32) -> f64 {
    let needed = [
        ("states:DescribeStateMachine", 3 * users),
        ("states:StartExecution", STANDARD * users),
        // The end of each, and one of those that the student ran.
        ("states:DescribeExecution", STANDARD * users + users),
        ("states:GetExecutionHistory", STANDARD * users),
        ("states:ListExecutions", users),
        ("logs:FilterLogEvents", users),
        ("cloudwatch:GetDashboard", users),
    ];
    let seconds = needed.iter().map(|(operation, calls)| {
        let quota = published_bucket(operation, region).unwrap().quota;
        (f64::from(*calls) - quota.burst) / quota.per_second
    });
    seconds.fold(0.0, f64::max)
}

#[test]
fn a_class_is_verified_within_what_the_buckets_allow() {
    for (region, users) in [("us-east-1", 300), ("eu-central-1", 100)] {
        let ((cloud, collected), took) = Virtual::run(async |time| {
            let class = Class::new(region, users, time);
            class.bulk();
            let collected = class.verify(Cancel::new()).await;
            (class.cloud, collected)
        });
        assert!(!collected.interrupted);
        for user in &collected.users {
            assert_eq!(user.executions.len(), SCENARIOS.len());
            assert!(user.executions.iter().all(|execution| execution.unknown.is_none()), "{user:#?}");
            assert!(user.executions.iter().all(|execution| execution.visits.is_some()), "{user:#?}");
            let Some(EvidenceOf::Found(listed)) = user.listed.get("order") else { panic!("{user:#?}") };
            assert_eq!((listed.started, listed.over, listed.good), (12, 12, 1), "verify's own are not counted");
            let found = [user.functions.len(), user.machines.len(), user.roles.len(), user.dashboards.len()];
            assert_eq!(found, [6, 3, 6, 1]);
        }
        let (took, bound) = (took.as_secs_f64(), bound(region, users));
        let calls = cloud.calls();
        assert!(took <= bound * 1.1, "{region}: {took:.1} s of at least {bound:.1} s; {calls:?}");
        assert_eq!(calls.get("states:ListTagsForResource"), None);
    }
}

#[test]
fn what_has_no_machine_or_comes_after_an_interruption_is_not_started() {
    let ((calls, collected), _) = Virtual::run(async |time| {
        let mut class = Class::new("us-east-1", 3, time);
        let cloud = Arc::get_mut(&mut class.cloud).unwrap();
        cloud.resources.remove(&StateMachine::key("user2-order"));
        let collected = class.verify(Cancel::new()).await;
        (class.cloud.calls(), collected)
    });
    assert_eq!(calls["start"], 3 * 2 + 2 * 6, "the two callback scenarios of all, the six order scenarios of two");
    assert_eq!(calls["executions"], 2);
    assert_eq!(collected.users[1].machines["order"], EvidenceOf::Absent);
    assert_eq!(collected.users[1].executions[0].arn, None);
    assert!(collected.users[0].executions.iter().all(|execution| execution.unknown.is_none()));

    let ((calls, collected), _) = Virtual::run(async |time| {
        let class = Class::new("us-east-1", 3, time);
        let cancel = Cancel::new();
        cancel.trigger();
        let collected = class.verify(cancel).await;
        (class.cloud.calls(), collected)
    });
    assert!(collected.interrupted);
    assert_eq!((calls.get("start"), calls.get("start_sync")), (None, None), "{calls:?}");
    for user in &collected.users {
        assert!(user.executions.iter().all(|execution| execution.unknown.is_some()), "{user:#?}");
        assert!(user.machines.values().all(|machine| matches!(machine, EvidenceOf::Unread(_))), "{user:#?}");
    }
}

#[test]
fn an_interruption_stops_what_was_started() {
    let ((stopped, calls, collected), took) = Virtual::run(async |time| {
        let class = Class::new("us-east-1", 30, Arc::clone(&time) as Time);
        let cancel = Cancel::new();
        let interrupting = async {
            class.time.sleep(Duration::from_secs(2)).await;
            cancel.trigger();
        };
        let (collected, ()) = tokio::join!(class.verify(cancel.clone()), interrupting);
        (class.cloud.stopped(), class.cloud.calls(), collected)
    });
    assert!(collected.interrupted);
    assert!(took < Duration::from_secs(5), "{took:?}");
    let open: usize = collected
        .users
        .iter()
        .flat_map(|user| &user.executions)
        .filter(|execution| execution.arn.is_some() && execution.status.is_none())
        .count();
    assert!(open > 0 && stopped.len() == open, "{} of {open} were stopped; {calls:?}", stopped.len());
}
