//! Replay tests: what lists and the tag index show, and what is read beside them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::replay::Replay;
use super::samples::{ACTIVE, FUNCTION, FUNCTIONS, MACHINE, described, error, machine};
use crate::cloud::sdk::kind::state_machine;
use crate::cloud::{Cloud as _, Depth, Scope};
use crate::kind::{Function, LiveState};
use crate::model::{Key, Kind, LabName, Tags, UserName, tag};

#[tokio::test]
async fn the_tag_index_is_believed_only_where_it_agrees() {
    let index = |digest: &str| Tags::from([(tag::DIGEST.to_owned(), digest.to_owned())]);
    let replay = Replay::known().answer("DescribeStateMachine", 200, described("ACTIVE"));
    let agreeing = index(machine().digest().as_str());
    state_machine::read(&replay.account(), MACHINE, Some(&agreeing)).await.unwrap().unwrap();
    assert_eq!(replay.operations(), ["DescribeStateMachine"]);

    let replay = Replay::known().answer("DescribeStateMachine", 200, described("ACTIVE")).answer(
        "ListTagsForResource",
        200,
        r#"{"tags":[]}"#,
    );
    state_machine::read(&replay.account(), MACHINE, Some(&index("stale"))).await.unwrap().unwrap();
    assert_eq!(replay.operations(), ["DescribeStateMachine", "ListTagsForResource"]);

    // On its way out it shows no tags itself.
    let replay = Replay::known().answer("DescribeStateMachine", 200, described("DELETING"));
    let going = state_machine::read(&replay.account(), MACHINE, Some(&index("stale"))).await.unwrap().unwrap();
    assert_eq!((going.state, going.tags), (LiveState::Deleting, index("stale")));
}

#[tokio::test]
async fn without_lists_wanted_names_are_read_one_by_one() {
    let key = Function::key("ann-f");
    let missing = r#"{"__type":"ResourceNotFoundException","message":"Function not found"}"#;
    let scope = anns([key.clone(), Function::key("ann-g")]);
    let replay = Replay::known().answer(FUNCTION, 200, ACTIVE).answer("GET /2015-03-31/functions/ann-g", 404, missing);
    let observed = replay.account().observe(&scope).await.unwrap();
    assert_eq!(observed.resources.keys().collect::<Vec<_>>(), [&key]);
    for list in ["GetResources", "ListRoles", "ListStateMachines", "ListDashboards", "DescribeLogGroups", "ListQueues"]
    {
        assert!(replay.operations().contains(&list.to_owned()), "{list}");
    }
}

