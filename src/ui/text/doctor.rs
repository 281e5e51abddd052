//! `labctl doctor` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity};
use super::super::view::{CheckState, DoctorView};

/// The text of what `doctor` found, the summary line last.
pub(in crate::ui) fn doctor(view: &DoctorView, style: Style, verbosity: Verbosity) -> String {
    let checks = &view.checks;
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let (problems, warnings) = (count(CheckState::Failed), count(CheckState::Warning));
    let fine = count(CheckState::Ok);
    let head = if problems == 0 {
        style.paint(Ink::Good, "Doctor: ready:")
    } else {
        style.paint(Ink::Bad, "Doctor: not ready:")
    };
    let summary = style.wrap(&format!("{head} {fine} fine, {warnings} to know, {problems} to fix."), 2);
    let mut text = String::new();
    for check in checks {
        if verbosity == Verbosity::Quiet && check.state != CheckState::Failed {
            continue;
        }
        let word = match check.state {
            CheckState::Ok => style.paint(Ink::Good, "fine"),
            CheckState::Warning => style.paint(Ink::Warning, "know"),
            CheckState::Failed => style.paint(Ink::Bad, "fix "),
            CheckState::Skipped => "skip".to_owned(),
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
        let check = |name: &str, state, help: Option<&str>| DoctorCheck {
            name: name.into(),
            state,
            detail: format!("{name} was looked at"),
            help: help.map(str::to_owned),
        };
        let checks = vec![
            check("credentials", CheckState::Ok, None),
            check("python3", CheckState::Failed, Some("install Python 3.10 or newer")),
            check("runtime", CheckState::Warning, None),
        ];
        let view = DoctorView { checks };
        insta::assert_snapshot!(doctor(&view, Style::plain(), Verbosity::Normal));
    }
}
