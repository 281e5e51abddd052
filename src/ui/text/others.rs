//! Who and what stands beside a class: users of the lab's name, things of the students' own, and work that was saved.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::style::{Style, counted_len};
use super::super::view::{ApartView, ByHandView, PulledUser};

/// Users reported one by one before they are summed up.
const FEW: usize = 3;

/// Users of the lab's name who stay, each on a line of its own, with a line on what they are; empty where there are none.
pub(super) fn apart(others: &[ApartView], style: Style) -> String {
    let users: BTreeSet<&str> = others.iter().map(|one| one.user.as_str()).collect();
    let mut text = String::new();
    for user in &users {
        let Some(one) = others.iter().filter(|one| one.user == *user).max_by_key(|one| one.deployed_at.clone()) else {
            continue;
        };
        let when = match (&one.deployed_at, &one.manifest) {
            (Some(at), Some(manifest)) => match one.deployed_in.as_ref().filter(|region| **region != one.region) {
                Some(region) => format!("last deployed {at} to {region} from `{manifest}`"),
                None => format!("last deployed {at} from `{manifest}`"),
            },
            _ => "when last deployed is not known here".to_owned(),
        };
        let _ = writeln!(text, "{}", style.wrap(&format!("{user}: stays ({when})"), 4));
    }
    if users.is_empty() {
        return text;
    }
    let users = counted_len(users.len(), "user");
    let reported =
        format!("{users} of this lab's name not deployed here from this manifest: `--also USER` removes one.");
    text + &style.wrap(&reported, 2) + "\n"
}

/// What begins as users' names do and is not labctl's, as lines; empty where there is nothing.
pub(super) fn by_hand(by_hand: &[ByHandView], style: Style) -> String {
    let reported = |user: &str, count: usize| {
        let (things, begin) = if count == 1 { ("thing", "begins") } else { ("things", "begin") };
        format!("{count} more {things} {begin} with `{user}-`")
    };
    let removes = "`labctl cleanup --with-prefix` removes what is not labctl's";
    let mut text = String::new();
    for one in by_hand.iter().take(FEW) {
        let _ = write!(text, "\n{}", style.wrap(&format!("{} ({removes}).", reported(&one.user, one.count)), 2));
    }
    let more = by_hand.get(FEW..).unwrap_or_default();
    if !more.is_empty() {
        let count: usize = more.iter().map(|one| one.count).sum();
        let line = format!("{count} more of {} (--json lists them).", counted_len(more.len(), "other user"));
        let _ = write!(text, "\n{}", style.wrap(&line, 2));
    }
    text
}

/// What was saved before it went, as lines; empty where nothing was.
pub(super) fn saved(saved: &[PulledUser], style: Style) -> String {
    let mut text = String::new();
    for user in saved.iter().take(FEW) {
        let count = counted_len(user.resources.len(), "edited resource");
        let line = format!("{}: saved {count} under `{}` first.", style.user(&user.user), user.folder.display());
        let _ = write!(text, "\n{}", style.wrap(&line, 2));
    }
    let more = saved.get(FEW..).unwrap_or_default();
    if !more.is_empty() {
        let users: BTreeSet<&str> = more.iter().map(|user| user.user.as_str()).collect();
        let count: usize = more.iter().map(|user| user.resources.len()).sum();
        let count = counted_len(count, "edited resource");
        let users = counted_len(users.len(), "other user");
        let _ = write!(text, "\n{}", style.wrap(&format!("Saved {count} of {users} the same way first."), 2));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::ui::view::{ByHandResource, PulledResource};

    #[test]
    fn what_stands_beside_a_class_is_reported_in_a_few_lines() {
        let style = Style::plain();
        let one = |user: &str, count: usize| ByHandView {
            user: user.into(),
            count,
            resources: vec![ByHandResource { kind: Kind::Function, name: format!("{user}-extra") }],
        };
        let reported = by_hand(&[one("s05", 2), one("s06", 1), one("s07", 1), one("s08", 4), one("s09", 1)], style);
        assert!(
            reported.starts_with("\n2 more things begin with `s05-` (`labctl cleanup --with-prefix`"),
            "{reported}"
        );
        assert!(reported.contains("\n1 more thing begins with `s06-`"), "{reported}");
        assert!(reported.ends_with("\n5 more of 2 other users (--json lists them)."), "{reported}");
        let user = |name: &str| PulledUser {
            user: name.into(),
            folder: format!("out/{name}/edited/now").into(),
            resources: vec![PulledResource { kind: Kind::Role, name: "r".into(), files: Vec::new() }],
        };
        let reported = saved(&["a", "b", "c", "d", "e"].map(user), style);
        assert!(reported.starts_with("\na: saved 1 edited resource under `out/a/edited/now` first."), "{reported}");
        assert!(reported.ends_with("\nSaved 2 edited resources of 2 other users the same way first."), "{reported}");
        let other = ApartView {
            user: "b01".into(),
            lab: "lab6".into(),
            region: "us-east-1".into(),
            deployed_at: None,
            deployed_in: None,
            manifest: None,
        };
        let known = ApartView {
            deployed_at: Some("2026-11-29T10:00:00.000Z".into()),
            manifest: Some("b.toml".into()),
            ..other.clone()
        };
        assert_eq!(
            apart(&[other.clone(), known.clone()], style),
            "b01: stays (last deployed 2026-11-29T10:00:00.000Z from `b.toml`)\n1 user of this lab's name not deployed here from this manifest: \
             `--also USER` removes one.\n"
        );
        let elsewhere = ApartView { deployed_in: Some("eu-central-1".into()), ..known.clone() };
        assert!(
            apart(&[elsewhere], style)
                .starts_with("b01: stays (last deployed 2026-11-29T10:00:00.000Z to eu-central-1 from `b.toml`)")
        );
        assert!(apart(&[other], style).contains("when last deployed is not known here"));
        assert_eq!((apart(&[], style), by_hand(&[], style), saved(&[], style)), Default::default());
    }
}
