//! What was changed and not deployed since: a trial judges what is there, and whoever edited the pack since then would look for the edit in
//! vain. The journal knows what every user should have had at the last deployment.

use std::collections::BTreeMap;

use super::context::Context;
use super::origins::{Spot, identity, kind_at, spot};
use super::rendering;
use super::session::Session;
use super::step::Step;
use crate::event::{Event, Happened, Journal};
use crate::host;
use crate::kind::Desired;
use crate::model::UserName;
use crate::ui::counted_len;

/// What the events are known by.
const TOLD: [&str; 2] = ["\"type\":\"lab-", "\"type\":\"user-finished\""];

/// Users named before the rest is counted.
const NAMED: usize = 3;

/// A user's last deployment that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Deployed {
    at_ms: i64,
    manifest: String,
    /// The digest of what the user should have had.
    desired: String,
}

/// Says for whom what should be there is no more what was last deployed from this manifest. Gives what it said. Nothing of a part of a
/// command: its lab was read before, or deployed by another part.
pub(crate) fn note(context: &Context, session: &Session, desired: &Desired, step: &Step) -> Option<String> {
    if step.is_part() {
        return None;
    }
    let events = Journal::read_having(&context.settings.journal_path(), &TOLD).into_iter().flatten();
    let deployed = of_events(events);
    let manifest = identity(&session.lab.manifest, &context.settings.out);
    let mut changed = Vec::new();
    let mut last_ms = 0;
    for user in &desired.users {
        let kind = kind_at(session, &user.place);
        let before = deployed.get(&spot(&session.lab.name, &user.user, &user.place, kind));
        let Some(before) = before.filter(|before| before.manifest == manifest) else { continue };
        if before.desired != user.digest().as_str() {
            changed.push(&user.user);
            last_ms = last_ms.max(before.at_ms);
        }
    }
    let whose = if changed.len() < desired.users.len() { named(&changed) } else { String::new() };
    let said = (!changed.is_empty()).then(|| {
        format!(
            "the pack or its settings changed since `labctl deploy` at {}{whose}: what is deployed is tested; run `labctl deploy` to test \
             the change",
            time(last_ms, host::now_ms())
        )
    });
    if let Some(said) = &said {
        context.audience.note(said);
    }
    said
}

/// The same for one execution, which is started without rendering anything: where that would fetch packages, nothing is said.
pub(crate) fn note_of_run(context: &Context, session: &Session) {
    if session.lab.pack.functions.iter().any(|function| function.requirements.is_some()) {
        return;
    }
    if let Ok(rendered) = rendering::wanted(context, session) {
        note(context, session, &rendered.desired, &Step::whole(context));
    }
}

fn named(users: &[&UserName]) -> String {
    let listed: Vec<String> = users.iter().take(NAMED).map(|user| format!("`{user}`")).collect();
    let more = users.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {}", counted_len(more, "more user")) } else { String::new() };
    format!(" for {}{more}", listed.join(", "))
}

/// A time of today as hours and minutes, another with its day; UTC.
fn time(at_ms: i64, now_ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let format = if at_ms.div_euclid(DAY_MS) == now_ms.div_euclid(DAY_MS) { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
    at.strftime(format).to_string()
}

fn of_events(events: impl Iterator<Item = Event>) -> BTreeMap<Spot, Deployed> {
    let mut begun: BTreeMap<(u32, String), (Spot, Deployed)> = BTreeMap::new();
    let mut known = BTreeMap::new();
    for Event { at_ms, run, event } in events {
        match event {
            Happened::LabPut { user, lab, manifest, target, account, region, desired } => {
                let whose = (run, user.clone());
                let desired = desired.map(|desired| Deployed { at_ms, manifest, desired });
                match desired {
                    Some(deployed) => begun.insert(whose, ((lab, user, target, account, region), deployed)),
                    None => begun.remove(&whose),
                };
            }
            Happened::UserFinished { user, ok: true, .. } => {
                if let Some((spot, deployed)) = begun.remove(&(run, user)) {
                    known.insert(spot, Deployed { at_ms, ..deployed });
                }
            }
            Happened::LabRemoved { user, lab, target, account, region } => {
                known.remove(&(lab, user, target, account, region));
            }
            _ => {}
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(run: u32, desired: Option<&str>) -> Event {
        let event = Happened::LabPut {
            user: "ann".into(),
            lab: "lab6".into(),
            manifest: "lab-manifest.toml".into(),
            target: "aws".into(),
            account: "111111111111".into(),
            region: "eu-west-1".into(),
            desired: desired.map(str::to_owned),
        };
        Event { at_ms: 1, run, event }
    }

    fn finished(run: u32, at_ms: i64, ok: bool) -> Event {
        Event { at_ms, run, event: Happened::UserFinished { user: "ann".into(), ok, changed: 1, error: None } }
    }

    #[test]
    fn what_was_deployed_is_known_of_the_last_run_that_came_to_its_end() {
        let known = |events: &[Event]| {
            let known = of_events(events.iter().cloned()).into_values();
            known.map(|deployed| format!("{} {}", deployed.desired, deployed.at_ms)).collect::<Vec<_>>().join(" ")
        };
        let mut events = vec![put(1, Some("a")), finished(1, 5, true)];
        assert_eq!(known(&events), "a 5");
        events.extend([put(2, Some("b")), finished(2, 6, false), finished(3, 7, true)]);
        assert_eq!(known(&events), "a 5", "one that failed, and a run that deployed nothing");
        events.extend([put(4, None), finished(4, 8, true)]);
        assert_eq!(known(&events), "a 5", "an earlier version does not say what");
        let (user, lab) = ("ann".to_owned(), "lab6".to_owned());
        let (target, account, region) = ("aws".to_owned(), "111111111111".to_owned(), "eu-west-1".to_owned());
        events.push(Event { at_ms: 9, run: 5, event: Happened::LabRemoved { user, lab, target, account, region } });
        assert_eq!(known(&events), "");
    }

    #[test]
    fn the_events_that_are_looked_for_are_written_so() {
        let removed = Happened::LabRemoved {
            user: String::new(),
            lab: String::new(),
            target: String::new(),
            account: String::new(),
            region: String::new(),
        };
        let events = [put(1, None), finished(1, 1, true), Event { at_ms: 1, run: 1, event: removed }];
        for line in events.map(|event| serde_json::to_string(&event).unwrap()) {
            assert!(TOLD.iter().any(|text| line.contains(text)), "{line}");
        }
    }

    #[test]
    fn a_time_of_today_has_no_day() {
        assert_eq!(time(1_796_000_585_123, 1_796_000_999_000), "01:03 UTC");
        assert_eq!(time(1_796_000_585_123, 1_796_100_000_000), "2026-11-30 01:03 UTC");
    }
}
