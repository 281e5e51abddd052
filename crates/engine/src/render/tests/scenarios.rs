//! The pack's scenarios reach every state and every transition of every machine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::class::{lab, places, users, with_setting};
use crate::kind::StateMachine;
use crate::model::Lab;
use crate::render::render;

type Step = (String, String);

fn definitions(lab: &Lab) -> BTreeMap<String, Value> {
    let rendered = render(lab, &users(lab), &places(lab), "out".as_ref()).unwrap();
    let resources = &rendered.desired.users[0].resources;
    resources
        .iter()
        .filter_map(|resource| {
            let machine = resource.body.of::<StateMachine>()?;
            let name = resource.key.name.strip_prefix("user3-").unwrap().to_owned();
            Some((name, serde_json::from_str(&machine.definition).unwrap()))
        })
        .collect()
}

/// Every step from one state to the next that a definition allows, those inside a Parallel included.
fn transitions(states: &Value, found: &mut BTreeSet<Step>) {
    for (name, state) in states.as_object().unwrap() {
        let mut targets = vec![&state["Next"], &state["Default"]];
        for list in ["Choices", "Catch"] {
            targets.extend(state[list].as_array().into_iter().flatten().map(|rule| &rule["Next"]));
        }
        found.extend(targets.into_iter().filter_map(Value::as_str).map(|target| (name.clone(), target.to_owned())));
        for branch in state["Branches"].as_array().into_iter().flatten() {
            transitions(&branch["States"], found);
        }
    }
}

fn states(states_of: &Value, found: &mut BTreeSet<String>) {
    for (name, state) in states_of.as_object().unwrap() {
        found.insert(name.clone());
        for branch in state["Branches"].as_array().into_iter().flatten() {
            states(&branch["States"], found);
        }
    }
}

/// The steps of a path; what is inside a Parallel is entered from it, not stepped to.
fn steps(path: &[String], definition: &Value) -> BTreeSet<Step> {
    let outer: Vec<&String> = path.iter().filter(|state| definition["States"].get(state.as_str()).is_some()).collect();
    outer.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

#[test]
fn scenarios_reach_every_state_and_every_transition() {
    let lab = with_setting(lab(&["user3"]), "sqs_exercise", json!(true));
    for (machine, definition) in definitions(&lab) {
        let (mut all_states, mut all_steps) = (BTreeSet::new(), BTreeSet::new());
        states(&definition["States"], &mut all_states);
        transitions(&definition["States"], &mut all_steps);
        let scenarios = lab.pack.scenarios.iter().filter(|scenario| scenario.machine == machine);
        let paths: Vec<&Vec<String>> = scenarios.map(|scenario| scenario.expect.path.as_ref().unwrap()).collect();
        let reached: BTreeSet<String> = paths.iter().flat_map(|path| path.iter().cloned()).collect();
        let stepped: BTreeSet<Step> = paths.iter().flat_map(|path| steps(path, &definition)).collect();
        assert_eq!(reached, all_states, "{machine}");
        assert_eq!(stepped, all_steps, "{machine}");
    }
}

#[test]
fn scenarios_have_names_of_their_own_and_pin_what_chance_would_decide() {
    let lab = lab(&["user3"]);
    let mut names = BTreeSet::new();
    for scenario in &lab.pack.scenarios {
        assert!(names.insert(&scenario.name), "{} twice", scenario.name);
        let chance = ["order-processing-workflow", "callback-workflow"].contains(&scenario.machine.as_str());
        assert_eq!(scenario.input.get("simulation").is_some(), chance, "{}", scenario.name);
        assert!(lab.pack.machines.iter().any(|machine| machine.name == scenario.machine), "{}", scenario.name);
    }
    let slow: Vec<&str> =
        lab.pack.scenarios.iter().filter(|it| it.waits_seconds > 30).map(|it| it.name.as_str()).collect();
    assert_eq!(slow, ["callback-timeout"]);
}
