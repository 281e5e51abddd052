//! `labctl plan` as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::PlanView;
use super::differences::differences;
use super::{others, preflight};
use crate::plan::{Action, Change, FieldChange, Summary, UserPlan};

/// Users that are alike are shown up to this many.
const SHOWN: usize = 3;

/// The text of a plan, the summary line last.
pub(in crate::ui) fn plan(view: &PlanView, style: Style, verbosity: Verbosity) -> String {
    let summary = summary(view, style);
    if verbosity == Verbosity::Quiet {
        return summary;
    }
    let mut text = legend(view, style);
    text += &blocks(&view.users, "", style, verbosity);
    text += &blocks(view.departed.as_deref().unwrap_or_default(), " (not in the manifest any more)", style, verbosity);
    if !text.is_empty() {
        text.push('\n');
    }
    text += &others::apart(&view.others, style);
    let reported = view.preflight.as_ref().map(|view| preflight::preflight(view, style)).unwrap_or_default();
    let simulated = view.simulation.as_ref().map(|view| preflight::simulation(view, style)).unwrap_or_default();
    if !reported.is_empty() || !simulated.is_empty() {
        let _ = writeln!(text, "{reported}{simulated}");
    }
    text + &summary
}

/// The users who have changes; those that are alike are folded. `remark` goes beside the name.
fn blocks(users: &[UserPlan], remark: &str, style: Style, verbosity: Verbosity) -> String {
    let mut text = String::new();
    let alike = alike(users);
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for (user, signature) in users.iter().zip(&alike.signatures) {
        if signature.is_empty() {
            continue;
        }
        let count = alike.counts.get(signature.as_str()).copied().unwrap_or(0);
        let number = shown.entry(signature).or_default();
        *number += 1;
        // One user left over would take the line that the fold takes.
        let fold = verbosity < Verbosity::Verbose && count > SHOWN + 1;
        if !fold || *number <= SHOWN {
            text.push_str(&block(user, remark, style, verbosity));
        }
        if fold && *number == SHOWN {
            let more = count - SHOWN;
            let line = format!("{} {more} more alike (--verbose lists them)", style.ellipsis());
            let _ = writeln!(text, "{}", style.wrap(&style.paint(Ink::Dim, line), 4));
        }
    }
    text
}

/// `No changes.` or the counts; edited and foreign things are counted only when there are any.
fn summary(view: &PlanView, style: Style) -> String {
    let Summary { create, update, delete, unchanged, edited, foreign } = view.summary;
    let users = counted_len(view.users.len(), "user");
    let departed = departed(view);
    if create + update + delete + edited + foreign == 0 {
        return style.wrap(&format!("No changes.{departed}"), 2);
    }
    // What is in the way is a change that deploy would want and cannot make.
    let mut text = if create + update + delete + foreign == 0 {
        "No changes.".to_owned()
    } else {
        format!("Plan: {create} to create, {update} to update, {delete} to delete, {unchanged} unchanged ({users}).")
    };
    if edited > 0 {
        let _ = write!(text, "\n{edited} edited by users and kept (--overwrite-edits changes them back).");
    }
    if foreign > 0 {
        let _ = write!(text, "\n{foreign} in the way and not labctl's: left alone, and deploy fails for their users.");
    }
    style.wrap(&(text + &departed), 2)
}

/// Who has left something behind, as a line of its own; nothing where that was not asked for.
fn departed(view: &PlanView) -> String {
    let Some(departed) = &view.departed else { return String::new() };
    let users: BTreeSet<_> = departed.iter().map(|user| &user.user).collect();
    let resources: usize = departed.iter().map(|user| user.changes.len()).sum();
    if users.is_empty() {
        let nobody =
            if view.others.is_empty() { "Nobody else has anything of this lab." } else { "Nobody has departed." };
        return format!("\n{nobody}");
    }
    let (resources, users) = (counted_len(resources, "resource"), counted_len(users.len(), "user"));
    format!(
        "\n{resources} of {users} not in the manifest any more: `labctl cleanup --departed` removes them, `deploy` does not."
    )
}

/// Symbol, word and ink; unchanged things have none, they are counted.
fn sign(action: Action) -> Option<(&'static str, &'static str, Ink)> {
    match action {
        Action::Unchanged => None,
        Action::Create => Some(("+", "create", Ink::Good)),
        Action::Update => Some(("~", "update", Ink::Warning)),
        Action::Delete => Some(("-", "delete", Ink::Bad)),
        Action::Edited => Some(("!", "edited by the user", Ink::Notice)),
        Action::Foreign => Some(("x", "foreign", Ink::Bad)),
    }
}

