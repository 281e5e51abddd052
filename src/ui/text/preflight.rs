//! What a plan needs, how long it takes, and how it went in a simulation, as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, duration};
use super::super::view::{CheckState, DoctorCheck, PreflightView, SimulationView};
use crate::plan::Need;

/// On this machine AWS's time is reported only where it is long.
const WORTH_TELLING: f64 = 60.0;

/// The text of a preflight; empty when there is nothing worth telling.
pub(in crate::ui) fn preflight(view: &PreflightView, style: Style) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "{}", style.wrap(line, 2));
    };
    if !view.is_local || view.expected_seconds >= WORTH_TELLING {
        line(&time(view));
    }
    for need in view.needs.iter().filter(|need| !need.fits) {
        let ink = if need.is_in_the_way() { Ink::Bad } else { Ink::Warning };
        line(&format!("{} {}", style.paint(ink, "!"), format_args!("{}: {}", need.name, shortage(need))));
    }
    if view.is_local {
        return text;
    }
    let tight = |need: &&Need| need.fits && need.used.is_some();
    for need in view.needs.iter().filter(tight) {
        line(&room(need));
    }
    if view.dashboards_usd_per_month > 0 {
        line(&dashboards(view));
    }
    for what in &view.unreadable {
        line(&format!("AWS's published quotas are taken, the account's own could not be read: {what}"));
    }
    text
}

impl PreflightView {
    /// The same as checks of `doctor`: one for the time, one for each need that AWS limits, one for the price.
    pub fn checks(&self) -> Vec<DoctorCheck> {
        let check = |name: &str, state, detail: String, help: Option<&str>| DoctorCheck {
            name: name.to_owned(),
            state,
            detail,
            help: help.map(str::to_owned),
        };
        let mut checks = vec![check("time", CheckState::Ok, time(self), None)];
        for need in self.needs.iter().filter(|need| need.quota.is_some()) {
            let (state, help) = match (need.fits, need.is_in_the_way()) {
                (true, _) => (CheckState::Ok, None),
                (false, true) => (CheckState::Failed, Some(RAISE)),
                (false, false) => (CheckState::Warning, Some(RAISE)),
            };
            let detail = if need.fits { amounts(need) } else { shortage(need) };
            checks.push(check(need.name, state, detail, help));
        }
        if self.dashboards_usd_per_month > 0 && !self.is_local {
            let help = "`labctl cleanup` removes them after the lesson";
            checks.push(check("dashboards", CheckState::Warning, dashboards(self), Some(help)));
        }
        for what in &self.unreadable {
            let help = "AWS's published figures are taken; allow `iam:GetAccountSummary`, `lambda:GetAccountSettings` and \
                        `servicequotas:ListServiceQuotas` to see the account's own";
            checks.push(check("quotas", CheckState::Warning, what.clone(), Some(help)));
        }
        checks
    }
}

/// What to do about a quota.
const RAISE: &str = "raise the quota in Service Quotas, remove what is not needed, or choose fewer users";

/// How long it takes and why.
fn time(view: &PreflightView) -> String {
    let place = if view.is_local { "On AWS this would take" } else { "This takes" };
    let about = duration(ms(view.expected_seconds));
    let bound = view.loads.first().filter(|load| view.bound_by.as_ref() == Some(&load.bucket));
    let because = bound.map_or_else(String::new, |load| {
        let (calls, burst, rate) = (load.calls, load.burst, load.per_second);
        format!(", bound by {}: {calls} calls, {burst} at once and then {rate} a second", load.bucket)
    });
    format!("{place} about {about}{because}.")
}

/// What the dashboards cost.
fn dashboards(view: &PreflightView) -> String {
    let count = view.needs.iter().find(|need| need.name == "dashboards").map_or(0, |need| need.need);
    format!("{count} dashboards cost about ${} a month while they stand.", view.dashboards_usd_per_month)
}

/// What a need asks for, and what there is of it.
fn room(need: &Need) -> String {
    format!("{}: {}", need.name, amounts(need))
}

fn amounts(need: &Need) -> String {
    let of = match (need.used, need.quota) {
        (Some(used), Some(quota)) => format!(", {} of {} used", amount(need, used), amount(need, quota)),
        (None, Some(quota)) => format!(", {} in all ({})", amount(need, quota), source(need)),
        _ => String::new(),
    };
    format!("{} more{of}", amount(need, need.need))
}

