//! A machine that has been checked: states by number, so that a step follows an index and not a name.

use super::effect::Resource;
use super::flow::{DataFlow, Placement};
use super::graph::EdgeKind;
use super::path::Path;
use super::template::{Expression, Template};

/// A state's place in [`Definition::states`].
pub(super) type StateId = usize;
/// A scope's place in [`Definition::scopes`].
pub(super) type ScopeId = usize;

/// All states of all scopes.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub comment: Option<String>,
    /// The limit on the whole execution.
    pub timeout_seconds: Option<u64>,
    pub states: Vec<State>,
    /// The first one is the machine's own.
    pub scopes: Vec<Scope>,
}

/// The machine itself, a branch of a Parallel, or the processor of a Map.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub start: StateId,
    pub states: Vec<StateId>,
}

/// A state.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub name: String,
    pub kind: Kind,
    pub flow: DataFlow,
    /// None ends the scope.
    pub next: Option<StateId>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
}

impl State {
    /// Where the state can lead, and why, in the order of the language: rules, default, next, catchers.
    pub(super) fn transitions(&self) -> Vec<(StateId, EdgeKind)> {
        let mut transitions = Vec::new();
        if let Kind::Choice { rules, default } = &self.kind {
            transitions.extend(rules.iter().enumerate().map(|(index, (_, to))| (*to, EdgeKind::Choice(index))));
            transitions.extend(default.map(|to| (to, EdgeKind::Default)));
        }
        transitions.extend(self.next.map(|to| (to, EdgeKind::Next)));
        transitions
            .extend(self.catch.iter().enumerate().map(|(index, catcher)| (catcher.next, EdgeKind::Catch(index))));
        transitions
    }
}

/// What a state does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Pass { result: Option<serde_json::Value> },
    Task(TaskState),
    Choice { rules: Vec<(Condition, StateId)>, default: Option<StateId> },
    Wait(WaitFor),
    Succeed,
    Fail { error: Option<Text>, cause: Option<Text> },
    Parallel { branches: Vec<ScopeId> },
    Map(MapState),
}

impl Kind {
    /// The state's type, as the language and the history write it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "Pass",
            Self::Task(_) => "Task",
            Self::Choice { .. } => "Choice",
            Self::Wait(_) => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail { .. } => "Fail",
            Self::Parallel { .. } => "Parallel",
            Self::Map(_) => "Map",
        }
    }
}

/// What a Task calls, and for how long.
#[derive(Clone, Debug)]
pub(super) struct TaskState {
    pub resource: Resource,
    pub timeout: Limit,
    pub heartbeat: Limit,
}

/// A number of seconds.
#[derive(Clone, Debug)]
pub(super) enum Limit {
    None,
    Seconds(u64),
    Path(Path),
}

/// How long a Wait waits.
#[derive(Clone, Debug)]
pub(super) enum WaitFor {
    Seconds(u64),
    SecondsPath(Path),
    /// Nanoseconds since 1970.
    Timestamp(i128),
    TimestampPath(Path),
}

/// A Fail's error or cause.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Literal(String),
    Expression { field: &'static str, expression: Expression },
}

/// A Map over an array in the state's input.
#[derive(Clone, Debug)]
pub(super) struct MapState {
    pub items: Option<Path>,
    pub selector: Option<Template>,
    pub concurrency: Concurrency,
    pub processor: ScopeId,
}

/// How many iterations may run at a time.
#[derive(Clone, Debug)]
pub(super) enum Concurrency {
    Fixed(u64),
    Path(Path),
}

/// One element of Retry.
#[derive(Clone, Debug)]
pub(super) struct Retrier {
    pub errors: Vec<String>,
    pub interval_seconds: u64,
    pub attempts: u64,
    pub backoff: f64,
    pub longest_delay_seconds: Option<u64>,
    pub full_jitter: bool,
}

/// One element of Catch.
#[derive(Clone, Debug)]
pub(super) struct Catcher {
    pub errors: Vec<String>,
    pub next: StateId,
    pub placement: Placement,
}

/// What a Choice rule asks.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Test { variable: Path, test: Test },
}

/// A test on one value.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// String…, Numeric…, Boolean… and Timestamp… operators.
    Compare {
        domain: Domain,
        relation: Relation,
        operand: Operand,
    },
    Matches(Vec<Glob>),
    Is {
        what: Nature,
        expected: bool,
    },
}

/// What kind of values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

/// How they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

/// What a value is compared with.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(serde_json::Value),
    Path(Path),
}

/// A part of a pattern of StringMatches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Glob {
    Literal(char),
    /// `*`
    Anything,
}

/// What the `Is…` operators ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Present,
    Null,
    Numeric,
    String,
    Boolean,
    Timestamp,
}
