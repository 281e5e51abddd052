//! Collects evidence: reads what is there, starts the scenarios' executions and reads what they did. Nothing else is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt as _;
use serde_json::Value;

use super::evidence::{EvidenceOf, ListedExecutions, MachineEvidence, UserEvidence};
use super::executions::{evidence, not_run, only_at, with_nonce};
use super::forced::can_time_out;
use super::resources::{Reader, ResourceEvidence, is_looked_at};
use super::there::name;
use crate::cause::PolicyFiles;
use crate::cloud::{Cloud, ErrorClass, ExecutionQuery};
use crate::event::Journal;
use crate::host::Time;
use crate::kind::{Observed, Resource};
use crate::model::{CheckTest, ExecutionsTest, MachineTemplate, MachineType, Scenario, UserName};
use crate::trial::{
    Cancel, Logged, Machine, Pace, Participant, ScenarioOutcome, ScenarioReport, ScenarioRun, execution_name,
    run_scenarios,
};

/// Users whose labs are read at once.
const USERS_AT_ONCE: usize = 16;

/// Executions of a machine that are listed, newest first.
const LISTED: usize = 200;

/// Executions that are asked for their outcomes, a call each.
const ASKED: usize = 20;

/// How often a scenario is tried whose outcome is a matter of chance.
const TRIES: u32 = 5;

/// A user whose lab is looked at.
pub struct Subject {
    /// Who.
    pub user: UserName,
    /// Where.
    pub cloud: Arc<dyn Cloud>,
    /// What the manifest gives the user.
    pub wanted: Vec<Arc<Resource>>,
    /// What pages of the account showed, where they could be read.
    pub observed: Option<Arc<Observed>>,
    /// The user's settings, which switch scenarios on and off.
    pub settings: BTreeMap<String, Value>,
    /// Where the policies of the user's roles are written.
    pub policies: PolicyFiles,
    /// Whether policies are the handout's broad ones.
    pub as_written: bool,
    /// Names or ARNs of roles that the manifest brings.
    pub brought_roles: Vec<String>,
}

/// What to collect.
pub struct Collection<'a> {
    /// Of whom.
    pub subjects: Vec<Subject>,
    /// What the checks look at.
    pub tests: Vec<CheckTest<'a>>,
    /// The pack's scenarios.
    pub scenarios: &'a [Scenario],
    /// The pack's machines.
    pub machines: &'a [MachineTemplate],
    /// Whether scenarios run that really wait long.
    pub include_slow: bool,
    /// How many times faster than this machine's the endpoint's clock goes.
    pub time_factor: f64,
    /// Executions started at once, over all users.
    pub concurrency: usize,
    /// Eight hexadecimal digits.
    pub run_id: String,
    /// How to wait.
    pub pace: Pace,
    /// Whose time is waited in.
    pub time: Time,
    /// Who is told.
    pub journal: &'a Journal,
    /// The user's interruption.
    pub cancel: Cancel,
}

/// What was collected.
#[derive(Clone, Debug, PartialEq)]
pub struct Collected {
    /// In the order of the subjects.
    pub users: Vec<UserEvidence>,
    /// Whether the user interrupted: what is missing is unknown.
    pub interrupted: bool,
}

/// Collects the evidence of all users side by side.
pub async fn collect(collection: Collection<'_>) -> Collected {
    let reads = collection.subjects.iter().map(|subject| collection.read(subject));
    let mut found: Vec<Read> = futures::stream::iter(reads).buffered(USERS_AT_ONCE).collect().await;
    let scenarios = collection.wanted_scenarios();
    let mut interrupted = collection.cancel.is_set();
    let outcomes = collection.run(&found, &scenarios, &mut interrupted).await;
    let users = collection.subjects.iter().zip(&mut found).map(|(subject, read)| {
        let of_user = outcomes.get(subject.user.as_str());
        let executions = scenarios.iter().filter(|scenario| scenario.is_on(&subject.settings)).map(|scenario| {
            let ran = of_user.and_then(|outcomes| outcomes.get(&scenario.name));
            let mut evidence = match ran {
                Some((outcome, tries)) => evidence(outcome, scenario, *tries),
                None => not_run(scenario, "it was not run"),
            };
            evidence.nonce = scenario.nonce.clone().map(|pointer| (pointer, collection.nonce()));
            evidence
        });
        let ResourceEvidence { functions, machines, roles, dashboards } = std::mem::take(&mut read.resources);
        UserEvidence {
            user: subject.user.to_string(),
            as_written: subject.as_written,
            brought_roles: subject.brought_roles.clone(),
            executions: executions.collect(),
            listed: std::mem::take(&mut read.listed),
            functions,
            machines,
            roles,
            dashboards,
        }
    });
    Collected { users: users.collect(), interrupted }
}

/// What was read of a user.
struct Read {
    resources: ResourceEvidence,
    listed: BTreeMap<String, EvidenceOf<ListedExecutions>>,
}

/// Outcomes of a user's scenarios, and how often each was tried.
type Outcomes = BTreeMap<String, BTreeMap<String, (ScenarioOutcome, u32)>>;