/// What does not fit.
fn shortage(need: &Need) -> String {
    let consequence = match need.name {
        "concurrency" => "users wait for each other when all run at once",
        _ if need.is_in_the_way() => "deploy refuses before it begins",
        _ => "this account may have more",
    };
    format!("{} in account {}: {consequence}", amounts(need), need.account)
}

fn source(need: &Need) -> &'static str {
    if need.source == "account" { "the account's own" } else { "as AWS publishes it" }
}

/// Bytes of code in a unit that reads well; everything else as it is.
fn amount(need: &Need, value: u64) -> String {
    if need.name != "code-storage" {
        return value.to_string();
    }
    match value {
        0..=1_048_575 => format!("{} KiB", value.div_ceil(1024)),
        1_048_576..=1_073_741_823 => format!("{} MiB", value.div_ceil(1 << 20)),
        _ => format!("{} GiB", value >> 30),
    }
}

/// The text of a simulation.
pub(in crate::ui) fn simulation(view: &SimulationView, style: Style) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        let _ = writeln!(text, "{}", style.wrap(line, 2));
    };
    let SimulationView { changes, calls, throttled, failed, .. } = view;
    let took = duration(ms(view.seconds));
    let share = percent(*throttled, *calls);
    let head = style.paint(Ink::Bold, "Simulated:");
    line(&format!("{head} {changes} changes in {took} of AWS's time, {calls} calls, {throttled} throttled ({share})."));
    if let (Some(bound), Some(ratio)) = (&view.bound_by, view.ratio) {
        let least = duration(ms(view.bound_seconds));
        line(&format!("Nobody is faster than {least}, which {bound} sets; this took {ratio} times as long."));
    }
    if *failed > 0 {
        let first = view.error.as_deref().unwrap_or("no reason was given");
        line(&format!("{} {failed} changes failed there: {first}", style.paint(Ink::Bad, "!")));
    }
    text
}

fn percent(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(10_000).checked_div(whole).unwrap_or_default();
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float saturates; seconds of a class are few"
)]
fn ms(seconds: f64) -> u64 {
    (seconds * 1000.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Load;

    fn need(name: &'static str, need: u64, used: Option<u64>, quota: Option<u64>, source: &'static str) -> Need {
        let fits = quota.is_none_or(|quota| need + used.unwrap_or_default() <= quota);
        Need { name, account: "123456789012".into(), region: "eu-west-1".into(), need, used, quota, source, fits }
    }

    fn view() -> PreflightView {
        let load = Load {
            bucket: "states:CreateStateMachine".into(),
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            calls: 900,
            burst: 100.0,
            per_second: 1.0,
            seconds: 800.0,
        };
        PreflightView {
            expected_seconds: 810.0,
            bound_seconds: 800.0,
            bound_by: Some("states:CreateStateMachine".into()),
            loads: vec![load],
            needs: vec![
                need("roles", 600, Some(812), Some(1000), "account"),
                need("functions", 1800, None, None, "published"),
                need("code-storage", 5_000_000, Some(3 << 30), Some(300 << 30), "account"),
                need("concurrency", 300, Some(0), Some(10), "account"),
                need("dashboards", 300, None, None, "published"),
            ],
            dashboards_usd_per_month: 891,
            unreadable: vec!["roles: iam:GetAccountSummary: AccessDenied: no".into()],
            ..PreflightView::default()
        }
    }

    #[test]
    fn a_class_that_does_not_fit() {
        insta::assert_snapshot!(preflight(&view(), Style::plain()));
    }

    #[test]
    fn on_this_machine_only_what_is_long_is_reported() {
        let long = PreflightView { is_local: true, needs: Vec::new(), ..view() };
        let reported = preflight(&long, Style::plain());
        assert!(
            reported.starts_with("On AWS this would take about 13 min 30 s, bound by states:CreateStateMachine"),
            "{reported}"
        );
        let short = PreflightView { expected_seconds: 12.0, ..long };
        assert_eq!(preflight(&short, Style::plain()), "");
    }

    #[test]
    fn a_simulation_is_reported_against_its_bound() {
        let mut view = SimulationView {
            seconds: 816.0,
            bound_seconds: 800.0,
            bound_by: Some("states:CreateStateMachine".into()),
            api_calls: [("states:CreateStateMachine".to_owned(), 17_000)].into(),
            throttles: [("states:CreateStateMachine".to_owned(), 17)].into(),
            changes: 6300,
            ..SimulationView::default()
        };
        view.finish();
        insta::assert_snapshot!(simulation(&view, Style::plain()));
    }
}
