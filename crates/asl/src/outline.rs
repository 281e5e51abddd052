//! The shape of a definition: its states, how they are nested, where they lead, and what a picture has to say of each.

use super::definition::{
    Amount, Catcher, Condition, Definition, Domain, EdgeKind, Glob, Items, Kind, MapState, Nature, Operand, Relation,
    Retrier, Rule, State, Test, Text, WaitFor,
};
use super::effect::{Pattern, Resource};
use super::timestamp;

/// States of all scopes with what there is to say about each; states and scopes name each other by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The definition's Comment.
    pub comment: Option<String>,
    /// The first one is the machine's own; there is always one in what was read.
    pub scopes: Vec<OutlineScope>,
    /// Every state, those of a scope one after the other.
    pub states: Vec<OutlineState>,
}

/// The machine itself, a branch of a Parallel, or the processor of a Map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineScope {
    /// Place of its first state in [`Outline::states`].
    pub start: usize,
    /// Places of its states, in the order of the definition.
    pub states: Vec<usize>,
    /// What it is inside of; none for the machine's own.
    pub parent: Option<OutlineParent>,
    /// Whether its states are run by child executions, as in a Distributed Map and everything inside of one. The execution's own history
    /// does not have them.
    pub in_children: bool,
}

/// The state around a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutlineParent {
    /// Place of the Parallel or Map in [`Outline::states`].
    pub state: usize,
    /// Which of its branches, from 0; 0 in a Map.
    pub branch: usize,
}

/// One state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineState {
    /// Unique in the machine.
    pub name: String,
    /// `Task`, `Choice`, …; `State` if it has no type that is known.
    pub state_type: &'static str,
    /// Place of its scope in [`Outline::scopes`].
    pub scope: usize,
    /// What it calls, waits for or ends with, in a few words.
    pub detail: Option<String>,
    /// Whether it calls a Lambda function.
    pub calls_lambda: bool,
    /// One text for each element of Retry: errors and how often.
    pub retries: Vec<String>,
    /// Most attempts of any element of Retry.
    pub most_attempts: u64,
    /// Where it can lead, in the order of the language: rules, default, next, catchers.
    pub transitions: Vec<OutlineTransition>,
    /// Places of the scopes inside it: branches of a Parallel, the processor of a Map.
    pub inside: Vec<usize>,
}

/// One way out of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineTransition {
    /// Place of the state it leads to.
    pub to: usize,
    /// For what reason.
    pub kind: EdgeKind,
    /// The condition, `default`, or the errors; None for Next.
    pub label: Option<String>,
}

impl OutlineState {
    /// Whether its scope can end with it.
    pub fn ends(&self) -> bool {
        let leads_on = self.transitions.iter().any(|way| !way.kind.is_catch());
        !leads_on && self.state_type != "Choice"
    }
}

impl Outline {
    /// The Parallel or Map around a state, and the branch that the state is in; none at the top.
    pub fn parent(&self, state: usize) -> Option<OutlineParent> {
        self.scopes.get(self.states.get(state)?.scope)?.parent
    }

    /// Whether child executions run a state, so that the execution's own history does not have it.
    pub fn is_in_children(&self, state: usize) -> bool {
        self.states.get(state).and_then(|state| self.scopes.get(state.scope)).is_some_and(|scope| scope.in_children)
    }

    /// The ways out of a Choice state that lead where another of them leads too.
    pub fn alike(&self, state: usize) -> impl Iterator<Item = &OutlineTransition> {
        let ways = self.states.get(state).map(|state| state.transitions.as_slice()).unwrap_or_default();
        let choices = move || ways.iter().filter(|way| way.kind.is_choice());
        choices().filter(move |way| choices().filter(|other| other.to == way.to).count() > 1)
    }

    /// Whether two ways out of a Choice state lead to one state, so that only its input tells which was gone.
    pub fn has_choices_alike(&self) -> bool {
        (0..self.states.len()).any(|state| self.alike(state).next().is_some())
    }

    /// Marks a scope and all inside of it. One that is marked is not looked at again.
    fn put_in_children(&mut self, scope: usize) {
        let mut left = vec![scope];
        while let Some(scope) = left.pop() {
            let Some(scope) = self.scopes.get_mut(scope).filter(|scope| !scope.in_children) else { continue };
            scope.in_children = true;
            let states = scope.states.iter().filter_map(|state| self.states.get(*state));
            left.extend(states.flat_map(|state| state.inside.iter().copied()));
        }
    }

