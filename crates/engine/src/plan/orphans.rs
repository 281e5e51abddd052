//! What is the user's and wanted no more. It goes, but for what the user edited and what that stands on.

use std::collections::{BTreeMap, BTreeSet};

use super::change::delete;
use super::ownership::{ByOwner, Standing, standing};
use super::{Action, Change, Claim, PlanOptions};
use crate::kind::{Live, LiveState, Observed, UserDesired};
use crate::model::{Key, tag};

/// An orphan as found, and why it may be touched.
type Orphan<'a> = (&'a Key, &'a Live, Claim);

/// Decides on everything that carries this user's tags and is wanted no more, and on the log groups AWS made for it. `decided` are
/// the decisions on what is wanted: an edited thing is kept there, too, with what it needs.
pub(super) fn orphans(
    user: &UserDesired,
    observed: &Observed,
    owners: &ByOwner<'_>,
    decided: &[Change],
    options: PlanOptions,
) -> Vec<Change> {
    let Some(lab) = user.resources.iter().find_map(|resource| resource.tags.get(tag::LAB)) else {
        return Vec::new();
    };
    let wanted: BTreeSet<&Key> = user.resources.iter().map(|resource| &resource.key).collect();
    let is_going = |key: &Key| {
        let live = observed.resources.get(key);
        !wanted.contains(key)
            && live.is_some_and(|live| live.lab() == Some(lab) && live.user() == Some(user.user.as_str()))
    };
    let orphans: Vec<Orphan<'_>> = owners
        .candidates(&user.user)
        .filter(|(key, _)| !wanted.contains(key))
        .filter_map(|(key, live)| match standing(key, live, lab, &user.user, is_going) {
            Standing::Ours(claim) => Some((key, live, claim)),
            Standing::Managed(_) | Standing::Untagged | Standing::Others(_) => None,
        })
        .collect();
    let edited = decided.iter().filter(|change| change.action == Action::Edited);
    let edited = edited.filter_map(|change| observed.resources.get_key_value(&change.key)).collect();
    let kept = if options.overwrite_edits { BTreeMap::new() } else { kept(&orphans, edited, owners) };
    let decide = |(key, live, claim): Orphan<'_>| match kept.get(key) {
        Some(reason) => Change { action: Action::Edited, ..delete(key, live, reason, claim) },
        None => Change { edited: is_edited(key, live, owners), ..delete(key, live, "no longer in the lab", claim) },
    };
    orphans.into_iter().map(decide).collect()
}

/// Which orphans stay, and why: edited ones, and what those and the edited wanted ones stand on.
fn kept<'a>(
    orphans: &[Orphan<'a>],
    edited: Vec<(&'a Key, &'a Live)>,
    owners: &ByOwner<'_>,
) -> BTreeMap<&'a Key, String> {
    let mut kept = BTreeMap::new();
    let mut keepers = edited;
    for (key, live, _) in orphans.iter().filter(|(key, live, _)| is_edited(key, live, owners)) {
        kept.insert(*key, "edited by the user; no longer in the lab".to_owned());
        keepers.push((key, live));
    }
    while let Some((by, keeper)) = keepers.pop() {
        let text = keeper.body.canonical().to_string();
        for (key, live, _) in orphans {
            if !kept.contains_key(key) && stands_on(by, keeper, &text, key, live) {
                kept.insert(
                    *key,
                    format!("no longer in the lab, but {by} needs it, which is kept as the user edited it"),
                );
                keepers.push((key, live));
            }
        }
    }
    kept
}

/// Whether the content is another than labctl put there last. What is going is nobody's edit.
pub(super) fn is_edited(key: &Key, live: &Live, owners: &ByOwner<'_>) -> bool {
    let Some(base) = owners.put_last(key, live) else { return false };
    matches!(live.state, LiveState::Ready | LiveState::Settling) && !live.body.could_have_digest(&base)
}