#[tokio::test]
async fn a_list_shows_what_is_there_and_whose() {
    let scope = anns([Function::key("ann-gone")]);
    let listed =
        json!({"Functions": [{"FunctionName": "ann-f"}, {"FunctionName": "annette-f"}, {"FunctionName": "other"}]});
    let replay = Replay::known().answer(FUNCTIONS, 200, listed.to_string()).answer(
        FUNCTION,
        200,
        ACTIVE.replace("}}", r#"},"Tags":{"labctl:lab":"lab6"}}"#),
    );
    let observed = replay.account().observe(&scope).await.unwrap();
    let reported: Vec<_> = observed.resources.iter().map(|(key, live)| (key.name.as_str(), live.lab())).collect();
    assert_eq!(reported, [("ann-f", Some("lab6"))]);
    assert!(!replay.operations().iter().any(|operation| operation.contains("ann-gone")));
}

fn anns(keys: impl IntoIterator<Item = Key>) -> Scope {
    Scope {
        lab: LabName::new("lab6").unwrap(),
        users: BTreeSet::from([UserName::new("ann").unwrap()]),
        keys: keys.into_iter().collect(),
        wanted: BTreeMap::new(),
        kinds: Kind::ALL.iter().copied().collect(),
        depth: Depth::Content,
    }
}

/// What the tag index says: these ARNs, each this user's.
fn indexed(entries: &[(&str, &str)]) -> String {
    let entries = entries.iter().map(|(arn, user)| {
        let tags = json!([{"Key": "labctl:lab", "Value": "lab6"}, {"Key": "labctl:user", "Value": user}]);
        json!({"ResourceARN": arn, "Tags": tags})
    });
    json!({"ResourceTagMappingList": entries.collect::<Vec<_>>()}).to_string()
}

#[tokio::test]
async fn a_refused_list_is_made_up_for_or_told() {
    let orphan = "arn:aws:lambda:eu-west-1:123456789012:function:ann-f";
    let replay = Replay::known()
        .answer_to("GetResources", "lambda", 200, indexed(&[(orphan, "ann")]))
        .answer("GetResources", 200, indexed(&[]))
        .answer("GetResources", 200, indexed(&[]))
        .answer(FUNCTIONS, 403, error("AccessDeniedException", "no"))
        .answer(FUNCTION, 200, ACTIVE);
    let observed = replay.account().observe(&anns([])).await.unwrap();
    assert_eq!(observed.resources.keys().collect::<Vec<_>>(), [&Function::key("ann-f")]);
    let unseen: Vec<&str> = observed.unseen.iter().filter_map(|reported| reported.split(" could not").next()).collect();
    assert_eq!(unseen, ["dashboards", "log groups", "roles"]);
    let reported = observed.notes.iter().find(|reported| reported.starts_with("functions")).unwrap();
    assert!(
        reported.starts_with("functions are read one by one: lambda:ListFunctions") && reported.contains("no"),
        "{reported}"
    );

    // Without the index, nothing stands in for the list.
    let replay = Replay::known().answer(FUNCTIONS, 403, error("AccessDeniedException", "you may not"));
    let observed = replay.account().observe(&anns([])).await.unwrap();
    let reported = observed.unseen.iter().find(|reported| reported.starts_with("functions")).unwrap();
    assert!(reported.contains("lambda:ListFunctions") && reported.contains("you may not"), "{reported}");
    // Resources of any type are listed type by type, and none is wanted here.
    assert_eq!(observed.unseen.len(), Kind::ALL.len() - 1);
}

#[tokio::test]
async fn what_belongs_to_users_who_were_not_asked_for_is_told_apart() {
    let arn = |name: &str| format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}");
    let roles = ["/labctl/lab6/ bob-r", "/labctl/lab60/ bob-old", "/ bob-own"].map(|role| {
        let (path, name) = role.split_once(' ').unwrap();
        format!(
            "<member><Path>{path}</Path><RoleName>{name}</RoleName><RoleId>A</RoleId><Arn>a</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        )
    });
    let roles = format!(
        "<ListRolesResponse><ListRolesResult><Roles>{}</Roles><IsTruncated>false</IsTruncated></ListRolesResult></ListRolesResponse>",
        roles.concat()
    );
    let listed = json!({"Functions": [{"FunctionName": "bob-f"}]}).to_string();
    let replay = Replay::known()
        .answer_to("GetResources", "lambda", 200, indexed(&[(&arn("bob-f"), "bob"), (&arn("bob-gone"), "bob")]))
        .answer(FUNCTIONS, 200, listed)
        .answer("ListRoles", 200, roles);
    let observed = replay.account().observe(&anns([])).await.unwrap();
    let reported: Vec<_> =
        observed.others.iter().map(|(key, other)| (key.to_string(), other.user.as_deref())).collect();
    assert_eq!(reported, [("role bob-r".to_owned(), None), ("function bob-f".to_owned(), Some("bob"))]);
    assert_eq!(observed.resources, BTreeMap::new());
}

#[tokio::test]
async fn what_the_tag_index_does_not_show_yet_is_read_exactly_and_told() {
    let key = Function::key("ann-f");
    let listed = json!({"Functions": [{"FunctionName": "ann-f"}]}).to_string();
    let tagged = r#"{"Configuration":{"FunctionName":"ann-f","State":"Active"},"Tags":{"labctl:lab":"lab6"}}"#;
    let replay = Replay::known()
        .answer("GetResources", 200, indexed(&[]))
        .answer("GetResources", 200, indexed(&[]))
        .answer("GetResources", 200, indexed(&[]))
        .answer(FUNCTIONS, 200, listed)
        .answer(FUNCTION, 200, tagged);
    let observed = replay.account().observe(&anns([key.clone()])).await.unwrap();
    assert_eq!(observed.resources[&key].lab(), Some("lab6"));
    let reported = observed.notes.iter().find(|reported| reported.contains("1 of the functions"));
    assert!(reported.is_some_and(|reported| reported.contains("the tag index does not show")), "{:?}", observed.notes);
}