/// The symbols in use, each with its word.
fn legend(view: &PlanView, style: Style) -> String {
    let users = view.users.iter().chain(view.departed.iter().flatten());
    let mut actions: Vec<Action> = users.flat_map(|user| &user.changes).map(|change| change.action).collect();
    actions.sort_unstable();
    actions.dedup();
    let words: Vec<String> = actions
        .into_iter()
        .filter_map(sign)
        .map(|(symbol, word, ink)| style.paint(ink, format!("{symbol} {word}")))
        .collect();
    if words.is_empty() { String::new() } else { format!("{}\n\n", style.wrap(&words.join("   "), 0)) }
}

/// What each user's changes look like with the name taken out, and how many users share it.
struct Alike {
    signatures: Vec<String>,
    counts: BTreeMap<String, usize>,
}

fn alike(users: &[UserPlan]) -> Alike {
    let signatures: Vec<String> = users.iter().map(signature).collect();
    let mut counts = BTreeMap::new();
    for signature in &signatures {
        *counts.entry(signature.clone()).or_default() += 1;
    }
    Alike { signatures, counts }
}

fn signature(user: &UserPlan) -> String {
    let own = format!("{}-", user.user);
    let mut text = String::new();
    for change in changed(user) {
        let diff = serde_json::to_string(&change.diff).unwrap_or_default();
        let line = format!("{} {:?} {} {diff}", change.key, change.action, change.reason);
        let _ = writeln!(text, "{}", line.replace(&own, "\u{0}-"));
    }
    text
}

fn changed(user: &UserPlan) -> impl Iterator<Item = &Change> {
    user.changes.iter().filter(|change| change.action != Action::Unchanged)
}

