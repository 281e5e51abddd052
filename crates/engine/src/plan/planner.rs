//! What has to be done so that the account holds what the manifest wants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::{foreign, settled};
use super::late::{made_anew, told, with_known};
use super::legacy::at_legacy_paths;
use super::orphans::orphans;
use super::ownership::{ByOwner, Found, Standing, standing};
use super::{Action, Change, Claim, Plan, PlanOptions, UserPlan};
use crate::kind::{Desired, Live, LiveState, Observed, Part, Resource, UserDesired, difference};
use crate::model::{Digest, Key, Place, tag};

/// Of a log group without tags whose function or machine is the user's.
const MADE_BY_AWS: &str = "made by AWS on its own; gets the lab's settings and tags";

/// Of a change that cannot be made in place.
const ANEW: &str = "it is deleted and made anew, with all that is in it";

/// Why what is in the way stays there.
const UNTAGGED: &str = "is there and does not carry labctl's tags; `--adopt` takes it over";
const BROKEN: &str = "is there, but its creation failed; remove it, it cannot be taken over";
const FIXED: &str = "which cannot be changed; it is not taken over";

/// What to do about a foreign thing that is in the way.
pub fn way_out(change: &Change) -> String {
    let reported = match change.reason.as_str() {
        UNTAGGED => {
            "`--adopt` takes over what carries nobody's tags, after it was saved; else remove it, or choose another user name"
        }
        BROKEN => "remove it, then run the same command again",
        reason if reason.ends_with(FIXED) => change.key.kind.facts().way_out,
        _ => "remove what is in the way, or choose another user name",
    };
    reported.to_owned()
}

/// Decides for every user. What was found nowhere counts as absent.
pub fn plan(desired: &Desired, found: &Found, options: PlanOptions) -> Plan {
    let nothing = Observed::default();
    let nobody = ByOwner::of(&nothing);
    let owners: BTreeMap<&Place, ByOwner<'_>> =
        found.iter().map(|(place, observed)| (place, ByOwner::of(observed))).collect();
    let users = desired
        .users
        .iter()
        .map(|user| {
            let observed = found.get(&user.place).unwrap_or(&nothing);
            let owners = owners.get(&user.place).unwrap_or(&nobody);
            let user = at_legacy_paths(user, observed);
            let mut anew = BTreeSet::new();
            let (user, mut changes) = loop {
                let known = with_known(&user, observed, &anew);
                let decide = |resource| decide(&known, resource, observed, owners, options);
                let changes: Vec<Change> = known.resources.iter().map(decide).collect();
                // What is made anew loses the attributes it has now, and may take along what refers to them.
                let found = made_anew(&changes, observed);
                if found.is_subset(&anew) {
                    break (known, changes);
                }
                anew.extend(found);
            };
            let user = &*user;
            changes.extend(orphans(user, observed, owners, &changes, options));
            let lab = user.resources.iter().find_map(|resource| resource.tags.get(tag::LAB)).cloned();
            let (user, place) = (user.user.clone(), user.place.clone());
            UserPlan { user, lab: lab.unwrap_or_default(), place, changes: settled(changes) }
        })
        .collect();
    Plan { users }
}

fn decide(
    user: &UserDesired,
    resource: &Arc<Resource>,
    observed: &Observed,
    owners: &ByOwner<'_>,
    options: PlanOptions,
) -> Change {
    let key = &resource.key;
    let lab = resource.tags.get(tag::LAB).map_or("", String::as_str);
    let Some(live) = observed.resources.get(key) else {
        return create(user, resource, "not there yet", None);
    };
    let judged = standing(key, live, lab, &user.user, |parent| is_users_own(user, observed, lab, parent));
    // Its name is about to be free, whoever it belonged to.
    if live.state == LiveState::Deleting {
        let claim = match judged {
            Standing::Ours(claim) => Some(claim),
            _ => None,
        };
        return create(user, resource, "being deleted; made again when it is gone", claim);
    }
    match judged {
        Standing::Ours(claim) => compare(resource, live, owners.put_last(key, live).as_ref(), claim, options),
        Standing::Managed(engine) => managed(resource, live, &engine),
        Standing::Untagged if options.adopt => adopt(resource, live),
        Standing::Untagged => foreign(key, live, UNTAGGED),
        Standing::Others(why) => foreign(key, live, &why),
    }
}

