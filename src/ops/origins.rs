//! Which manifest put whose lab where, as far as the journal knows.
//!
//! Two manifests may bear one lab's name, and the tags of what they put somewhere are then alike. Only what this manifest put there can have
//! departed from it. Without a journal nobody has: then users are listed, and named one by one by whoever removes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::context::Context;
use super::session::Session;
use crate::event::{Event, Happened, Journal};
use crate::model::{Digest, Lab, LabName, Place, TargetKind, UserName};
use crate::plan::{Found, Plan};
use crate::ui::view::ApartView;

/// Users named in one line before the rest is counted.
const NAMED: usize = 10;

/// Lab, user, target, account, region.
pub(super) type Spot = (String, String, String, String, String);

/// The manifest that put a lab somewhere last, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    manifest: String,
    at_ms: i64,
}

/// What the journal knows.
pub(crate) struct Origins {
    manifest: String,
    known: BTreeMap<Spot, Origin>,
}

impl Origins {
    /// Reads the journal; a missing one knows nothing.
    pub(crate) fn read(context: &Context, lab: &Lab) -> Self {
        let events = Journal::read(&context.settings.journal_path()).into_iter().flatten();
        Self { manifest: identity(&lab.manifest, &context.settings.out), known: of_events(events) }
    }

    /// Who put this user's lab there last.
    pub(crate) fn of(&self, lab: &LabName, user: &UserName, place: &Place, kind: TargetKind) -> Option<&Origin> {
        self.known.get(&spot(lab, user, place, kind))
    }

    /// Whether this manifest did.
    pub(crate) fn is_from_here(&self, lab: &LabName, user: &UserName, place: &Place, kind: TargetKind) -> bool {
        self.of(lab, user, place, kind).is_some_and(|origin| origin.manifest == self.manifest)
    }

    /// The same of a user anywhere in an account: roles and dashboards are seen from every region.
    fn is_from_here_in_account(&self, lab: &LabName, user: &UserName, place: &Place, kind: TargetKind) -> bool {
        let (lab, user, kind, account, _) = spot(lab, user, place, kind);
        self.known.iter().any(|((a, b, c, d, _), origin)| {
            (a, b, c, d) == (&lab, &user, &kind, &account) && origin.manifest == self.manifest
        })
    }

    /// Somebody who stays, for telling.
    pub(crate) fn apart(&self, lab: &LabName, user: &UserName, place: &Place, kind: TargetKind) -> ApartView {
        let here = self.of(lab, user, place, kind).map(|origin| (origin, place.region.to_string()));
        let last = here.or_else(|| self.last_in_account(lab, user, place, kind));
        let (origin, deployed_in) = last.unzip();
        ApartView {
            user: user.to_string(),
            lab: lab.to_string(),
            region: place.region.to_string(),
            deployed_at: origin.and_then(|origin| time(origin.at_ms)),
            deployed_in,
            manifest: origin.map(|origin| origin.manifest.clone()),
        }
    }

    /// Who put this user's lab anywhere in an account last, and in which region.
    fn last_in_account(
        &self,
        lab: &LabName,
        user: &UserName,
        place: &Place,
        kind: TargetKind,
    ) -> Option<(&Origin, String)> {
        let (lab, user, kind, account, _) = spot(lab, user, place, kind);
        let of_account =
            self.known.iter().filter(|((a, b, c, d, _), _)| (a, b, c, d) == (&lab, &user, &kind, &account));
        let last = of_account.max_by_key(|(_, origin)| origin.at_ms);
        last.map(|((.., region), origin)| (origin, region.clone()))
    }

    /// Other manifests that put users of this lab's name somewhere, and did not take them away again.
    pub(crate) fn namesakes(&self, lab: &LabName) -> BTreeSet<&str> {
        let of_lab = self.known.iter().filter(|((name, ..), _)| name == lab.as_str());
        of_lab.map(|(_, origin)| origin.manifest.as_str()).filter(|manifest| *manifest != self.manifest).collect()
    }
}