    /// Whether some way that is no catcher, and whether some catcher, leads from one state to another.
    pub(super) fn ways(&self, from: usize, to: usize) -> (bool, bool) {
        let mut found = (false, false);
        let transitions = self.states.get(from).map(|state| state.transitions.as_slice()).unwrap_or_default();
        for way in transitions.iter().filter(|way| way.to == to) {
            found.0 |= !way.kind.is_catch();
            found.1 |= way.kind.is_catch();
        }
        found
    }
}

impl Definition {
    /// Its shape, in words. Names, conditions and errors are as the definition writes them.
    pub fn outline(&self) -> Outline {
        let is_empty = |scope: usize| self.scopes.get(scope).is_none_or(|scope| scope.states.is_empty());
        let scope = |scope: &super::definition::Scope| OutlineScope {
            start: scope.start,
            states: scope.states.clone(),
            parent: None,
            in_children: false,
        };
        let mut outline = Outline {
            comment: self.comment.clone(),
            scopes: self.scopes.iter().map(scope).collect(),
            states: self.states.iter().map(|state| outline(state, &is_empty)).collect(),
        };
        for (place, scope) in outline.scopes.iter().enumerate() {
            for state in &scope.states {
                if let Some(state) = outline.states.get_mut(*state) {
                    state.scope = place;
                }
            }
        }
        for (place, state) in outline.states.iter().enumerate() {
            for (branch, inside) in state.inside.iter().enumerate() {
                if let Some(scope) = outline.scopes.get_mut(*inside) {
                    scope.parent = Some(OutlineParent { state: place, branch });
                }
            }
        }
        for state in &self.states {
            if let Kind::Map(map) = &state.kind
                && map.distributed.is_some()
            {
                outline.put_in_children(map.processor);
            }
        }
        outline
    }
}

/// `is_empty` knows the scopes that could not be read: there is nothing in them to draw.
fn outline(state: &State, is_empty: &dyn Fn(usize) -> bool) -> OutlineState {
    let inside = match &state.kind {
        Kind::Parallel { branches } => branches.clone(),
        Kind::Map(map) => vec![map.processor],
        _ => Vec::new(),
    };
    let label = |kind| match kind {
        EdgeKind::Next => None,
        EdgeKind::Default => Some("default".to_owned()),
        EdgeKind::Choice(index) => match &state.kind {
            Kind::Choice { rules, .. } => rules.get(index).map(Rule::words),
            _ => None,
        },
        EdgeKind::Catch(index) => state.catch.get(index).map(Catcher::words),
    };
    let inside = inside.into_iter().filter(|scope| !is_empty(*scope)).collect();
    OutlineState {
        name: state.name.clone(),
        state_type: if state.type_name.is_empty() { "State" } else { state.type_name },
        scope: 0,
        detail: state.kind.words(),
        calls_lambda: matches!(&state.kind, Kind::Task(task) if task.resource.is_lambda()),
        retries: state.retry.iter().map(Retrier::words).collect(),
        most_attempts: state.retry.iter().map(|retrier| retrier.attempts).max().unwrap_or_default(),
        transitions: state
            .transitions()
            .into_iter()
            .map(|(to, kind)| OutlineTransition { to, kind, label: label(kind) })
            .collect(),
        inside,
    }
}

impl Rule {
    fn words(&self) -> String {
        self.condition.words(false)
    }
}

impl Catcher {
    fn words(&self) -> String {
        self.errors.join(", ")
    }
}

impl Retrier {
    fn words(&self) -> String {
        let times = if self.attempts == 1 { "once".to_owned() } else { format!("{} times", self.attempts) };
        format!("{}: {times}, first after {} s, then × {}", self.errors.join(", "), self.interval_seconds, self.backoff)
    }
}

impl Kind {
    /// What makes this state different from another of its type.
    fn words(&self) -> Option<String> {
        match self {
            Self::Task(task) => Some(task.resource.words()),
            Self::Wait(wait) => Some(wait.words()),
            Self::Fail { error, cause } => error.as_ref().or(cause.as_ref()).and_then(Text::words),
            Self::Map(map) => map.words(),
            Self::Parallel { branches } => match branches.len() {
                0 => None,
                1 => Some("1 branch".to_owned()),
                count => Some(format!("{count} branches")),
            },
            Self::Pass { .. } | Self::Choice { .. } | Self::Succeed => None,
        }
    }
}