/// A function or machine is the user's own when it carries the tags, or is wanted and not there: AWS made the log group of its name again
/// after a late invocation. One that is somebody else's has a log group of somebody else's.
fn is_users_own(user: &UserDesired, observed: &Observed, lab: &str, key: &Key) -> bool {
    match observed.resources.get(key) {
        Some(live) => live.lab() == Some(lab) && live.user() == Some(user.user.as_str()),
        None => user.resources.iter().any(|resource| resource.key == *key),
    }
}

/// The three-way comparison of something that is the user's: what is there, what is wanted, and the `base`, what labctl put there last.
fn compare(resource: &Arc<Resource>, live: &Live, base: Option<&Digest>, claim: Claim, options: PlanOptions) -> Change {
    let differs = difference(&live.body, &resource.body);
    if live.state == LiveState::Broken {
        let parts = BTreeSet::from([Part::Type]);
        return update(resource, live, "its creation failed; deleted and made anew", parts, claim).with(differs);
    }
    if differs.is_empty() {
        let parts = BTreeSet::from([Part::Tags]);
        return match (base.is_some_and(|base| resource.has_digest(base)), has_tags(live, resource)) {
            (true, true) => unchanged(resource, live, claim),
            (true, false) => update(resource, live, "its tags differ", parts, claim),
            (false, _) => {
                let by_aws = matches!(claim, Claim::NamedAfter(_));
                let reason = if by_aws { MADE_BY_AWS } else { "as wanted, but its digest tag is not" };
                update(resource, live, reason, parts, claim)
            }
        };
    }
    let edited = base.is_some_and(|base| !live.body.has_digest_beside(&resource.body, base));
    let changed = base.is_some_and(|base| !resource.has_digest(base));
    let mut parts = differs.parts.clone();
    parts.insert(Part::Tags);
    let reason = match (edited, changed, &claim) {
        (true, changed, _) if !options.overwrite_edits => {
            let reason = if changed { "edited by the user; the lab changed too" } else { "edited by the user" };
            return Change {
                action: Action::Edited,
                parts: BTreeSet::new(),
                resource: None,
                ..update(resource, live, reason, parts, claim)
            }
            .with(differs);
        }
        (true, ..) => "edited by the user; put back",
        (false, false, _) if differs.parts == BTreeSet::from([Part::Boundary]) => "its permissions boundary differs",
        (false, true, _) => "the lab changed",
        (false, false, Claim::NamedAfter(_)) => MADE_BY_AWS,
        (false, false, _) => "an earlier change was cut off",
    };
    let is_anew = differs.parts.contains(&Part::Type);
    let reason = if is_anew { format!("{reason}; {ANEW}") } else { reason.to_owned() };
    Change { edited, ..update(resource, live, &reason, parts, claim).with(differs) }
}

/// Takes over what is nobody's, unless it would have to be deleted and made anew: that is no taking over.
fn adopt(resource: &Arc<Resource>, live: &Live) -> Change {
    if live.state == LiveState::Broken {
        return foreign(&resource.key, live, BROKEN);
    }
    let differs = difference(&live.body, &resource.body);
    let mut parts = differs.parts.clone();
    if parts.contains(&Part::Type) {
        let what = differs.fields.first().map_or("content", |change| change.field.as_str());
        let reason = format!("is there with another {what}, {FIXED}");
        return foreign(&resource.key, live, &reason);
    }
    parts.insert(Part::Tags);
    // What stood there is somebody's work.
    let edited = !differs.is_empty();
    Change { edited, ..update(resource, live, "taken over, as asked", parts, Claim::Adopted).with(differs) }
}

/// What another engine manages: looked at, and left alone.
fn managed(resource: &Arc<Resource>, live: &Live, engine: &str) -> Change {
    let differs = difference(&live.body, &resource.body);
    let by = format!("managed by {}", engine_name(engine));
    if differs.is_empty() {
        return Change { reason: by, ..unchanged(resource, live, Claim::Tags) };
    }
    let reason = format!("{by}, and not what the lab says; change it there");
    let kept = update(resource, live, &reason, BTreeSet::new(), Claim::Tags);
    Change { action: Action::Edited, resource: None, ..kept }.with(differs)
}

