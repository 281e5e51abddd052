//! `labctl doctor` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity};
use super::super::view::DoctorView;

/// The text of what `doctor` found, the summary line last.
pub(in crate::ui) fn doctor(view: &DoctorView, style: Style, verbosity: Verbosity) -> String {
    let checks = &view.checks;
    let count = |state: &str| checks.iter().filter(|check| check.state == state).count();
    let (problems, warnings) = (count("failed"), count("warning"));
    let fine = count("ok");
    let head = if problems == 0 {
        style.paint(Ink::Good, "Doctor: ready:")
    } else {
        style.paint(Ink::Bad, "Doctor: not ready:")
    };
    let summary = style.wrap(&format!("{head} {fine} fine, {warnings} to know, {problems} to fix."), 2);
    let mut text = String::new();
    for check in checks {
        if verbosity == Verbosity::Quiet && check.state != "failed" {
            continue;
        }
        let word = match check.state.as_str() {
            "ok" => style.paint(Ink::Good, "fine"),
            "warning" => style.paint(Ink::Warning, "know"),
            "failed" => style.paint(Ink::Bad, "fix "),
            _ => "skip".to_owned(),
        };
        let _ = writeln!(text, "{}", style.wrap(&format!("{word}  {}: {}", check.name, check.detail), 6));
        if let Some(help) = &check.help {
            let _ = writeln!(text, "{}", style.wrap(&format!("      {help}"), 6));
        }
    }
    text + &summary
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::view::DoctorCheck;

    #[test]
    fn what_is_to_fix_comes_with_its_help() {
        let check = |name: &str, state: &str, help: Option<&str>| DoctorCheck {
            name: name.into(),
            state: state.into(),
            detail: format!("{name} was looked at"),
            help: help.map(str::to_owned),
        };
        let checks = vec![
            check("credentials", "ok", None),
            check("python3", "failed", Some("install Python 3.10 or newer")),
            check("runtime", "warning", None),
        ];
        let view = DoctorView { checks };
        insta::assert_snapshot!(doctor(&view, Style::plain(), Verbosity::Normal));
    }
}
