//! A definition that has been checked: states by number, so that a step follows an index and not a name.

use super::effect::Resource;
use super::flow::{DataFlow, Detour};
use super::path::Path;
use super::payload::Payload;
use super::query::Query;
use super::template::{Expression, Template};

/// A state's place in [`Definition::states`].
pub(super) type StateId = usize;
/// A scope's place in [`Definition::scopes`].
pub(super) type ScopeId = usize;

/// A checked definition: all states of all scopes. Cheap to share between runs in an [`std::sync::Arc`].
#[derive(Clone, Debug)]
pub struct Definition {
    pub(super) comment: Option<String>,
    /// The limit on the whole execution.
    pub(super) timeout_seconds: Option<u64>,
    pub(super) states: Vec<State>,
    /// The first one is the machine's own.
    pub(super) scopes: Vec<Scope>,
}

impl Definition {
    /// What the Task states call, each once, in the order of the definition.
    pub fn resources(&self) -> Vec<Resource> {
        let mut resources = Vec::new();
        for state in &self.states {
            if let Kind::Task(task) = &state.kind
                && !resources.contains(&task.resource)
            {
                resources.push(task.resource.clone());
            }
        }
        resources
    }
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
    /// Its type as it is written, which is known even where the rest cannot be read; empty for one that does not exist.
    pub type_name: &'static str,
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
            transitions.extend(rules.iter().enumerate().map(|(index, rule)| (rule.next, EdgeKind::Choice(index))));
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
    Pass { result: Option<Payload> },
    Task(TaskState),
    Choice { rules: Vec<Rule>, default: Option<StateId> },
    Wait(WaitFor),
    Succeed,
    Fail { error: Option<Text>, cause: Option<Text> },
    Parallel { branches: Vec<ScopeId> },
    Map(Box<MapState>),
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
    Query(Query),
}

/// How long a Wait waits.
#[derive(Clone, Debug)]
pub(super) enum WaitFor {
    Seconds(u64),
    SecondsPath(Path),
    /// Nanoseconds since 1970.
    Timestamp(i128),
    TimestampPath(Path),
    SecondsQuery(Query),
    TimestampQuery(Query),
}

/// A Fail's error or cause.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Literal(String),
    Expression { field: &'static str, expression: Expression },
    Query(Query),
}

/// A Map over an array.
#[derive(Clone, Debug)]
pub(super) struct MapState {
    pub items: Items,
    pub selector: Option<Template>,
    pub batcher: Option<Batcher>,
    pub concurrency: Amount,
    pub tolerated: Option<Tolerance>,
    /// None for an INLINE Map.
    pub distributed: Option<Distributed>,
    pub processor: ScopeId,
}

/// What a DISTRIBUTED Map says of its children.
#[derive(Clone, Debug)]
pub(super) struct Distributed {
    /// The Label, which may be empty.
    pub label: String,
    /// ExecutionType.
    pub express: bool,
}

/// Where a Map's elements come from.
#[derive(Clone, Debug)]
pub(super) enum Items {
    /// The state's input itself.
    Input,
    /// ItemsPath
    Path(Path),
    /// Items, an array with JSONata strings in it.
    Template(Template),
    /// Items, a JSONata string.
    Query(Query),
}

/// ItemBatcher: how many elements one iteration gets, and what it gets beside them.
#[derive(Clone, Debug)]
pub(super) struct Batcher {
    pub most_items: Option<Amount>,
    pub most_bytes: Option<Amount>,
    pub input: Option<Template>,
}

/// How much may fail before the Map does.
#[derive(Clone, Debug)]
pub(super) struct Tolerance {
    pub count: Option<Amount>,
    pub percentage: Option<Amount>,
}

/// A number of things; what 0 and an absent one mean is up to the field.
#[derive(Clone, Debug)]
pub(super) enum Amount {
    Fixed(u64),
    /// Of a percentage.
    Fraction(f64),
    Path {
        field: &'static str,
        path: Path,
    },
    Query(Query),
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
    pub detour: Detour,
}

/// One element of Choices.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub condition: Condition,
    pub next: StateId,
    pub detour: Detour,
}

/// What a Choice rule asks.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once for each state of a definition, never moved in a run")]
pub(super) enum Condition {
    /// Condition, in JSONata.
    Query(Query),
    /// Condition, a literal.
    Always(bool),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Test {
        variable: Path,
        test: Test,
    },
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
    /// A backslash before anything else, which fails the state.
    OpenEscape,
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

/// Why a transition is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// The state is done.
    Next,
    /// This rule of a Choice holds, counted from 0.
    Choice(usize),
    /// No rule of a Choice holds.
    Default,
    /// This catcher takes the error, counted from 0.
    Catch(usize),
}

impl std::fmt::Display for EdgeKind {
    /// `rule 1`, counted from 1, as a person counts.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Next => formatter.write_str("next"),
            Self::Choice(index) => write!(formatter, "rule {}", index.saturating_add(1)),
            Self::Default => formatter.write_str("default"),
            Self::Catch(index) => write!(formatter, "catch {}", index.saturating_add(1)),
        }
    }
}

impl EdgeKind {
    /// Whether it is a way out of a Choice state.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Choice(_) | Self::Default)
    }

    /// Whether it is taken only when the state failed.
    pub fn is_catch(self) -> bool {
        matches!(self, Self::Catch(_))
    }
}
