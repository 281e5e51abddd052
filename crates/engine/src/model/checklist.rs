//! A pack's checklist: points of the lab, each of checks that look at what is there and at what executions did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MachineType;

/// One point of the lab's checklist, as the handout lists them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistPoint {
    /// A short name, unique in the pack (`standard-workflow`).
    pub id: String,
    /// The checklist's words.
    pub title: String,
    /// What is looked at for it.
    pub checks: Vec<Check>,
}

/// Who sees a check before the lesson is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Students, too, with `verify --public`.
    #[default]
    Public,
    /// The instructor alone.
    Hidden,
}

/// One check. Exactly one of the keys that say what is looked at must be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// A short name, unique in its point; `<point>/<id>` is the check's id.
    pub id: String,
    /// What is right when it passes.
    pub title: String,
    /// What it is worth.
    pub points: u32,
    /// Who sees it.
    #[serde(default)]
    pub visibility: Visibility,
    /// What to do when it fails.
    pub hint: String,
    /// The stage of the lesson from which on it is judged; without one, with the whole lab.
    #[serde(default)]
    pub stage: Option<String>,
    /// Ids of checks whose defect explains a failure of this one: it is skipped then, and costs nothing.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// The functions that must be there.
    #[serde(default)]
    pub functions_present: Option<Vec<String>>,
    /// The functions that must have answered when executions called them.
    #[serde(default)]
    pub handlers_run: Option<Vec<String>>,
    /// The functions whose runtime, time limit and memory must do.
    #[serde(default)]
    pub functions_configured: Option<Vec<String>>,
    /// The dashboards that must be there.
    #[serde(default)]
    pub dashboards_present: Option<Vec<String>>,
    /// A machine's type, and the functions that it must call.
    #[serde(default)]
    pub definition: Option<DefinitionTest>,
    /// The machine that must log everything with execution data.
    #[serde(default)]
    pub logging: Option<String>,
    /// Functions that must have been called in branches that ran at the same time.
    #[serde(default)]
    pub parallel: Option<CalledTest>,
    /// A Choice state that must have led two executions different ways.
    #[serde(default)]
    pub choice: Option<ChoiceTest>,
    /// A state that must have tried again, later each time.
    #[serde(default)]
    pub retry: Option<ForcedTest>,
    /// States whose failure must have been caught.
    #[serde(default)]
    pub catches: Option<Vec<ForcedTest>>,
    /// Executions that must have come to what their scenarios expect.
    #[serde(default)]
    pub outcomes: Option<OutcomesTest>,
    /// Functions that an execution must have called.
    #[serde(default)]
    pub calls: Option<CalledTest>,
    /// A state that must have waited until its token was answered.
    #[serde(default)]
    pub waits: Option<ForcedTest>,
    /// A state whose wait must have ended in a timeout that was caught.
    #[serde(default)]
    pub timeout: Option<ForcedTest>,
    /// What a dashboard must show.
    #[serde(default)]
    pub metrics: Option<Vec<MetricsTest>>,
    /// Executions that the student must have started.
    #[serde(default)]
    pub executions: Option<ExecutionsTest>,
    /// Whether names must carry the user's prefix.
    #[serde(default)]
    pub names: Option<bool>,
    /// Whether roles must reach what is needed, and nothing of anybody else.
    #[serde(default)]
    pub roles: Option<bool>,
}

/// A machine's type and calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionTest {
    /// The machine, by its name in the pack.
    pub machine: String,
    /// STANDARD or EXPRESS.
    #[serde(rename = "type")]
    pub machine_type: MachineType,
    /// Functions that its states must call.
    #[serde(default)]
    pub calls: Vec<String>,
}

/// An execution and functions that it calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalledTest {
    /// The scenario whose execution is looked at.
    pub scenario: String,
    /// Functions, by their names in the pack.
    pub functions: Vec<String>,
}

/// Two executions that must part at a Choice state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceTest {
    /// One scenario.
    pub scenario: String,
    /// The other.
    pub other: String,
}

/// A scenario that makes the handler of a function do something, and the state that calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForcedTest {
    /// The scenario whose execution is looked at.
    pub scenario: String,
    /// The function that the state calls. Where its handler does not do what the scenario asks of it, the definition is judged.
    pub function: String,
}

/// What executions must have come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomesTest {
    /// The scenarios, each of which expects an output.
    pub scenarios: Vec<String>,
    /// Where in the output that stands which is compared with what the scenario expects there (a JSON pointer).
    pub at: String,
}

/// Metrics that a dashboard must show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricsTest {
    /// The dashboard, by its name in the pack.
    pub dashboard: String,
    /// `AWS/States`.
    pub namespace: String,
    /// Names of metrics, each of which must be shown of each machine or function.
    pub names: Vec<String>,
    /// Machines, by their names in the pack; the dimension is `StateMachineArn`.
    #[serde(default)]
    pub machines: Vec<String>,
    /// Functions, by their names in the pack; the dimension is `FunctionName`.
    #[serde(default)]
    pub functions: Vec<String>,
    /// The statistic that must be shown; without one, any will do.
    #[serde(default)]
    pub stat: Option<String>,
}