/// Writes down whose labs are about to be put where.
pub(crate) fn put(
    context: &Context,
    session: &Session,
    journal: &Journal,
    plan: &Plan,
    wanted: &BTreeMap<UserName, Digest>,
) {
    let manifest = identity(&session.lab.manifest, &context.settings.out);
    for user in &plan.users {
        let (lab, name, target, account, region) =
            spot(&session.lab.name, &user.user, &user.place, kind_at(session, &user.place));
        let desired = wanted.get(&user.user).map(Digest::to_string);
        journal.tell(Happened::LabPut {
            user: name,
            lab,
            manifest: manifest.clone(),
            target,
            account,
            region,
            desired,
        });
    }
}

/// Writes down that nothing of a user's lab is left there.
pub(crate) fn removed(session: &Session, journal: &Journal, lab: &LabName, user: &UserName, place: &Place) {
    let (lab, user, target, account, region) = spot(lab, user, place, kind_at(session, place));
    journal.tell(Happened::LabRemoved { user, lab, target, account, region });
}

/// The kind of the target that a place was reached as.
pub(crate) fn kind_at(session: &Session, place: &Place) -> TargetKind {
    let here = session.connections.values().find(|connection| connection.place == *place);
    here.map_or(session.lab.target.kind, |connection| connection.target.kind)
}

/// Says who has resources of this lab and is not in the manifest: those who have departed from it, and those whom another manifest of the same
/// lab name may have put there. Gives what it said.
pub(crate) fn note_others(context: &Context, session: &Session, found: &Found) -> Vec<String> {
    let mut said = Vec::new();
    let known: BTreeSet<&str> = session.lab.users.iter().map(|user| user.name.as_str()).collect();
    let origins = Origins::read(context, &session.lab);
    let (mut departed, mut apart) = (BTreeSet::new(), BTreeMap::new());
    for (place, observed) in found {
        let users: BTreeSet<&str> = observed.others.values().filter_map(|other| other.user.as_deref()).collect();
        for user in users.into_iter().filter(|user| !known.contains(user)).filter_map(|user| UserName::new(user).ok()) {
            let (lab, kind) = (&session.lab.name, kind_at(session, place));
            if origins.is_from_here_in_account(lab, &user, place, kind) {
                departed.insert(user);
            } else {
                apart.insert(user.to_string(), origins.apart(lab, &user, place, kind));
            }
        }
    }
    if !departed.is_empty() {
        let (count, have) = (departed.len(), if departed.len() == 1 { "user has" } else { "users have" });
        said.push(format!(
            "{count} {have} resources of this lab and no place in the manifest: `labctl plan --prune` shows them, \
             `labctl cleanup --departed` removes them"
        ));
    }
    if let Some(reported) = of_apart(&apart.into_values().collect::<Vec<_>>()) {
        said.push(format!("warning: {reported}; if another manifest has this `lab.name`, give each its own"));
    }
    for line in &said {
        context.audience.note(line);
    }
    said
}

/// One line on those who were not put there from this manifest.
pub(crate) fn of_apart(apart: &[ApartView]) -> Option<String> {
    let users: BTreeSet<&str> = apart.iter().map(|one| one.user.as_str()).collect();
    let first = apart.first()?;
    let listed: Vec<&str> = users.iter().copied().take(NAMED).collect();
    let more = users.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (count, was) = (users.len(), if users.len() == 1 { "user was" } else { "users were" });
    let when = match (&first.deployed_at, &first.manifest) {
        (Some(at), Some(manifest)) => format!("last deployed {at} from `{manifest}`"),
        _ => "when they were last deployed is not known here".to_owned(),
    };
    Some(format!(
        "{count} {was} not deployed to lab `{}` from this manifest: {}{more} ({when})",
        first.lab,
        listed.join(", ")
    ))
}

fn of_events(events: impl Iterator<Item = Event>) -> BTreeMap<Spot, Origin> {
    let mut known = BTreeMap::new();
    for Event { at_ms, event, .. } in events {
        match event {
            Happened::LabPut { user, lab, manifest, target, account, region, .. } => {
                known.insert((lab, user, target, account, region), Origin { manifest, at_ms });
            }
            Happened::LabRemoved { user, lab, target, account, region } => {
                known.remove(&(lab, user, target, account, region));
            }
            _ => {}
        }
    }
    known
}

