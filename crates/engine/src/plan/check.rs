//! A linter for plans, apart from the planner that made them: it checks any plan, whoever made it.

use std::collections::BTreeMap;

use super::change::order;
use super::{Action, Change, Claim, Plan, UserPlan};
use crate::kind::{Id, Part};
use crate::model::{Key, Place, UserName, tag};

/// What is wrong with a plan, one line per fault, empty for a sound one. A plan with faults must not be applied.
pub fn check(plan: &Plan) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<(&Place, &Key), &UserName> = BTreeMap::new();
    for user in &plan.users {
        for change in &user.changes {
            if let Some(other) = seen.insert((&user.place, &change.key), &user.user) {
                faults.push(format!("{}: planned for `{other}` and for `{}`", change.key, user.user));
            }
            faults.extend(of_change(user, change).into_iter().map(|fault| format!("{}: {fault}", change.key)));
        }
        if !user.changes.is_sorted_by(|left, right| order(left) <= order(right)) {
            faults.push(format!("user `{}`: changes are not in the order of ranks", user.user));
        }
        faults.extend(needs(user));
    }
    faults
}

fn of_change(user: &UserPlan, change: &Change) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |wrong: bool, text: &str| {
        if wrong {
            faults.push(text.to_owned());
        }
    };
    let carries = matches!(change.action, Action::Create | Action::Update);
    fault(carries && change.resource.is_none(), "nothing says what shall be there");
    fault(!carries && change.resource.is_some(), "carries content that nothing will be done with");
    fault(change.action == Action::Update && change.parts.is_empty(), "an update that names no parts");
    fault(change.action != Action::Update && !change.parts.is_empty(), "names parts but is no update");
    fault(change.action != Action::Foreign && user.lab.is_empty(), "belongs to no lab");
    fault(change.arn.is_empty(), "has no arn");
    fault(change.reason.is_empty(), "has no reason");
    fault(change.action == Action::Update && change.claim.is_none(), "changes a thing that is not labctl's");
    fault(
        change.action == Action::Delete && matches!(change.claim, None | Some(Claim::Adopted)),
        "deletes a thing that is not labctl's",
    );
    fault(
        change.claim == Some(Claim::Adopted) && change.parts.contains(&Part::Type),
        "takes over a thing by deleting it",
    );
    fault(
        change.claim == Some(Claim::SeenBefore) && change.action != Action::Delete,
        "does more than delete what shows no tags",
    );
    fault(
        change.claim == Some(Claim::Prefix) && change.action != Action::Delete,
        "does more than delete what only begins as the user's names do",
    );
    fault(
        matches!(&change.claim, Some(Claim::NamedAfter(named)) if change.key.named_after().as_ref() != Some(named)),
        "only a log group belongs to what it is named after",
    );
    let mut possible = Part::changeable(change.key.kind);
    possible.insert(Part::Type);
    fault(!change.parts.is_subset(&possible), "names parts its kind does not have");
    fault(change.calls != change.calls_of_kind(), "does not name the calls it takes");
    if let Some(resource) = &change.resource {
        fault(resource.key != change.key, "carries the content of another resource");
        fault(resource.body.kind() != change.key.kind, "carries the content of another kind");
        let owner = resource.tags.get(tag::USER).map(String::as_str);
        fault(owner != Some(user.user.as_str()), "would carry another user's tag");
        fault(resource.tags.get(tag::LAB) != Some(&user.lab), "would carry another lab's tag");
        fault(
            resource.tags.get(tag::DIGEST).is_none_or(|digest| digest != resource.body.digest().as_str()),
            "its digest tag is not the digest of its content",
        );
    }
    faults
}

