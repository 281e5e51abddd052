//! What was made for users and not removed again, as far as the journal knows: the names that are theirs where no pack says so.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::session::Session;
use crate::event::{Event, Happened, Journal};
use crate::model::{Key, LabName, Place, TargetKind, UserName};

/// User, target, account, region.
type Spot = (String, String, String, String);

/// The names, by whose they are and where.
pub(crate) struct Made(BTreeMap<Spot, BTreeSet<Key>>);

impl Made {
    /// Reads the journal; a missing one knows nothing.
    pub(crate) fn read(context: &Context, session: &Session) -> Self {
        let events = Journal::read(&context.settings.journal_path()).into_iter().flatten();
        Self::of_events(events, &session.lab.name)
    }

    /// What was made for a user somewhere.
    pub(crate) fn of(&self, user: &UserName, place: &Place, kind: TargetKind) -> BTreeSet<Key> {
        let spot = (user.to_string(), kind.to_string(), place.account.to_string(), place.region.to_string());
        self.0.get(&spot).cloned().unwrap_or_default()
    }

    fn of_events(events: impl Iterator<Item = Event>, wanted: &LabName) -> Self {
        // Where each run works for each user: what it makes is told after that.
        let mut at: BTreeMap<(u32, String), Spot> = BTreeMap::new();
        let mut made: BTreeMap<Spot, BTreeSet<Key>> = BTreeMap::new();
        for Event { run, event, .. } in events {
            match event {
                Happened::LabPut { user, lab, target, account, region, .. } => {
                    let whose = (run, user.clone());
                    if lab == wanted.as_str() {
                        at.insert(whose, (user, target, account, region));
                    } else {
                        at.remove(&whose);
                    }
                }
                Happened::LabRemoved { user, lab, target, account, region } if lab == wanted.as_str() => {
                    made.remove(&(user, target, account, region));
                }
                Happened::ChangeSucceeded { user, key, action, .. } if action != "delete" => {
                    if let Some(spot) = at.get(&(run, user)) {
                        made.entry(spot.clone()).or_default().insert(key);
                    }
                }
                _ => {}
            }
        }
        Self(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Function;
    use crate::model::{AccountId, Region};

    fn put(run: u32, user: &str, lab: &str, region: &str) -> Event {
        let event = Happened::LabPut {
            user: user.into(),
            lab: lab.into(),
            manifest: "lab-manifest.toml".into(),
            target: "aws".into(),
            account: "111111111111".into(),
            region: region.into(),
            desired: None,
        };
        Event { at_ms: 0, run, event }
    }

    fn changed(run: u32, user: &str, name: &str, action: &str) -> Event {
        let (user, action, key) = (user.to_owned(), action.to_owned(), Function::key(name));
        Event { at_ms: 0, run, event: Happened::ChangeSucceeded { user, key, action, arn: String::new(), ms: 1 } }
    }

    #[test]
    fn what_was_made_is_known_by_lab_user_and_place() {
        let mut events = vec![
            put(1, "ann", "lab6", "eu-west-1"),
            changed(1, "ann", "ann-a", "create"),
            changed(1, "ann", "ann-b", "update"),
            put(2, "ann", "lab7", "eu-west-1"),
            changed(2, "ann", "ann-of-lab7", "create"),
            changed(3, "ann", "ann-of-no-lab", "create"),
            put(4, "ann", "lab6", "us-east-1"),
            changed(4, "ann", "ann-elsewhere", "create"),
            changed(4, "ann", "ann-old", "delete"),
        ];
        let of = |events: &[Event], region: &str, kind| {
            let made = Made::of_events(events.iter().cloned(), &LabName::new("lab6").unwrap());
            let place =
                Place { account: AccountId::new("111111111111").unwrap(), region: Region::new(region).unwrap() };
            let names = made.of(&UserName::new("ann").unwrap(), &place, kind).into_iter().map(|key| key.name);
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&events, "eu-west-1", TargetKind::Aws), "ann-a ann-b");
        assert_eq!(of(&events, "us-east-1", TargetKind::Aws), "ann-elsewhere");
        assert_eq!(of(&events, "eu-west-1", TargetKind::Local), "");
        let (user, lab) = ("ann".to_owned(), "lab6".to_owned());
        let (target, account, region) = ("aws".to_owned(), "111111111111".to_owned(), "eu-west-1".to_owned());
        events.push(Event { at_ms: 0, run: 5, event: Happened::LabRemoved { user, lab, target, account, region } });
        assert_eq!(of(&events, "eu-west-1", TargetKind::Aws), "");
    }
}