impl Collection<'_> {
    fn nonce(&self) -> String {
        format!("labctl-{}", self.run_id)
    }

    async fn read(&self, subject: &Subject) -> Read {
        let reader = Reader {
            cloud: subject.cloud.as_ref(),
            observed: subject.observed.as_deref(),
            prefix: format!("{}-", subject.user),
        };
        let wanted: Vec<Arc<Resource>> = subject.wanted.iter().filter(|it| is_looked_at(&it.body)).cloned().collect();
        let is_brought = |role: &str| subject.brought_roles.iter().any(|brought| name(brought) == role);
        let resources = reader.read(&wanted, self.machines, &is_brought).await;
        let mut listed = BTreeMap::new();
        for test in self.executions_tests() {
            if let Some(EvidenceOf::Found(machine)) = resources.machines.get(&test.machine) {
                listed.insert(test.machine.clone(), self.list(subject, machine, test).await);
            }
        }
        Read { resources, listed }
    }

    fn executions_tests(&self) -> impl Iterator<Item = &ExecutionsTest> {
        self.tests.iter().filter_map(|test| match test {
            CheckTest::Executions(test) => Some(*test),
            _ => None,
        })
    }

    /// What others than verify and test started.
    async fn list(
        &self,
        subject: &Subject,
        machine: &MachineEvidence,
        test: &ExecutionsTest,
    ) -> EvidenceOf<ListedExecutions> {
        if machine.machine_type == MachineType::Express {
            return EvidenceOf::Found(ListedExecutions::default());
        }
        let query = ExecutionQuery { at_most: LISTED, ..ExecutionQuery::default() };
        let listed = match subject.cloud.executions(&machine.arn, query).await {
            Ok(listed) => listed,
            Err(error) if error.class == ErrorClass::NotFound => return EvidenceOf::Absent,
            Err(error) => return EvidenceOf::Unread(error.to_string()),
        };
        let own: BTreeSet<String> = self
            .scenarios
            .iter()
            .filter_map(|scenario| execution_name(&scenario.name, "").strip_suffix('-').map(str::to_owned))
            .collect();
        let is_own = |name: &str| {
            let Some((what, run)) = name.rsplit_once('-') else { return false };
            run.len() >= 8 && own.contains(what)
        };
        let others: Vec<_> = listed.into_iter().filter(|execution| !is_own(&execution.name)).collect();
        let template = self.machines.iter().find(|template| template.name == test.machine);
        let good = template.map(|template| template.good.as_slice()).unwrap_or_default();
        let succeeded = others.iter().filter(|execution| execution.is_good(None, &[]));
        let mut count = ListedExecutions {
            started: number(others.len()),
            over: number(others.iter().filter(|execution| execution.status.is_terminal()).count()),
            good: 0,
        };
        for execution in succeeded.take(ASKED) {
            if count.good >= test.good {
                break;
            }
            let is_good = if good.is_empty() {
                true
            } else {
                match subject.cloud.execution(&execution.arn).await {
                    Ok(whole) => whole.is_good(whole.outcome(machine.outcome.as_deref()).as_deref(), good),
                    Err(error) if error.class == ErrorClass::NotFound => false,
                    Err(error) => return EvidenceOf::Unread(error.to_string()),
                }
            };
            count.good += u32::from(is_good);
        }
        EvidenceOf::Found(count)
    }

    /// The scenarios that checks look at, with this run's nonce, in the pack's order.
    fn wanted_scenarios(&self) -> Vec<Scenario> {
        let names: BTreeSet<String> = self.tests.iter().flat_map(|test| test.scenarios()).collect();
        let pointers: BTreeSet<String> = self
            .tests
            .iter()
            .filter_map(|test| match test {
                CheckTest::Outcomes(test) => Some(test.at.clone()),
                _ => None,
            })
            .collect();
        let pointers: Vec<String> = pointers.into_iter().collect();
        let wanted = self.scenarios.iter().filter(|scenario| names.contains(&scenario.name));
        wanted
            .map(|scenario| {
                let mut scenario = with_nonce(scenario, &self.nonce());
                only_at(&mut scenario, &pointers);
                scenario
            })
            .collect()
    }

    /// Runs the scenarios of everybody, and those again whose outcome may have been chance.
    async fn run(&self, found: &[Read], scenarios: &[Scenario], interrupted: &mut bool) -> Outcomes {
        let mut outcomes = Outcomes::new();
        let everybody: Vec<Participant> =
            self.subjects.iter().zip(found).map(|(subject, read)| participant(subject, read, self.machines)).collect();
        let chancy: BTreeSet<&str> = self
            .subjects
            .iter()
            .zip(found)
            .filter(|(_, read)| is_chancy(read))
            .map(|(subject, _)| subject.user.as_str())
            .collect();
        let steady = self.steady();
        let mut todo: BTreeMap<BTreeSet<String>, Vec<Participant>> = BTreeMap::new();
        for (participant, read) in everybody.iter().zip(found) {
            let needless = self.needless(read);
            let names = scenarios.iter().map(|scenario| scenario.name.clone()).filter(|name| !needless.contains(name));
            todo.entry(names.collect()).or_default().push(participant.clone());
        }
        for tries in 1..=TRIES {
            let runs = todo.iter().map(|(names, participants)| {
                let scenarios = scenarios.iter().filter(|scenario| names.contains(&scenario.name)).cloned().collect();
                self.run_once(participants.clone(), scenarios, tries)
            });
            for report in futures::future::join_all(runs).await {
                *interrupted |= report.interrupted;
                for outcome in report.scenarios {
                    outcomes.entry(outcome.user.clone()).or_default().insert(outcome.name.clone(), (outcome, tries));
                }
            }
            if *interrupted {
                self.stop(&outcomes).await;
                break;
            }
            todo = BTreeMap::new();
            for participant in everybody.iter().filter(|participant| chancy.contains(participant.user.as_str())) {
                let of_user = outcomes.get(participant.user.as_str()).into_iter().flatten();
                let again = of_user.filter(|(name, (outcome, last))| {
                    *last == tries && steady.contains(*name) && !outcome.passed && outcome.actual.is_some()
                });
                let again: BTreeSet<String> = again.map(|(name, _)| name.clone()).collect();
                if !again.is_empty() {
                    todo.entry(again).or_default().push(participant.clone());
                }
            }
            if todo.is_empty() {
                break;
            }
        }
        outcomes
    }

    /// Scenarios that would only be waited for: their wait has no end.
    fn needless(&self, read: &Read) -> BTreeSet<String> {
        let mut needless = BTreeSet::new();
        for test in &self.tests {
            let CheckTest::Timeout(test) = test else { continue };
            let scenario = self.scenarios.iter().find(|scenario| scenario.name == test.scenario);
            let machine = scenario.and_then(|scenario| read.resources.machines.get(&scenario.machine)?.found());
            let workflow = machine.and_then(MachineEvidence::workflow);
            if workflow.is_some_and(|workflow| !can_time_out(workflow, &test.function)) {
                needless.insert(test.scenario.clone());
            }
        }
        needless
    }

    /// Scenarios whose own outcome is judged, so that chance must be met by trying again.
    fn steady(&self) -> BTreeSet<String> {
        let of = |test: &CheckTest<'_>| match test {
            CheckTest::Outcomes(_) | CheckTest::Parallel(_) | CheckTest::Choice(_) | CheckTest::Calls(_) => {
                test.scenarios()
            }
            _ => Vec::new(),
        };
        self.tests.iter().flat_map(of).collect()
    }

    async fn run_once(&self, participants: Vec<Participant>, scenarios: Vec<Scenario>, tries: u32) -> ScenarioReport {
        let run_id = if tries == 1 { self.run_id.clone() } else { format!("{}{tries}", self.run_id) };
        run_scenarios(ScenarioRun {
            participants,
            scenarios,
            only_some: true,
            include_slow: self.include_slow,
            time_factor: self.time_factor,
            concurrency: self.concurrency,
            run_id,
            pace: self.pace,
            time: Arc::clone(&self.time),
            journal: self.journal,
            cancel: self.cancel.clone(),
        })
        .await
    }

    /// Stops what was started and nobody waits for any more.
    async fn stop(&self, outcomes: &Outcomes) {
        let open = self.subjects.iter().flat_map(|subject| {
            let of_user = outcomes.get(subject.user.as_str()).into_iter().flatten();
            let open = of_user.filter(|(_, (outcome, _))| outcome.actual.is_none());
            open.filter_map(|(_, (outcome, _))| outcome.execution_arn.as_ref())
                .map(|arn| (Arc::clone(&subject.cloud), arn.clone()))
        });
        let stops = open.map(|(cloud, arn)| async move { cloud.stop(&arn, "labctl verify was interrupted").await });
        // What cannot be stopped any more has ended, or ends by itself.
        futures::future::join_all(stops).await;
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether handlers that are not the pack's may come to another end by chance.
fn is_chancy(read: &Read) -> bool {
    read.resources.functions.values().filter_map(EvidenceOf::found).any(|function| !function.is_packs_code)
}

fn participant(subject: &Subject, read: &Read, templates: &[MachineTemplate]) -> Participant {
    let found = read.resources.machines.iter().filter_map(|(short, found)| Some((short, found.found()?)));
    let machines = found.map(|(short, machine)| {
        let template = templates.iter().find(|template| template.name == *short);
        let machine = Machine {
            name: name(&machine.arn).to_owned(),
            arn: machine.arn.clone(),
            machine_type: machine.machine_type,
            log_group: machine.logging.as_ref().map(|logging| logging.log_group.clone()),
            logged: machine.logging.as_ref().map_or(Logged::Little, Logged::of),
            definition: machine.definition.clone(),
            outcome: machine.outcome.clone(),
            good: template.map(|template| template.good.clone()).unwrap_or_default(),
        };
        (short.clone(), machine)
    });
    Participant {
        user: subject.user.clone(),
        cloud: Arc::clone(&subject.cloud),
        machines: machines.collect(),
        policies: subject.policies.clone(),
        settings: subject.settings.clone(),
    }
}