/// An engine, as its users write it.
pub(super) fn engine_name(engine: &str) -> String {
    if engine == tag::CLOUDFORMATION { "a CloudFormation stack".to_owned() } else { format!("`{engine}`") }
}

fn has_tags(live: &Live, resource: &Resource) -> bool {
    resource.tags.iter().all(|(name, value)| live.tags.get(name) == Some(value))
}

fn create(user: &UserDesired, resource: &Arc<Resource>, reason: &str, claim: Option<Claim>) -> Change {
    Change {
        key: resource.key.clone(),
        action: Action::Create,
        reason: told(resource, reason),
        edited: false,
        parts: BTreeSet::new(),
        diff: Vec::new(),
        states: None,
        arn: user.place.arn(&resource.key, resource.body.path()),
        resource: Some(Arc::clone(resource)),
        claim,
        calls: Vec::new(),
    }
}

fn update(resource: &Arc<Resource>, live: &Live, reason: &str, parts: BTreeSet<Part>, claim: Claim) -> Change {
    Change {
        key: resource.key.clone(),
        action: Action::Update,
        reason: told(resource, reason),
        edited: false,
        parts,
        diff: Vec::new(),
        states: None,
        arn: live.arn.clone(),
        resource: Some(Arc::clone(resource)),
        claim: Some(claim),
        calls: Vec::new(),
    }
}