fn block(user: &UserPlan, remark: &str, style: Style, verbosity: Verbosity) -> String {
    let mut text =
        format!("{}\n", style.wrap(&format!("{}{remark}", style.paint(Ink::Bold, style.user(user.user.as_str()))), 2));
    for change in changed(user) {
        let Some((symbol, word, ink)) = sign(change.action) else { continue };
        let because = match change.action {
            Action::Create | Action::Unchanged if verbosity < Verbosity::Verbose => String::new(),
            Action::Delete if change.edited => String::new(),
            _ if change.reason.is_empty() => String::new(),
            _ => format!(": {}", change.reason),
        };
        let edited = match change.action {
            Action::Delete if change.edited => {
                format!("   {}, saved first", style.paint(Ink::Notice, "! edited by the user"))
            }
            _ => String::new(),
        };
        let line = format!("  {} {}{edited}{because}", style.paint(ink, format!("{symbol} {word}")), change.key);
        let _ = writeln!(text, "{}", style.wrap(&line, 6));
        // A package's digests say nothing to anybody, and its lines are read only when they are asked for.
        let is_digest = |field: &FieldChange| verbosity < Verbosity::Verbose && field.field == "code";
        let fields: Vec<FieldChange> = change.diff.iter().filter(|field| !is_digest(field)).cloned().collect();
        text += &differences(&fields, change.states.as_ref(), change.action == Action::Edited, 6, style, verbosity);
        if fields.len() < change.diff.len() {
            let line = "      code: differs (`labctl status --diff` shows the lines)";
            let _ = writeln!(text, "{}", style.wrap(line, 8));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{AccountId, Key, Kind, Place, Region, UserName};
    use crate::plan::Plan;

    fn change(user: &str, kind: Kind, name: &str, action: Action) -> Change {
        Change {
            key: Key::new(kind, format!("{user}-{name}")),
            action,
            reason: String::new(),
            edited: false,
            parts: BTreeSet::new(),
            diff: Vec::new(),
            states: None,
            resource: None,
            arn: String::new(),
            claim: None,
            calls: Vec::new(),
        }
    }

    fn planned(user: &str, changes: Vec<Change>) -> UserPlan {
        let place = Place { account: AccountId::zero(), region: Region::new("us-east-1").unwrap() };
        UserPlan { user: UserName::new(user).unwrap(), lab: "lab6".to_owned(), place, changes }
    }

    fn view(users: Vec<UserPlan>) -> PlanView {
        let plan = Plan { users };
        PlanView {
            summary: plan.summary(),
            users: plan.users,
            departed: None,
            others: Vec::new(),
            preflight: None,
            simulation: None,
        }
    }

    fn a_class() -> PlanView {
        let mut users: Vec<_> = (1..=300)
            .map(|number| {
                let user = format!("user{number}");
                let changes = vec![
                    change(&user, Kind::Role, "stepfunctions-role", Action::Create),
                    change(&user, Kind::StateMachine, "order-processing-workflow", Action::Create),
                    change(&user, Kind::LogGroup, "g", Action::Unchanged),
                ];
                planned(&user, changes)
            })
            .collect();
        let mut update = change("user2", Kind::Function, "order-validator", Action::Update);
        update.reason = "the lab changed".to_owned();
        update.diff = vec![FieldChange {
            field: "runtime".into(),
            from: Some(json!("python3.12")),
            to: Some(json!("python3.13")),
        }];
        let mut edited = change("user2", Kind::StateMachine, "express-workflow", Action::Edited);
        edited.reason = "kept".to_owned();
        users[1].changes = vec![update, edited];
        view(users)
    }

    #[test]
    fn a_class_is_folded() {
        insta::assert_snapshot!(plan(&a_class(), Style::plain(), Verbosity::Normal));
    }

    #[test]
    fn quiet_is_the_summary_and_verbose_is_everybody() {
        insta::assert_snapshot!(plan(&a_class(), Style::plain(), Verbosity::Quiet));
        let verbose = plan(&a_class(), Style::plain(), Verbosity::Verbose);
        assert!(verbose.contains("\nuser300\n"));
    }

    #[test]
    fn code_is_not_reported_as_digests() {
        let mut edited = change("ann", Kind::Function, "f", Action::Edited);
        let field =
            |field: &str| FieldChange { field: field.into(), from: Some(json!("rzXi=")), to: Some(json!("AnUV=")) };
        edited.diff = vec![field("code"), field("handler")];
        let view = view(vec![planned("ann", vec![edited])]);
        let shown = plan(&view, Style::plain(), Verbosity::Normal);
        assert!(shown.contains("code: differs (`labctl status --diff` shows the lines)"), "{shown}");
        assert_eq!(shown.matches("rzXi=").count(), 1, "{shown}");
        assert_eq!(plan(&view, Style::plain(), Verbosity::Verbose).matches("rzXi=").count(), 2);
    }

    #[test]
    fn a_narrow_terminal_is_not_overrun() {
        let style = Style { width: 40, terminal: true, unicode: true, ..Style::plain() };
        let text = plan(&a_class(), style, Verbosity::Normal);
        assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 40), "{text}");
        assert!(text.contains("… 296 more alike"));
    }

    #[test]
    fn colour_never_carries_the_meaning_alone() {
        let style = Style { color: true, ..Style::plain() };
        let coloured = plan(&a_class(), style, Verbosity::Normal);
        assert!(coloured.contains("\u{1b}[32m+ create\u{1b}["), "{coloured:?}");
        let stripped = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
        assert_eq!(stripped, plan(&a_class(), Style::plain(), Verbosity::Normal));
    }

    #[test]
    fn who_was_renamed_is_gone_and_new() {
        let new = planned("anna", vec![change("anna", Kind::Role, "r", Action::Create)]);
        let gone = planned("ann", vec![change("ann", Kind::Role, "r", Action::Delete)]);
        let view = PlanView { departed: Some(vec![gone]), ..view(vec![new]) };
        insta::assert_snapshot!(plan(&view, Style::plain(), Verbosity::Normal), @r"
        + create   - delete

        anna
          + create role anna-r
        ann (not in the manifest any more)
          - delete role ann-r

        Plan: 1 to create, 0 to update, 0 to delete, 0 unchanged (1 user).
        1 resource of 1 user not in the manifest any more: `labctl cleanup --departed` removes them, `deploy` does not.
        ");
        let view = PlanView { departed: Some(Vec::new()), ..self::view(Vec::new()) };
        assert_eq!(
            plan(&view, Style::plain(), Verbosity::Normal),
            "No changes.\nNobody else has anything of this lab."
        );
    }

    #[test]
    fn nothing_to_do_is_said_in_two_words() {
        let unchanged = change("ann", Kind::Role, "r", Action::Unchanged);
        let view = view(vec![planned("ann", vec![unchanged])]);
        assert_eq!(plan(&view, Style::plain(), Verbosity::Normal), "No changes.");
    }
}
