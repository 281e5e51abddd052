//! Which rule of a Choice state led on, where several lead to the same state.

use serde_json::Value;

use super::tree::{Chosen, Trace, Visit};
use crate::context::Context;
use crate::definition::{Condition, Definition, EdgeKind, Kind, Operand, State, Test};
use crate::effect::Seed;
use crate::flow::{FlowFields, Selection};
use crate::path::{Path, Root};
use crate::payload::Payload;
use crate::query::Query;
use crate::random::Random;
use crate::scope::Scope;
use crate::variables::Variables;

/// Functions of JSONata that give something else each time.
const UNSTEADY: [&str; 4] = ["millis", "now", "random", "uuid"];

impl Trace {
    /// With the ways out of Choice states, of each stay that another followed. Of several that lead to the state that came next the
    /// one is told whose rule holds for the input, if that was kept and the rules ask for nothing else: neither for variables nor for
    /// the context object.
    #[must_use]
    pub fn with_choices(mut self, definition: &Definition) -> Self {
        self.chosen = self.choices(definition);
        self
    }

    fn choices(&self, definition: &Definition) -> Vec<Chosen> {
        let choices = self.visits.iter().enumerate().filter(|(_, visit)| visit.state_type == "Choice");
        choices
            .filter_map(|(at, visit)| {
                let next = self.visits.iter().skip(at + 1).find(|next| next.inside == visit.inside)?;
                let ways = definition.ways(visit, &next.state);
                (!ways.is_empty()).then_some(Chosen { visit: at, ways })
            })
            .collect()
    }
}

impl Definition {
    /// The ways that may have led from a stay in a Choice state to a state.
    fn ways(&self, visit: &Visit, to: &str) -> Vec<EdgeKind> {
        let Some(state) = self.states.iter().find(|state| state.name == visit.state) else { return Vec::new() };
        let leads_there = |next: usize| self.states.get(next).is_some_and(|next| next.name == to);
        let ways: Vec<EdgeKind> = state
            .transitions()
            .into_iter()
            .filter(|(next, kind)| leads_there(*next) && kind.is_choice())
            .map(|(_, kind)| kind)
            .collect();
        if ways.len() < 2 {
            return ways;
        }
        let kept = visit.input.as_ref().filter(|input| !input.truncated);
        let input = kept.and_then(|input| serde_json::from_str(&input.text).ok());
        match input.and_then(|input| way(state, input)).filter(|way| ways.contains(way)) {
            Some(way) => vec![way],
            None => ways,
        }
    }
}

/// The way that a Choice state takes with an input; none where it asks for more than that.
fn way(state: &State, input: Value) -> Option<EdgeKind> {
    let Kind::Choice { rules, default } = &state.kind else { return None };
    if let FlowFields::Path(fields) = &state.flow.fields
        && !matches!(
            &fields.input_path,
            Selection::Whole | Selection::Nothing | Selection::Path(Path { root: Root::Input, .. })
        )
    {
        return None;
    }
    let (seed, raw, variables, mut random) = (nobody(), Payload::new(input), Variables::default(), Random::new(0));
    let context = Context {
        seed: &seed,
        input: &raw,
        state: &state.name,
        entered_ms: 0,
        now_ms: 0,
        variables: &variables,
        retries: None,
        token: None,
        item: None,
        child: None,
    };
    let input = state.flow.input(&raw, &context).ok()?;
    let mut scope = Scope::new(input.value(), &context, &mut random);
    for (at, rule) in rules.iter().enumerate() {
        if !rule.condition.asks_only_for_input() {
            return None;
        }
        if rule.condition.holds(&mut scope).ok()? {
            return Some(EdgeKind::Choice(at));
        }
    }
    default.map(|_| EdgeKind::Default)
}

/// An execution of which nothing is known.
fn nobody() -> Seed {
    Seed {
        execution_arn: String::new(),
        execution_name: String::new(),
        machine_arn: String::new(),
        machine_name: String::new(),
        role_arn: String::new(),
        express: false,
        input: Value::Null,
        started_ms: 0,
        token_seed: 0,
    }
}