/// Whether `keeper` (its content as `text`) names the other thing, or is what it is named after.
fn stands_on(by: &Key, keeper: &Live, text: &str, key: &Key, live: &Live) -> bool {
    key.named_after().as_ref() == Some(by)
        || keeper.body.dependencies(&by.name).iter().any(|dependency| dependency.key().as_ref() == Some(key))
        || mentions(text, &live.arn)
}

/// Whether a text holds an ARN that ends where its name ends.
fn mentions(text: &str, arn: &str) -> bool {
    let goes_on = |next: char| next.is_ascii_alphanumeric() || matches!(next, '-' | '_');
    !arn.is_empty() && text.split(arn).skip(1).any(|rest| !rest.starts_with(goes_on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Dashboard, Resource};
    use crate::plan::{Found, Plan, check, plan, world};

    /// The account with these orphans; of each whether its content was changed since.
    fn found(orphans: &[(Resource, bool)]) -> Found {
        let mut found = world::found(&orphans.iter().map(|(resource, _)| resource.clone()).collect::<Vec<_>>());
        for (resource, edited) in orphans {
            let observed = found.get_mut(&world::place()).unwrap();
            if *edited {
                let live = observed.resources.get_mut(&resource.key).unwrap();
                live.tags.insert(tag::DIGEST.to_owned(), "of-before".to_owned());
            }
        }
        found
    }

    fn planned(found: &Found, overwrite_edits: bool) -> Plan {
        let keep = world::dashboard("ann-d", "{}", "lab6", "ann");
        let plan = plan(&world::desired("ann", vec![keep]), found, PlanOptions { overwrite_edits, adopt: false });
        assert_eq!(check(&plan), Vec::<String>::new());
        plan
    }

    fn reported(plan: &Plan) -> Vec<(Action, String)> {
        let changes = plan.users[0].changes.iter().filter(|change| change.key.kind != Dashboard::KIND);
        changes.map(|change| (change.action, change.key.name.clone())).collect()
    }

    #[test]
    fn an_edited_orphan_is_kept_unless_edits_may_be_overwritten() {
        let found = found(&[
            (world::role("ann-r1", "one", "lab6", "ann"), true),
            (world::role("ann-r2", "one", "lab6", "ann"), false),
        ]);
        let kept = planned(&found, false);
        assert_eq!(reported(&kept), [(Action::Edited, "ann-r1".into()), (Action::Delete, "ann-r2".into())]);
        assert_eq!(kept.users[0].changes[0].reason, "edited by the user; no longer in the lab");
        assert_eq!(planned(&found, true).summary().delete, 2);
    }

    #[test]
    fn what_an_edited_orphan_stands_on_is_kept_with_it() {
        let calls = r#"{"States":{"Call":{"Resource":"arn:aws:lambda:eu-west-1:123456789012:function:ann-f"}}}"#;
        let found = found(&[
            (world::role("ann-r", "one", "lab6", "ann"), false),
            (world::group("/aws/vendedlogs/states/ann-m", 7, "lab6", "ann"), false),
            (world::log_group("ann-f", 7, "lab6", "ann"), false),
            (world::function("ann-f", 30, "aaaa", "lab6", "ann"), false),
            (world::function("ann-f2", 30, "aaaa", "lab6", "ann"), false),
            (world::function("ann-", 30, "aaaa", "lab6", "ann"), false),
            (world::machine("ann-m", calls, "lab6", "ann"), true),
        ]);
        let plan = planned(&found, false);
        let gone = reported(&plan).into_iter().filter(|(action, _)| *action == Action::Delete);
        assert_eq!(gone.map(|(_, name)| name).collect::<Vec<_>>(), ["ann-", "ann-f2"]);
        let function = plan.users[0].changes.iter().find(|change| change.key.name == "ann-f").unwrap();
        assert!(function.reason.contains("but state-machine ann-m needs it"), "{}", function.reason);
    }
}
