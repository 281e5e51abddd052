//! What follows from resources that are there: attributes that templates refer to and that nobody knows before.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Action, Change};
use crate::kind::{AnyResource, Observed, Part, Resource, UserDesired, filled, is_late, late_in};
use crate::model::Key;

/// The user's wishes with the attributes that are known by now. What belongs to a resource that is not there yet, or to one of `anew`,
/// stays `(known after deploy: …)` until it is.
pub(super) fn with_known<'a>(user: &'a UserDesired, observed: &Observed, anew: &BTreeSet<Key>) -> Cow<'a, UserDesired> {
    let known = |key: &Key, attribute: &str| {
        let live = observed.resources.get(key).filter(|_| !anew.contains(key))?;
        live.body.of::<AnyResource>()?.attribute(attribute)
    };
    if user.resources.iter().all(|resource| resource.needs.is_empty()) {
        return Cow::Borrowed(user);
    }
    let resources = user.resources.iter().map(|resource| {
        if resource.needs.is_empty() || !is_late(&resource.body.canonical().to_string()) {
            return Arc::clone(resource);
        }
        let body = resource.body.with_texts(&|text| filled(text, &known));
        Arc::new(resource.with_body(body))
    });
    Cow::Owned(UserDesired { resources: resources.collect(), ..user.clone() })
}

/// What is there and is made anew by the changes: its attributes go with it, and nobody knows the new ones before.
pub(super) fn made_anew(changes: &[Change], observed: &Observed) -> BTreeSet<Key> {
    let is_anew = |change: &&Change| match change.action {
        Action::Create => true,
        Action::Update => change.parts.contains(&Part::Type),
        Action::Unchanged | Action::Delete | Action::Edited | Action::Foreign => false,
    };
    let has_attributes =
        |change: &&Change| change.key.kind == AnyResource::KIND && observed.resources.contains_key(&change.key);
    changes.iter().filter(has_attributes).filter(is_anew).map(|change| change.key.clone()).collect()
}