impl Condition {
    /// Whether the state's input decides it.
    fn asks_only_for_input(&self) -> bool {
        match self {
            Self::Query(query) => query.asks_only_for_input(),
            Self::Always(_) => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::asks_only_for_input),
            Self::Not(part) => part.asks_only_for_input(),
            Self::Test { variable, test } => {
                let of = |path: &Path| path.root == Root::Input;
                let compared = match test {
                    Test::Compare { operand: Operand::Path(path), .. } => of(path),
                    _ => true,
                };
                of(variable) && compared
            }
        }
    }
}

impl Query {
    fn asks_only_for_input(&self) -> bool {
        let mentions = self.expression.mentions();
        let is_input =
            |path: &Vec<String>| matches!(&path[..], [first, second, ..] if first == "states" && second == "input");
        mentions.paths.iter().all(is_input) && !mentions.functions.iter().any(|name| UNSTEADY.contains(&name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::trace::{EventData, HistoryEvent};

    /// The ways of an execution that went from the Choice state `C` to `A`.
    fn ways(fields: &Value, language: &str, input: Option<&Value>) -> Vec<EdgeKind> {
        let mut choice = fields.clone();
        choice["Type"] = json!("Choice");
        let mut machine = json!({"QueryLanguage": language, "StartAt": "C", "States": {
            "C": choice, "A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}});
        if !fields.to_string().contains("\"B\"") {
            machine["States"].as_object_mut().unwrap().remove("B");
        }
        let definition = crate::parse(&machine.to_string()).unwrap();
        let event = |id: i64, previous_id, event_type: &str, name: &str| HistoryEvent {
            id,
            previous_id,
            event_type: event_type.to_owned(),
            name: Some(name.to_owned()),
            ..HistoryEvent::default()
        };
        let mut entered = event(2, 0, "ChoiceStateEntered", "C");
        entered.input = input.map(|input| EventData::from(input.to_string().as_str()));
        let events = [entered, event(3, 2, "ChoiceStateExited", "C"), event(4, 3, "SucceedStateEntered", "A")];
        let trace = Trace::of(&definition.outline(), &events).with_choices(&definition);
        trace.chosen.into_iter().flat_map(|chosen| chosen.ways).collect()
    }

    #[test]
    fn the_rule_that_holds_is_told_from_the_default_that_leads_to_the_same_state() {
        use EdgeKind::{Choice, Default};
        let path = json!({"Default": "A", "InputPath": "$.order", "Choices": [
            {"Variable": "$.total", "NumericGreaterThan": 10, "Next": "A"},
            {"Variable": "$.total", "NumericLessThan": 0, "Next": "B"}]});
        let of = |total: i64| ways(&path, "JSONPath", Some(&json!({"order": {"total": total}})));
        assert_eq!((of(11), of(5)), (vec![Choice(0)], vec![Default]));
        assert_eq!(of(-1), [Choice(0), Default], "the input does not fit the way that was gone");
        assert_eq!(ways(&path, "JSONPath", None), [Choice(0), Default], "no input was kept");
        let query = json!({"Default": "A", "Choices": [{"Condition": "{% $states.input.total > 10 %}", "Next": "A"}]});
        let of = |total: i64| ways(&query, "JSONata", Some(&json!({"total": total})));
        assert_eq!((of(11), of(5)), (vec![Choice(0)], vec![Default]));
    }

    #[test]
    fn what_the_input_does_not_decide_is_left_open() {
        let both = [EdgeKind::Choice(0), EdgeKind::Default];
        for variable in ["$$.Execution.Name", "$limit"] {
            let fields = json!({"Default": "A", "Choices": [{"Variable": variable, "IsPresent": true, "Next": "A"}]});
            assert_eq!(ways(&fields, "JSONPath", Some(&json!({}))), both, "{variable}");
        }
        for condition in ["$limit > 1", "$random() > 0.5", "$states.context.State.Name = 'C'", "$count($states) > 1"] {
            let condition = format!("{{% {condition} %}}");
            let fields = json!({"Default": "A", "Choices": [{"Condition": condition, "Next": "A"}]});
            assert_eq!(ways(&fields, "JSONata", Some(&json!({}))), both, "{condition}");
        }
        let alone =
            json!({"Default": "B", "Choices": [{"Variable": "$$.Execution.Name", "IsPresent": true, "Next": "A"}]});
        assert_eq!(ways(&alone, "JSONPath", None), [EdgeKind::Choice(0)], "one way alone leads there");
    }
}
