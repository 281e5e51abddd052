//! What the console offers as inputs: the pack's and its scenarios', for the machines of each user and for the functions that such a
//! machine calls first.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::rendering;
use crate::asl::trace::function_name;
use crate::asl::{self, Command, Definition, Resource, Run, Seed, Task};
use crate::kind::StateMachine;
use crate::local::Suggestion;
use crate::model::{Lab, MachineType, Scenario, User};
use crate::render;

/// An input of the lesson, for what has this name behind a user's own.
struct Offer<'l> {
    name: String,
    title: Arc<str>,
    input: Arc<str>,
    /// The scenario that it is of: not every user's settings switch it on.
    scenario: Option<&'l Scenario>,
}

/// What the pack has, for every user of the lab.
pub(super) fn suggestions(lab: &Lab) -> Vec<Suggestion> {
    let offers = offers(lab);
    let mut suggestions = Vec::with_capacity(lab.users.len() * offers.len());
    for user in &lab.users {
        let fit = offers.iter().filter(|offer| offer.scenario.is_none_or(|scenario| scenario.is_on(&user.settings)));
        suggestions.extend(fit.map(|offer| Suggestion {
            resource: format!("{}-{}", user.name, offer.name),
            title: Arc::clone(&offer.title),
            input: Arc::clone(&offer.input),
        }));
    }
    suggestions
}

/// What each user has: the pack's inputs, under the names that the handout gives executions with them, then the scenarios'.
fn offers(lab: &Lab) -> Vec<Offer<'_>> {
    let pack = &lab.pack;
    let named = pack
        .inputs
        .iter()
        .filter_map(|input| Some((input.machine.as_str(), input.name.as_str(), pack.input(&input.name)?, None)));
    let scenarios = pack.scenarios.iter().map(|scenario| {
        let title = if scenario.title.is_empty() { &scenario.name } else { &scenario.title };
        (scenario.machine.as_str(), title.as_str(), scenario.input.clone(), Some(scenario))
    });
    let machines = lab.users.first().map(|user| machines(lab, user)).unwrap_or_default();
    let mut offers = Vec::new();
    for (machine, title, input, scenario) in named.chain(scenarios) {
        let title: Arc<str> = title.into();
        offers.push(Offer { name: machine.to_owned(), title: Arc::clone(&title), input: pretty(&input), scenario });
        let called = machines.get(machine).and_then(|machine| machine.first_call(input));
        offers.extend(called.map(|(name, input)| Offer { name, title, input: pretty(&input), scenario }));
    }
    offers
}

fn pretty(input: &Value) -> Arc<str> {
    serde_json::to_string_pretty(input).unwrap_or_default().into()
}

/// A machine of one user.
struct Machine<'l> {
    user: &'l User,
    definition: Arc<Definition>,
    is_express: bool,
}

/// A user's machines by their names in the pack; none where the pack has mistakes, which other commands tell.
fn machines<'l>(lab: &'l Lab, user: &'l User) -> BTreeMap<String, Machine<'l>> {
    let Ok(rendered) = render::desired(lab, &[user], &rendering::offline_places(lab), Path::new("")) else {
        return BTreeMap::new();
    };
    let resources = rendered.desired.users.iter().flat_map(|user| &user.resources);
    let machines = resources.filter_map(|resource| {
        let machine = resource.body.of::<StateMachine>()?;
        let definition = Arc::new(asl::parse(&machine.definition).ok()?);
        let name = own_name(user, &resource.key.name)?.to_owned();
        Some((name, Machine { user, definition, is_express: machine.machine_type == MachineType::Express }))
    });
    machines.collect()
}

/// A name without the user's before it.
fn own_name<'n>(user: &User, name: &'n str) -> Option<&'n str> {
    name.strip_prefix(user.name.as_str())?.strip_prefix('-')
}

impl Machine<'_> {
    /// The function that is called before anything else, by its name in the pack, and what it is given. A call that waits for its token is
    /// left out: nobody waits for one that was made up.
    fn first_call(&self, input: Value) -> Option<(String, Value)> {
        let name = "console".to_owned();
        let seed = Seed {
            execution_arn: name.clone(),
            execution_name: name.clone(),
            machine_arn: name.clone(),
            machine_name: name.clone(),
            role_arn: name,
            express: self.is_express,
            input,
            started_ms: 0,
            token_seed: 1,
        };
        let (_, effects) = Run::start(Arc::clone(&self.definition), seed);
        let first = effects.commands.into_iter().find_map(|command| match command {
            Command::RunTask(task) if task.token.is_none() => Some(task),
            _ => None,
        })?;
        let (function, payload) = called(first)?;
        Some((own_name(self.user, function_name(&function))?.to_owned(), payload))
    }
}

/// The function of a task, and its payload.
fn called(task: Task) -> Option<(String, Value)> {
    match task.resource {
        Resource::LambdaFunction { arn } => Some((arn, task.input)),
        Resource::Integration { service, action, .. } if service == "lambda" && action == "invoke" => {
            let function = task.input.get("FunctionName")?.as_str()?.to_owned();
            Some((function, task.input.get("Payload").cloned().unwrap_or_else(|| json!({}))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{Overrides, load};

    const MANIFEST: &str = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n[target]\nkind = \"local\"\n\
                            [[users]]\nname = \"ann\"\n[[users]]\nname = \"ben\"\nsettings.sqs_exercise = true\n";

    fn of(resource: &str) -> Vec<(String, Value)> {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("lab-manifest.toml");
        crate::host::write_atomic(&manifest, MANIFEST.as_bytes()).unwrap();
        let (lab, _) = load(&manifest, &Overrides::default()).unwrap();
        let fit = suggestions(&lab).into_iter().filter(|suggestion| suggestion.resource == resource);
        fit.map(|it| (it.title.to_string(), serde_json::from_str(&it.input).unwrap())).collect()
    }

    #[test]
    fn a_machine_is_offered_the_handouts_inputs_first_and_then_those_of_its_scenarios() {
        let offered = of("ann-order-processing-workflow");
        let titles: Vec<&str> = offered.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles.first_chunk(), Some(&["successful-order-test", "invalid-order-test"]));
        assert!(titles.contains(&"A valid order goes all the way"), "{titles:?}");
        assert!(offered.first().unwrap().1.get("orderId").is_some());
        assert!(of("order-processing-workflow").is_empty(), "names are users'");
    }

    #[test]
    fn a_function_is_offered_what_a_machine_calls_it_with_at_first() {
        let given = |resource: &str, of_it: fn(&Value) -> &Value| -> Vec<Value> {
            of(resource).iter().map(|(_, input)| of_it(input).clone()).collect()
        };
        // What the first state makes of its input.
        assert_eq!(
            given("ben-order-validator", |input| input.get("order").unwrap()),
            given("ben-order-processing-workflow", |input| input)
        );
        assert!(!of("ann-realtime-validator").is_empty());
        assert!(of("ann-long-running-task").is_empty(), "nobody waits for a token that was made up");
    }

    #[test]
    fn what_a_users_settings_leave_out_is_not_offered() {
        assert!(of("ann-notification-workflow").is_empty());
        assert_eq!(of("ben-notification-workflow").len(), 1);
    }
}