/// What changes depend on. What has the user's prefix is labctl's to make, so it must be in the plan and stay; other things were brought
/// along.
fn needs(user: &UserPlan) -> Vec<String> {
    let prefix = format!("{}-", user.user);
    let mut faults = Vec::new();
    for change in &user.changes {
        let resource = change.resource.iter();
        let dependencies = resource.flat_map(|resource| {
            let by_body = resource.body.dependencies(&resource.key.name);
            by_body.into_iter().chain(resource.needs.iter().map(|key| resource.needed(key)))
        });
        for dependency in dependencies.filter(|dependency| dependency.is_own) {
            let text = match &dependency.id {
                Id::Arn(arn) => *arn,
                Id::Name(name) => name.as_ref(),
            };
            let name = text.rsplit('/').next().unwrap_or_default();
            let is_it = |other: &Change| match &dependency.id {
                // One that is made anew at another path has its old ARN in the plan.
                Id::Arn(arn) => other.arn == *arn || other.parts.contains(&Part::Type) && other.key.name == name,
                Id::Name(name) => other.key.name == **name,
            };
            // A foreign one is there: applying then stops for this user, which is sound.
            let mut kept = user.changes.iter().filter(|other| other.action != Action::Delete);
            let stays = kept.any(|other| other.key.kind == dependency.kind && is_it(other));
            if name.starts_with(&prefix) && !stays {
                faults.push(format!("{}: {} `{text}` is not in the plan", change.key, dependency.what));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kind::{LogGroup, Role};
    use crate::plan::{Found, PlanOptions, plan, world};

    fn sound() -> Plan {
        let role = world::role("ann-r", "one", "lab6", "ann");
        let function = world::function("ann-f", 30, "aaaa", "lab6", "ann");
        let group = world::group("/aws/vendedlogs/states/ann-m", 7, "lab6", "ann");
        let machine = world::machine("ann-m", "{}", "lab6", "ann");
        plan(&world::desired("ann", vec![role, group, function, machine]), &Found::new(), PlanOptions::default())
    }

    #[test]
    fn a_sound_plan_has_no_faults() {
        assert_eq!(check(&sound()), Vec::<String>::new());
    }

    #[test]
    fn a_foreign_role_is_no_fault_of_the_plan() {
        let mut plan = sound();
        let role = &mut plan.users[0].changes[0];
        (role.action, role.resource) = (Action::Foreign, None);
        role.calls.clear();
        assert_eq!(check(&plan), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_named() {
        type Damage = fn(&mut Vec<Change>);
        let cases: [(&str, Damage); 11] = [
            ("planned for `ann` and for `ann`", |changes| {
                let twice = changes[0].clone();
                changes.insert(0, twice);
            }),
            ("nothing says what shall be there", |changes| changes[0].resource = None),
            ("an update that names no parts", |changes| {
                changes[0].action = Action::Update;
                changes[0].claim = Some(Claim::Tags);
            }),
            ("changes a thing that is not labctl's", |changes| changes[0].action = Action::Update),
            ("deletes a thing that is not labctl's", |changes| changes[0].action = Action::Delete),
            ("takes over a thing by deleting it", |changes| {
                changes[0].action = Action::Update;
                changes[0].claim = Some(Claim::Adopted);
                changes[0].parts = BTreeSet::from([Part::Type]);
            }),
            ("names parts its kind does not have", |changes| {
                changes[0].action = Action::Update;
                changes[0].parts = BTreeSet::from([Part::Code]);
            }),
            ("does not name the calls it takes", |changes| changes[0].calls.clear()),
            ("not in the order of ranks", |changes| changes.reverse()),
            ("its role `arn:aws:iam::123456789012:role/ann-r` is not in the plan", |changes| {
                changes.retain(|change| change.key.kind != Role::KIND);
            }),
            ("its log group `/aws/vendedlogs/states/ann-m` is not in the plan", |changes| {
                changes.retain(|change| change.key.kind != LogGroup::KIND);
            }),
        ];
        for (expected, damage) in cases {
            let mut plan = sound();
            damage(&mut plan.users[0].changes);
            let faults = check(&plan);
            assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
        }
    }
}