/// Executions that a student must have started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutionsTest {
    /// The machine, by its name in the pack.
    pub machine: String,
    /// How many at least.
    pub at_least: u32,
    /// The share of them that must be over, 0 to 1.
    pub over: f64,
    /// How many of them must have come to a good outcome, at least.
    pub good: u32,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CheckTest<'check> {
    /// See [`Check::functions_present`].
    FunctionsPresent(&'check [String]),
    /// See [`Check::handlers_run`].
    HandlersRun(&'check [String]),
    /// See [`Check::functions_configured`].
    FunctionsConfigured(&'check [String]),
    /// See [`Check::dashboards_present`].
    DashboardsPresent(&'check [String]),
    /// See [`Check::definition`].
    Definition(&'check DefinitionTest),
    /// See [`Check::logging`].
    Logging(&'check str),
    /// See [`Check::parallel`].
    Parallel(&'check CalledTest),
    /// See [`Check::choice`].
    Choice(&'check ChoiceTest),
    /// See [`Check::retry`].
    Retry(&'check ForcedTest),
    /// See [`Check::catches`].
    Catches(&'check [ForcedTest]),
    /// See [`Check::outcomes`].
    Outcomes(&'check OutcomesTest),
    /// See [`Check::calls`].
    Calls(&'check CalledTest),
    /// See [`Check::waits`].
    Waits(&'check ForcedTest),
    /// See [`Check::timeout`].
    Timeout(&'check ForcedTest),
    /// See [`Check::metrics`].
    Metrics(&'check [MetricsTest]),
    /// See [`Check::executions`].
    Executions(&'check ExecutionsTest),
    /// See [`Check::names`].
    Names,
    /// See [`Check::roles`].
    Roles,
}

impl Check {
    /// Everything that it looks at: one in a check that is right.
    pub fn tests(&self) -> Vec<CheckTest<'_>> {
        let lists = [
            self.functions_present.as_deref().map(CheckTest::FunctionsPresent),
            self.handlers_run.as_deref().map(CheckTest::HandlersRun),
            self.functions_configured.as_deref().map(CheckTest::FunctionsConfigured),
            self.dashboards_present.as_deref().map(CheckTest::DashboardsPresent),
            self.definition.as_ref().map(CheckTest::Definition),
            self.logging.as_deref().map(CheckTest::Logging),
            self.parallel.as_ref().map(CheckTest::Parallel),
            self.choice.as_ref().map(CheckTest::Choice),
            self.retry.as_ref().map(CheckTest::Retry),
            self.catches.as_deref().map(CheckTest::Catches),
            self.outcomes.as_ref().map(CheckTest::Outcomes),
            self.calls.as_ref().map(CheckTest::Calls),
            self.waits.as_ref().map(CheckTest::Waits),
            self.timeout.as_ref().map(CheckTest::Timeout),
            self.metrics.as_deref().map(CheckTest::Metrics),
            self.executions.as_ref().map(CheckTest::Executions),
            self.names.filter(|names| *names).map(|_| CheckTest::Names),
            self.roles.filter(|roles| *roles).map(|_| CheckTest::Roles),
        ];
        lists.into_iter().flatten().collect()
    }
}

impl CheckTest<'_> {
    /// Scenarios whose executions it looks at, by name.
    pub fn scenarios(self) -> Vec<String> {
        match self {
            Self::Parallel(test) | Self::Calls(test) => vec![test.scenario.clone()],
            Self::Choice(test) => vec![test.scenario.clone(), test.other.clone()],
            Self::Retry(test) | Self::Waits(test) | Self::Timeout(test) => vec![test.scenario.clone()],
            Self::Catches(tests) => tests.iter().map(|test| test.scenario.clone()).collect(),
            Self::Outcomes(test) => test.scenarios.clone(),
            _ => Vec::new(),
        }
    }

    /// Functions that it names.
    pub fn functions(self) -> Vec<String> {
        match self {
            Self::FunctionsPresent(names) | Self::HandlersRun(names) | Self::FunctionsConfigured(names) => {
                names.to_vec()
            }
            Self::Definition(test) => test.calls.clone(),
            Self::Parallel(test) | Self::Calls(test) => test.functions.clone(),
            Self::Retry(test) | Self::Waits(test) | Self::Timeout(test) => vec![test.function.clone()],
            Self::Catches(tests) => tests.iter().map(|test| test.function.clone()).collect(),
            Self::Metrics(tests) => tests.iter().flat_map(|test| test.functions.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Machines that it names.
    pub fn machines(self) -> Vec<String> {
        match self {
            Self::Definition(test) => vec![test.machine.clone()],
            Self::Logging(machine) => vec![machine.to_owned()],
            Self::Metrics(tests) => tests.iter().flat_map(|test| test.machines.clone()).collect(),
            Self::Executions(test) => vec![test.machine.clone()],
            _ => Vec::new(),
        }
    }

    /// Dashboards that it names.
    pub fn dashboards(self) -> Vec<String> {
        match self {
            Self::DashboardsPresent(names) => names.to_vec(),
            Self::Metrics(tests) => tests.iter().map(|test| test.dashboard.clone()).collect(),
            _ => Vec::new(),
        }
    }
}

/// What an execution is expected to give at a place of its output; none where the scenario says nothing of it.
pub fn expected_at<'value>(expected: Option<&'value Value>, pointer: &str) -> Option<&'value Value> {
    expected?.pointer(pointer)
}
