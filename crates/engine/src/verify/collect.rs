//! Collects evidence: reads what is there, starts the scenarios' executions and reads what they did. Nothing else is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::join_all;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::evidence::{EvidenceOf, ListedExecutions, MachineEvidence, UserEvidence};
use super::executions::{evidence, not_run, only_at, with_nonce};
use super::forced::can_time_out;
use super::resources::{self, Machines, Reader, ResourceEvidence};
use super::there::name;
use crate::cause::PolicyFiles;
use crate::cloud::{Cloud, ErrorClass, ExecutionQuery};
use crate::event::Journal;
use crate::host::Time;
use crate::kind::{Observed, Resource};
use crate::model::{CheckTest, ExecutionsTest, MachineTemplate, MachineType, Place, Scenario, UserName};
use crate::trial::{
    Cancel, Logged, Machine, Pace, Participant, ScenarioOutcome, ScenarioReport, ScenarioRun, execution_name,
    run_scenarios,
};

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
    /// The account and region that this is.
    pub place: Place,
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

/// What pages of each account showed of the kinds in [`PAGED`](super::PAGED), where they could be read.
pub type Pages = BTreeMap<Place, Arc<Observed>>;

/// Collects the evidence of all users side by side. A user's scenarios are started as soon as the user's machines are known; `pages`, and
/// what else there is, are read meanwhile: other buckets pace that.
pub async fn collect(collection: Collection<'_>, pages: impl Future<Output = Pages>) -> Collected {
    let pages = pages.shared();
    let machines: Vec<OnceCell<Machines>> = collection.subjects.iter().map(|_| OnceCell::new()).collect();
    let scenarios = collection.wanted_scenarios();
    let each = || collection.subjects.iter().zip(&machines);
    let reads = join_all(each().map(|(subject, machines)| collection.read(subject, machines, pages.clone())));
    let arriving = each().map(|(subject, machines)| collection.arrival(subject, machines));
    let (mut found, report) = tokio::join!(reads, collection.run_once(arriving, &scenarios, 1));
    let mut outcomes = Outcomes::default();
    outcomes.add(report, 1);
    collection.run_again(&found, &scenarios, &mut outcomes).await;
    let users = collection.subjects.iter().zip(&mut found).map(|(subject, read)| {
        let executions = scenarios.iter().filter(|scenario| scenario.is_on(&subject.settings)).map(|scenario| {
            let mut evidence = match outcomes.of(subject.user.as_str(), &scenario.name) {
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
    Collected { users: users.collect(), interrupted: outcomes.interrupted }
}

/// What was read of a user.
struct Read {
    resources: ResourceEvidence,
    listed: BTreeMap<String, EvidenceOf<ListedExecutions>>,
}

/// What came of the scenarios so far.
#[derive(Default)]
struct Outcomes {
    /// By user and scenario, and how often each was tried.
    by_user: BTreeMap<String, BTreeMap<String, (ScenarioOutcome, u32)>>,
    interrupted: bool,
}

impl Outcomes {
    fn add(&mut self, report: ScenarioReport, tries: u32) {
        self.interrupted |= report.interrupted;
        for outcome in report.scenarios {
            let of_user = self.by_user.entry(outcome.user.clone()).or_default();
            of_user.insert(outcome.name.clone(), (outcome, tries));
        }
    }

    fn of_user(&self, user: &str) -> impl Iterator<Item = (&String, &(ScenarioOutcome, u32))> {
        self.by_user.get(user).into_iter().flatten()
    }

    fn of(&self, user: &str, scenario: &str) -> Option<&(ScenarioOutcome, u32)> {
        self.by_user.get(user)?.get(scenario)
    }
}

impl Collection<'_> {
    fn nonce(&self) -> String {
        format!("labctl-{}", self.run_id)
    }

    /// A user's machines, read once.
    async fn machines<'m>(&self, subject: &Subject, machines: &'m OnceCell<Machines>) -> &'m Machines {
        let prefix = prefix(subject);
        let read = || resources::machines(subject.cloud.as_ref(), &prefix, &subject.wanted, self.machines);
        machines.get_or_init(read).await
    }

    /// Everything of a user but what scenarios did; what the user's interruption leaves unread is unknown.
    async fn read(&self, subject: &Subject, machines: &OnceCell<Machines>, pages: impl Future<Output = Pages>) -> Read {
        let machines = async { self.machines(subject, machines).await.clone() };
        let read = async {
            let machines = machines.await;
            let (listed, resources) =
                tokio::join!(self.listed(subject, &machines), self.resources(subject, machines.clone(), pages));
            Read { resources, listed }
        };
        tokio::select! {
            biased;
            () = self.cancel.wait() => {
                let resources = resources::unread(&prefix(subject), &subject.wanted);
                Read { resources, listed: BTreeMap::new() }
            }
            read = read => read,
        }
    }

    async fn resources(
        &self,
        subject: &Subject,
        machines: Machines,
        pages: impl Future<Output = Pages>,
    ) -> ResourceEvidence {
        let pages = pages.await;
        let observed = pages.get(&subject.place).map(Arc::as_ref);
        let reader = Reader { cloud: subject.cloud.as_ref(), observed, prefix: prefix(subject) };
        let is_brought = |role: &str| subject.brought_roles.iter().any(|brought| name(brought) == role);
        reader.read(&subject.wanted, machines, &is_brought).await
    }

    async fn listed(&self, subject: &Subject, machines: &Machines) -> BTreeMap<String, EvidenceOf<ListedExecutions>> {
        let mut listed = BTreeMap::new();
        for test in self.executions_tests() {
            if let Some(EvidenceOf::Found(machine)) = machines.get(&test.machine) {
                listed.insert(test.machine.clone(), self.list(subject, machine, test).await);
            }
        }
        listed
    }

    /// A user who takes part as soon as the machines are known; nobody once the user has interrupted.
    async fn arrival(&self, subject: &Subject, machines: &OnceCell<Machines>) -> Option<Participant> {
        tokio::select! {
            biased;
            () = self.cancel.wait() => None,
            machines = self.machines(subject, machines) => Some(self.participant(subject, machines)),
        }
    }

    fn participant(&self, subject: &Subject, machines: &Machines) -> Participant {
        Participant { left_out: self.needless(machines), ..participant(subject, machines, self.machines) }
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
        // Verify's own are being started meanwhile.
        let query = ExecutionQuery { at_most: LISTED + self.scenarios.len(), ..ExecutionQuery::default() };
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
        let others: Vec<_> = listed.into_iter().filter(|execution| !is_own(&execution.name)).take(LISTED).collect();
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

    /// Runs those again whose outcome may have been chance.
    async fn run_again(&self, found: &[Read], scenarios: &[Scenario], outcomes: &mut Outcomes) {
        let steady = self.steady();
        let each = || self.subjects.iter().zip(found).filter(|(_, read)| is_chancy(read));
        for tries in 2..=TRIES {
            if outcomes.interrupted {
                break;
            }
            let mut again = Vec::new();
            for (subject, read) in each() {
                let is_due = |scenario: &&Scenario| {
                    let last = outcomes.of(subject.user.as_str(), &scenario.name);
                    last.is_some_and(|(outcome, last)| {
                        *last == tries - 1
                            && steady.contains(&scenario.name)
                            && !outcome.passed
                            && outcome.actual.is_some()
                    })
                };
                let (due, others): (Vec<_>, Vec<_>) = scenarios.iter().partition(is_due);
                if !due.is_empty() {
                    let left_out = others.into_iter().map(|scenario| scenario.name.clone()).collect();
                    let participant = participant(subject, &read.resources.machines, self.machines);
                    again.push(ready(Some(Participant { left_out, ..participant })));
                }
            }
            if again.is_empty() {
                break;
            }
            outcomes.add(self.run_once(again, scenarios, tries).await, tries);
        }
        if outcomes.interrupted {
            self.stop(outcomes).await;
        }
    }

    /// Scenarios that would only be waited for: their wait has no end.
    fn needless(&self, machines: &Machines) -> BTreeSet<String> {
        let mut needless = BTreeSet::new();
        for test in &self.tests {
            let CheckTest::Timeout(test) = test else { continue };
            let scenario = self.scenarios.iter().find(|scenario| scenario.name == test.scenario);
            let machine = scenario.and_then(|scenario| machines.get(&scenario.machine)?.found());
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

    async fn run_once<A>(
        &self,
        arriving: impl IntoIterator<Item = A>,
        scenarios: &[Scenario],
        tries: u32,
    ) -> ScenarioReport
    where
        A: Future<Output = Option<Participant>>,
    {
        let run = ScenarioRun {
            scenarios: scenarios.to_vec(),
            only_some: true,
            include_slow: self.include_slow,
            time_factor: self.time_factor,
            concurrency: self.concurrency,
            run_id: if tries == 1 { self.run_id.clone() } else { format!("{}{tries}", self.run_id) },
            pace: self.pace,
            time: Arc::clone(&self.time),
            journal: self.journal,
            cancel: self.cancel.clone(),
        };
        run_scenarios(run, arriving).await
    }

    /// Stops what was started and nobody waits for any more.
    async fn stop(&self, outcomes: &Outcomes) {
        let open = self.subjects.iter().flat_map(|subject| {
            let open = outcomes.of_user(subject.user.as_str()).filter(|(_, (outcome, _))| outcome.actual.is_none());
            open.filter_map(|(_, (outcome, _))| outcome.execution_arn.as_ref())
                .map(|arn| (Arc::clone(&subject.cloud), arn.clone()))
        });
        let stops = open.map(|(cloud, arn)| async move { cloud.stop(&arn, "labctl verify was interrupted").await });
        // What cannot be stopped any more has ended, or ends by itself.
        join_all(stops).await;
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether handlers that are not the pack's may come to another end by chance.
fn is_chancy(read: &Read) -> bool {
    read.resources.functions.values().filter_map(EvidenceOf::found).any(|function| !function.is_packs_code)
}

/// What every name of a user begins with.
fn prefix(subject: &Subject) -> String {
    format!("{}-", subject.user)
}

fn participant(subject: &Subject, machines: &Machines, templates: &[MachineTemplate]) -> Participant {
    let found = machines.iter().filter_map(|(short, found)| Some((short, found.found()?)));
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
        left_out: BTreeSet::new(),
    }
}