impl Resource {
    /// A function by its ARN, or a call of Lambda's `invoke`. A resource that is not known may be anything.
    fn is_lambda(&self) -> bool {
        match self {
            Self::LambdaFunction { arn } => !arn.contains(":states:"),
            Self::Integration { service, .. } | Self::AwsSdk { service, .. } => service == "lambda",
        }
    }

    /// The function's name, or service, action and how it waits.
    fn words(&self) -> String {
        let waiting = |pattern: &Pattern| match pattern {
            Pattern::RequestResponse => "",
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        };
        match self {
            Self::LambdaFunction { arn } => {
                let name = arn.split_once(":function:").map_or(arn.as_str(), |(_, name)| name);
                name.to_owned()
            }
            Self::Integration { service, action, pattern } | Self::AwsSdk { service, action, pattern } => {
                format!("{service}:{action}{}", waiting(pattern))
            }
        }
    }
}

impl WaitFor {
    fn words(&self) -> String {
        match self {
            Self::Seconds(seconds) => format!("{seconds} s"),
            Self::SecondsPath(path) => format!("{} s", path.text),
            Self::Timestamp(nanoseconds) => {
                let milliseconds = i64::try_from(nanoseconds.div_euclid(1_000_000)).unwrap_or(i64::MAX);
                format!("until {}", timestamp::format(milliseconds))
            }
            Self::TimestampPath(path) => format!("until {}", path.text),
            Self::SecondsQuery(query) => format!("{} s", query.expression.text),
            Self::TimestampQuery(query) => format!("until {}", query.expression.text),
        }
    }
}