pub(super) fn spot(lab: &LabName, user: &UserName, place: &Place, kind: TargetKind) -> Spot {
    let (lab, user) = (lab.to_string(), user.to_string());
    (lab, user, kind.to_string(), place.account.to_string(), place.region.to_string())
}

/// A manifest's name that stays when the folder with it and with `out/` moves.
pub(super) fn identity(manifest: &Path, out: &Path) -> String {
    let whole = |path: &Path| {
        std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
    };
    let manifest = whole(manifest);
    let home = whole(out);
    let beside = home.parent().and_then(|home| manifest.strip_prefix(home).ok());
    beside.unwrap_or(&manifest).to_string_lossy().into_owned()
}

fn time(at_ms: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests lay files as they need them")]
mod tests {
    use super::*;
    use crate::model::{AccountId, Region};

    fn put(user: &str, manifest: &str, region: &str) -> Event {
        let event = Happened::LabPut {
            user: user.into(),
            lab: "lab6".into(),
            manifest: manifest.into(),
            target: "aws".into(),
            account: "111111111111".into(),
            region: region.into(),
            desired: None,
        };
        Event { at_ms: 1_764_374_400_000, run: 1, event }
    }

    fn removed(user: &str, region: &str) -> Event {
        let event = Happened::LabRemoved {
            user: user.into(),
            lab: "lab6".into(),
            target: "aws".into(),
            account: "111111111111".into(),
            region: region.into(),
        };
        Event { at_ms: 0, run: 2, event }
    }

    #[test]
    fn whoever_put_a_lab_there_last_has_it_until_it_is_removed() {
        let events = [
            put("ann", "a.toml", "eu-west-1"),
            put("bob", "a.toml", "eu-west-1"),
            put("bob", "b.toml", "eu-west-1"),
            put("cid", "a.toml", "eu-west-1"),
            put("cid", "a.toml", "us-east-1"),
            removed("cid", "eu-west-1"),
        ];
        let origins = Origins { manifest: "a.toml".into(), known: of_events(events.into_iter()) };
        let lab = LabName::new("lab6").unwrap();
        let place = |region: &str| Place {
            account: AccountId::new("111111111111").unwrap(),
            region: Region::new(region).unwrap(),
        };
        let is_ours = |user: &str, region: &str, kind| {
            origins.is_from_here(&lab, &UserName::new(user).unwrap(), &place(region), kind)
        };
        let aws = TargetKind::Aws;
        assert!(is_ours("ann", "eu-west-1", aws) && !is_ours("ann", "us-east-1", aws));
        assert!(
            !is_ours("ann", "eu-west-1", TargetKind::Local),
            "the same account number on this machine is another account"
        );
        assert!(!is_ours("bob", "eu-west-1", aws), "another manifest has put it there since");
        assert!(!is_ours("cid", "eu-west-1", aws) && is_ours("cid", "us-east-1", aws));
        assert_eq!(origins.namesakes(&lab), BTreeSet::from(["b.toml"]));
        assert_eq!(origins.namesakes(&LabName::new("lab7").unwrap()), BTreeSet::new());
        let reported =
            of_apart(&[origins.apart(&lab, &UserName::new("bob").unwrap(), &place("eu-west-1"), aws)]).unwrap();
        assert_eq!(
            reported,
            "1 user was not deployed to lab `lab6` from this manifest: bob (last deployed 2025-11-29T00:00:00.000Z from `b.toml`)"
        );
    }

    #[test]
    fn a_manifest_is_known_by_where_it_stands_beside_its_results() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(folder.path().join(name), "").unwrap();
        std::fs::create_dir_all(folder.path().join("out")).unwrap();
        write("a.toml");
        let out = folder.path().join("out");
        assert_eq!(identity(&folder.path().join("a.toml"), &out), "a.toml");
        let elsewhere = tempfile::tempdir().unwrap();
        assert!(identity(&folder.path().join("a.toml"), elsewhere.path()).ends_with("/a.toml"));
    }
}