/// A reason, with what of the resource nobody knows yet.
pub(super) fn told(resource: &Resource, reason: &str) -> String {
    if resource.needs.is_empty() {
        return reason.to_owned();
    }
    let late: BTreeSet<(Key, String)> = late_in(&resource.body.canonical().to_string()).into_iter().collect();
    let late = late.into_iter().map(|(key, attribute)| format!("; {attribute} of {} (known after deploy)", key.name));
    [reason.to_owned()].into_iter().chain(late).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kind::{Function, later};
    use crate::model::tag;
    use crate::plan::{PlanOptions, check, plan, world};

    fn table() -> Resource {
        world::any_resource(
            "AWS::DynamoDB::Table/ann-t",
            &json!({"TableName": "ann-t", "KeySchema": []}),
            "lab6",
            "ann",
        )
    }

    /// A function that is told of the stream.
    fn function(stream: &str) -> Resource {
        let mut function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let body = function.body.of_mut::<Function>().unwrap();
        body.role.clear();
        body.environment.insert("STREAM".to_owned(), stream.to_owned());
        function.needs = vec![table().key];
        function.tags.insert(tag::DIGEST.to_owned(), function.body.digest().as_str().to_owned());
        function
    }

    #[test]
    fn what_is_there_fills_in_what_was_not_known() {
        let wanted =
            || world::desired("ann", vec![function(&later("AWS::DynamoDB::Table/ann-t", "StreamArn")), table()]);
        let first = plan(&wanted(), &world::found(&[]), PlanOptions::default());
        assert_eq!(check(&first), Vec::<String>::new());
        assert!(
            format!("{:?}", first.users[0].changes)
                .contains("(known after deploy: AWS::DynamoDB::Table/ann-t.StreamArn)")
        );

        let mut found = world::found(&[function("arn:stream"), table()]);
        let live = found.get_mut(&world::place()).unwrap().resources.get_mut(&table().key).unwrap();
        let content = live.body.of_mut::<AnyResource>().unwrap();
        content.properties.insert("StreamArn".to_owned(), json!("arn:stream"));
        let second = plan(&wanted(), &found, PlanOptions::default());
        let actions: Vec<Action> = second.users[0].changes.iter().map(|change| change.action).collect();
        assert_eq!(actions, [Action::Unchanged; 2]);
    }

    #[test]
    fn what_is_made_anew_has_other_attributes_and_takes_along_what_refers_to_them() {
        let anew = world::any_resource(
            "AWS::DynamoDB::Table/ann-t",
            &json!({"TableName": "ann-t", "KeySchema": [{"AttributeName": "id"}]}),
            "lab6",
            "ann",
        );
        let late = later("AWS::DynamoDB::Table/ann-t", "StreamArn");
        let mut found = world::found(&[function("arn:stream"), table()]);
        let live = found.get_mut(&world::place()).unwrap().resources.get_mut(&table().key).unwrap();
        live.body.of_mut::<AnyResource>().unwrap().properties.insert("StreamArn".to_owned(), json!("arn:stream"));
        let decided = |table: Resource, found: &crate::plan::Found| {
            let plan = plan(&world::desired("ann", vec![function(&late), table]), found, PlanOptions::default());
            assert_eq!(check(&plan), Vec::<String>::new());
            plan.users[0].changes.clone()
        };
        let changes = decided(anew, &found);
        let of = |kind| changes.iter().find(|change| change.key.kind == kind).unwrap();
        assert!(of(AnyResource::KIND).parts.contains(&Part::Type), "{changes:?}");
        let function = of(Function::KIND);
        assert_eq!((function.action, function.edited), (Action::Update, false));
        let why = "the lab changed; StreamArn of AWS::DynamoDB::Table/ann-t (known after deploy)";
        assert_eq!(function.reason, why);
        // What is about to be gone is made again, too.
        found.get_mut(&world::place()).unwrap().resources.get_mut(&table().key).unwrap().state =
            crate::kind::LiveState::Deleting;
        let actions: Vec<Action> = decided(table(), &found).iter().map(|change| change.action).collect();
        assert_eq!(actions, [Action::Update, Action::Create]);
    }

    #[test]
    fn what_the_lab_begins_to_write_is_no_edit_and_what_a_user_changed_is_one() {
        let of = |properties: &serde_json::Value| {
            world::any_resource("AWS::DynamoDB::Table/ann-t", properties, "lab6", "ann")
        };
        let before = of(&json!({"TableName": "ann-t", "TableClass": "STANDARD"}));
        let mut found = world::found(&[before]);
        let live = found.get_mut(&world::place()).unwrap().resources.get_mut(&table().key).unwrap();
        let mut shown = json!({"TableName": "ann-t", "TableClass": "STANDARD", "BillingMode": "PROVISIONED"});
        let action =
            |live: &mut crate::kind::Live, found: &crate::plan::Found, shown: &serde_json::Value, wanted: &Resource| {
                let mut properties = shown.as_object().unwrap().clone();
                properties.insert(
                    "Tags".to_owned(),
                    json!(live.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>()),
                );
                live.body = AnyResource::found("AWS::DynamoDB::Table", properties).0.into();
                let mut found = found.clone();
                found.get_mut(&world::place()).unwrap().resources.insert(table().key, live.clone());
                plan(&world::desired("ann", vec![wanted.clone()]), &found, PlanOptions::default()).users[0].changes[0]
                    .action
            };
        let mut live = live.clone();
        let wanted = of(&json!({"TableName": "ann-t", "TableClass": "STANDARD", "BillingMode": "PAY_PER_REQUEST"}));
        assert_eq!(action(&mut live, &found, &shown, &wanted), Action::Update);
        shown["TableClass"] = json!("STANDARD_INFREQUENT_ACCESS");
        assert_eq!(action(&mut live, &found, &shown, &wanted), Action::Edited);
        let less = of(&json!({"TableName": "ann-t"}));
        assert_eq!(action(&mut live, &found, &shown, &less), Action::Update, "what is no longer written is nobody's");
    }
}