impl Text {
    fn words(&self) -> Option<String> {
        match self {
            Self::Literal(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Self::Query(query) => Some(query.expression.text.clone()),
            Self::Expression { expression: super::template::Expression::Path(path), .. } => Some(path.text.clone()),
            Self::Expression { .. } => None,
        }
    }
}

impl MapState {
    fn words(&self) -> Option<String> {
        let items = match &self.items {
            Items::Input | Items::Template(_) => None,
            Items::Path(path) => Some(path.text.as_str()),
            Items::Query(query) => Some(query.expression.text.as_str()),
        };
        let limit = match &self.concurrency {
            Amount::Fixed(0) => None,
            Amount::Fixed(most) => Some(format!("{most} at a time")),
            Amount::Fraction(share) => Some(format!("{share} at a time")),
            Amount::Path { path, .. } => Some(format!("{} at a time", path.text)),
            Amount::Query(query) => Some(format!("{} at a time", query.expression.text)),
        };
        // What differs most stands last: a picture cuts in the middle.
        let parts = [
            self.distributed.is_some().then(|| "distributed".to_owned()),
            items.map(|items| format!("each of {items}")),
            limit,
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl Condition {
    /// As a person would say it; `inside` another condition a list of conditions stands in brackets.
    fn words(&self, inside: bool) -> String {
        let joined = |parts: &[Self], word: &str| {
            let text = parts.iter().map(|part| part.words(parts.len() > 1)).collect::<Vec<_>>().join(word);
            if inside && parts.len() > 1 { format!("({text})") } else { text }
        };
        match self {
            Self::Query(query) => query.expression.text.clone(),
            Self::Always(holds) => if *holds { "always" } else { "never" }.to_owned(),
            Self::And(parts) => joined(parts, " and "),
            Self::Or(parts) => joined(parts, " or "),
            Self::Not(part) => format!("not ({})", part.words(false)),
            Self::Test { variable, test } => format!("{} {}", variable.text, test.words()),
        }
    }
}

impl Test {
    fn words(&self) -> String {
        match self {
            Self::Compare { domain, relation, operand } => {
                let sign = match relation {
                    Relation::Equals => "=",
                    Relation::LessThan => "<",
                    Relation::GreaterThan => ">",
                    Relation::LessThanEquals => "≤",
                    Relation::GreaterThanEquals => "≥",
                };
                match operand {
                    Operand::Literal(serde_json::Value::String(text)) if *domain == Domain::Timestamp => {
                        format!("{sign} {text}")
                    }
                    Operand::Literal(value) => format!("{sign} {value}"),
                    Operand::Path(path) => format!("{sign} {}", path.text),
                }
            }
            Self::Matches(pattern) => {
                let letter = |part: &Glob| match part {
                    Glob::Anything => "*".to_owned(),
                    Glob::Literal(letter @ ('*' | '\\')) => format!("\\{letter}"),
                    Glob::Literal(letter) => letter.to_string(),
                    Glob::OpenEscape => "\\".to_owned(),
                };
                format!("matches {}", pattern.iter().map(letter).collect::<String>())
            }
            Self::Is { what, expected } => {
                let noun = match what {
                    Nature::Present => "present",
                    Nature::Null => "null",
                    Nature::Numeric => "a number",
                    Nature::String => "a string",
                    Nature::Boolean => "a boolean",
                    Nature::Timestamp => "a timestamp",
                };
                format!("is {}{noun}", if *expected { "" } else { "not " })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    fn labels(rule: &str) -> Vec<String> {
        let text = format!(
            r#"{{"StartAt": "A", "States": {{
                "A": {{"Type": "Choice", "Choices": [{rule}], "Default": "B"}},
                "B": {{"Type": "Succeed"}}}}}}"#
        );
        let outline = parse(&text).unwrap().outline();
        outline.states[0].transitions.iter().filter_map(|way| way.label.clone()).collect()
    }

    #[test]
    fn conditions_are_said_as_a_person_would() {
        for (rule, words) in [
            (r#"{"Variable": "$.total", "NumericGreaterThan": 1000, "Next": "B"}"#, "$.total > 1000"),
            (r#"{"Variable": "$.a", "StringEquals": "x", "Next": "B"}"#, "$.a = \"x\""),
            (r#"{"Variable": "$.a", "StringEqualsPath": "$.b", "Next": "B"}"#, "$.a = $.b"),
            (r#"{"Variable": "$.a", "IsPresent": false, "Next": "B"}"#, "$.a is not present"),
            (r#"{"Variable": "$.a", "StringMatches": "log-*\\*", "Next": "B"}"#, "$.a matches log-*\\*"),
            (
                r#"{"Or": [{"Variable": "$.a", "IsNull": true}, {"And": [{"Variable": "$.b", "BooleanEquals": true},
                    {"Not": {"Variable": "$.c", "NumericLessThanEquals": 2.5}}]}], "Next": "B"}"#,
                "$.a is null or ($.b = true and not ($.c ≤ 2.5))",
            ),
        ] {
            assert_eq!(labels(rule), [words, "default"], "{rule}");
        }
    }

    #[test]
    fn states_say_what_makes_them_different() {
        let outline = parse(
            r#"{"StartAt": "Call", "Comment": "about", "States": {
                "Call": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:user3-pay", "Next": "Wait",
                    "Retry": [{"ErrorEquals": ["A", "B"], "MaxAttempts": 4}],
                    "Catch": [{"ErrorEquals": ["C", "D"], "Next": "Stop"}]},
                "Wait": {"Type": "Wait", "Seconds": 30, "Next": "All"},
                "All": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
                    "ItemProcessor": {"StartAt": "In", "States": {"In": {"Type": "Succeed"}}}},
                "Stop": {"Type": "Fail", "Error": "Stopped"}}}"#,
        )
        .unwrap()
        .outline();
        let state = |name: &str| outline.states.iter().find(|state| state.name == name).unwrap();
        assert_eq!(state("Call").detail.as_deref(), Some("user3-pay"));
        assert_eq!(state("Call").retries, ["A, B: 4 times, first after 1 s, then × 2"]);
        assert_eq!(state("Call").transitions[1].label.as_deref(), Some("C, D"));
        assert_eq!(state("Wait").detail.as_deref(), Some("30 s"));
        assert_eq!(state("All").detail.as_deref(), Some("each of $.items, 2 at a time"));
        assert_eq!(state("Stop").detail.as_deref(), Some("Stopped"));
        assert!(state("Stop").ends() && state("All").ends() && !state("Call").ends());
        assert_eq!(outline.scopes[state("All").inside[0]].states.len(), 1);
    }
}