fn unchanged(resource: &Arc<Resource>, live: &Live, claim: Claim) -> Change {
    let change = update(resource, live, "as it should be", BTreeSet::new(), claim);
    Change { action: Action::Unchanged, resource: None, ..change }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Function, LogGroup, Role, StateMachine};
    use crate::model::{MachineType, Tags};
    use crate::plan::{check, world};

    fn decide_one(resource: &Resource, live: Option<Live>, options: PlanOptions) -> Change {
        let mut found = Found::from([(world::place(), Observed::default())]);
        if let Some(live) = live {
            found.get_mut(&world::place()).unwrap().resources.insert(resource.key.clone(), live);
        }
        let plan = plan(&world::desired("ann", vec![resource.clone()]), &found, options);
        plan.users[0].changes[0].clone()
    }

    fn wanted(version: u32) -> Resource {
        world::log_group("ann-f", version, "lab6", "ann")
    }

    #[test]
    fn the_three_way_table() {
        // (what is there, what its tag says, what is wanted) → the decision
        let table = [
            ((1, Some(1), 1), Action::Unchanged, "as it should be"),
            ((1, Some(1), 2), Action::Update, "the lab changed"),
            ((2, Some(1), 1), Action::Edited, "edited by the user"),
            ((3, Some(1), 2), Action::Edited, "edited by the user; the lab changed too"),
            ((2, Some(1), 2), Action::Update, "as wanted, but its digest tag is not"),
            ((1, None, 2), Action::Update, "an earlier change was cut off"),
            ((2, None, 2), Action::Update, "as wanted, but its digest tag is not"),
        ];
        for ((content, tagged, want), action, reason) in table {
            let mut live = world::live(&wanted(content));
            match tagged {
                Some(version) => live.tags = wanted(version).tags,
                None => {
                    live.tags.remove(tag::DIGEST);
                }
            }
            let change = decide_one(&wanted(want), Some(live), PlanOptions::default());
            assert_eq!((change.action, change.reason.as_str()), (action, reason));
        }
    }

    #[test]
    fn a_log_group_without_its_retention_is_finished_until_something_writes_to_it_and_edited_then() {
        let mut live = world::live(&wanted(1));
        live.body = LogGroup { retention_days: None }.into();
        let change = decide_one(&wanted(1), Some(live.clone()), PlanOptions::default());
        assert_eq!((change.action, change.reason.as_str()), (Action::Update, "an earlier change was cut off"));
        assert_eq!(change.parts, BTreeSet::from([Part::Retention, Part::Tags]));

        let function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let machine = world::machine("ann-m", "{}", "lab6", "ann");
        let logging = machine.body.of::<StateMachine>().unwrap().logging.as_ref().unwrap();
        let of_machine = world::group(&logging.log_group, 1, "lab6", "ann");
        let mut foreign = function.clone();
        foreign.tags.clear();
        for (group, writer, action) in [
            (wanted(1), &function, Action::Edited),
            (of_machine.clone(), &machine, Action::Edited),
            (of_machine, &function, Action::Update),
            (wanted(1), &foreign, Action::Update),
        ] {
            let mut found = world::found(std::slice::from_ref(writer));
            let bare = Live { body: LogGroup { retention_days: None }.into(), ..world::live(&group) };
            found.get_mut(&world::place()).unwrap().resources.insert(group.key.clone(), bare);
            let plan = plan(&world::desired("ann", vec![group.clone()]), &found, PlanOptions::default());
            assert_eq!(plan.users[0].changes[0].action, action, "{} {}", group.key, writer.key);
        }
    }

    #[test]
    fn a_role_that_lost_its_policy_is_edited_where_something_runs_under_it_and_unfinished_elsewhere() {
        let role = world::role("ann-r", "one", "lab6", "ann");
        let mut bare = world::live(&role);
        bare.body.of_mut::<Role>().unwrap().inline_policies.clear();
        let change = decide_one(&role, Some(bare.clone()), PlanOptions::default());
        assert_eq!((change.action, change.reason.as_str()), (Action::Update, "an earlier change was cut off"));
        assert_eq!(change.parts, BTreeSet::from([Part::Policies, Part::Tags]));

        let function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let mut found = world::found(std::slice::from_ref(&function));
        found.get_mut(&world::place()).unwrap().resources.insert(role.key.clone(), bare);
        let plan = plan(&world::desired("ann", vec![role, function]), &found, PlanOptions::default());
        let change = &plan.users[0].changes[0];
        assert_eq!((change.action, change.reason.as_str()), (Action::Edited, "edited by the user"));
    }

    #[test]
    fn an_edit_is_put_back_when_that_is_asked_for() {
        let mut live = world::live(&wanted(2));
        live.tags = wanted(1).tags;
        let change = decide_one(&wanted(1), Some(live), PlanOptions { overwrite_edits: true, adopt: false });
        assert_eq!((change.action, change.reason.as_str()), (Action::Update, "edited by the user; put back"));
        assert_eq!(change.parts, BTreeSet::from([Part::Retention, Part::Tags]));
    }

    #[test]
    fn a_foreign_thing_is_untouched_unless_adopted() {
        let role = world::role("ann-r", "one", "lab6", "ann");
        let mut live = world::live(&role);
        live.tags.clear();
        let change = decide_one(&role, Some(live.clone()), PlanOptions::default());
        assert_eq!((change.action, change.claim), (Action::Foreign, None));
        let adopt = PlanOptions { overwrite_edits: false, adopt: true };
        let change = decide_one(&role, Some(live.clone()), adopt);
        assert_eq!((change.action, change.claim), (Action::Update, Some(Claim::Adopted)));
        assert_eq!(change.parts, BTreeSet::from([Part::Tags]));
        live.body.of_mut::<Role>().unwrap().path = "/elsewhere/".to_owned();
        assert_eq!(decide_one(&role, Some(live.clone()), adopt).action, Action::Foreign);
        live.tags.insert(tag::LAB.to_owned(), "lab7".to_owned());
        let change = decide_one(&role, Some(live), adopt);
        assert_eq!((change.action, change.reason.as_str()), (Action::Foreign, "belongs to lab `lab7`"));
    }

    #[test]
    fn what_a_stack_manages_is_looked_at_and_left_alone() {
        let mut live = world::live(&wanted(1));
        live.tags.remove(tag::DIGEST);
        live.tags.insert(tag::MANAGED_BY.to_owned(), tag::CLOUDFORMATION.to_owned());
        let options = PlanOptions { overwrite_edits: true, adopt: true };
        let change = decide_one(&wanted(1), Some(live.clone()), options);
        assert_eq!((change.action, change.reason.as_str()), (Action::Unchanged, "managed by a CloudFormation stack"));
        let change = decide_one(&wanted(2), Some(live), options);
        assert_eq!((change.action, change.diff.len(), change.parts.len()), (Action::Edited, 1, 0));
    }

    #[test]
    fn what_would_have_to_be_made_anew_is_not_adopted() {
        let adopt = PlanOptions { overwrite_edits: true, adopt: true };
        let machine = world::machine("ann-m", "{}", "lab6", "ann");
        let mut live = Live { tags: Tags::new(), ..world::live(&machine) };
        live.body.of_mut::<StateMachine>().unwrap().machine_type = MachineType::Express;
        let change = decide_one(&machine, Some(live), adopt);
        assert_eq!((change.action, change.claim), (Action::Foreign, None));
        assert_eq!(change.reason, "is there with another type, which cannot be changed; it is not taken over");

        let function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let live = Live { tags: Tags::new(), state: LiveState::Broken, ..world::live(&function) };
        assert_eq!(decide_one(&function, Some(live), adopt).action, Action::Foreign);
    }

    #[test]
    fn a_log_group_made_by_aws_follows_its_function() {
        let group = world::log_group("ann-f", 7, "lab6", "ann");
        let function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let bare = Live { body: LogGroup { retention_days: None }.into(), tags: Tags::new(), ..world::live(&group) };
        let mut found = world::found(std::slice::from_ref(&function));
        found.get_mut(&world::place()).unwrap().resources.insert(group.key.clone(), bare.clone());
        let wish = world::desired("ann", vec![group.clone(), function.clone()]);
        let change = plan(&wish, &found, PlanOptions::default()).users[0].changes[0].clone();
        assert_eq!(change.action, Action::Update);
        assert_eq!(change.claim, Some(Claim::NamedAfter(function.key.clone())));
        assert_eq!(change.reason, "made by AWS on its own; gets the lab's settings and tags");

        // Someone else's function of that name: the log group is theirs.
        let observed = found.get_mut(&world::place()).unwrap();
        observed.resources.get_mut(&function.key).unwrap().tags.clear();
        let plan = plan(&wish, &found, PlanOptions::default());
        assert_eq!(plan.summary().foreign, 2);
    }

    #[test]
    fn a_log_group_of_a_wanted_function_that_is_not_there_is_taken_up() {
        let group = world::log_group("ann-f", 7, "lab6", "ann");
        let function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let mut found = world::found(std::slice::from_ref(&group));
        found.get_mut(&world::place()).unwrap().resources.get_mut(&group.key).unwrap().tags.clear();
        let plan = plan(&world::desired("ann", vec![group, function]), &found, PlanOptions::default());
        let reported: Vec<_> = plan.users[0].changes.iter().map(|change| (change.key.kind, change.action)).collect();
        // A late invocation made it again after a cleanup.
        assert_eq!(reported, [(LogGroup::KIND, Action::Update), (Function::KIND, Action::Create)]);
    }

    #[test]
    fn a_machine_being_deleted_is_made_again() {
        let machine = world::machine("ann-m", "{}", "lab6", "ann");
        let live = Live { state: LiveState::Deleting, ..world::live(&machine) };
        let change = decide_one(&machine, Some(live), PlanOptions::default());
        assert_eq!(
            (change.action, change.reason.as_str()),
            (Action::Create, "being deleted; made again when it is gone")
        );
    }

    #[test]
    fn orphans_go_last_and_backwards() {
        let keep = world::dashboard("ann-d", "{}", "lab6", "ann");
        let found = world::found(&[
            world::role("ann-old", "one", "lab6", "ann"),
            world::function("ann-old", 30, "aaaa", "lab6", "ann"),
            world::role("bob-old", "one", "lab6", "bob"),
        ]);
        let plan = plan(&world::desired("ann", vec![keep]), &found, PlanOptions::default());
        let reported: Vec<_> =
            plan.users[0].changes.iter().map(|change| (change.action, change.key.to_string())).collect();
        assert_eq!(
            reported,
            [
                (Action::Create, "dashboard ann-d".to_owned()),
                (Action::Delete, "function ann-old".to_owned()),
                (Action::Delete, "role ann-old".to_owned()),
            ]
        );
        assert_eq!(plan.users[0].changes[1].reason, "no longer in the lab");
        assert_eq!(check(&plan), Vec::<String>::new());
    }
}
