//! A class in the words and numbers that the template takes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::class::{BulkRunFigures, ClassReport, ReportCause, ReportUser};
use super::machines::{MachineShown, machines};
use super::users::{UserShown, users};
use crate::picture::chart::{Bar, Range, bars, duration, histogram, ranges, shares};
use crate::verify::CheckVerdict;

/// Students of a cause that are linked; of more, the names alone are there.
const LINKS: usize = 30;
/// States of a bulk test that are drawn.
const STATES: usize = 25;
/// Causes of students that are printed one by one; where there are more, the class's causes say it.
const PRINTED: usize = 1_100;

/// Everything that the template takes.
#[derive(Serialize)]
pub(super) struct Shown {
    heading: String,
    title: String,
    lab: String,
    run: String,
    at: String,
    version: String,
    is_student: bool,
    is_many: bool,
    has_groups: bool,
    board: BoardWidths,
    summary: String,
    sections: Vec<Section>,
    checks: Vec<CheckShown>,
    users: Vec<UserShown>,
    groups: Vec<GroupShown>,
    causes: Vec<CauseShown>,
    machines: Vec<MachineShown>,
    bulk: Option<BulkShown>,
    cost: Option<CostShown>,
    standing: Vec<StandingShown>,
    standing_words: String,
}

/// Widths of the board's columns of names, in characters: rows that are laid out only when they are seen cannot ask each other.
#[derive(Serialize)]
struct BoardWidths {
    name_width: usize,
    group_width: usize,
}

#[derive(Serialize)]
struct Section {
    anchor: &'static str,
    text: &'static str,
}

#[derive(Serialize)]
struct CheckShown {
    id: String,
    title: String,
    max_points: u32,
    passed: u64,
    failed: u64,
    unknown: u64,
    skipped: u64,
    /// Our own drawing.
    svg: String,
}

#[derive(Serialize)]
struct GroupShown {
    name: String,
    users: u32,
    mean: String,
    whole: u32,
}

#[derive(Serialize)]
struct CauseShown {
    text: String,
    hint: Option<String>,
    checks: String,
    count: String,
    links: Vec<String>,
    names: String,
}

#[derive(Serialize)]
struct BulkShown {
    sentence: String,
    percentiles: String,
    thresholds: Vec<ThresholdShown>,
    /// Our own drawings.
    outcomes_svg: String,
    histogram_svg: String,
    states_svg: String,
    users_svg: String,
    causes: Vec<CauseShown>,
}

#[derive(Serialize)]
struct ThresholdShown {
    expr: String,
    actual: String,
    passed: bool,
}

#[derive(Serialize)]
struct CostShown {
    planned: String,
    forgotten_per_week: String,
    items: Vec<CostLineShown>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct CostLineShown {
    what: String,
    quantity: String,
    price: String,
    amount: String,
}

#[derive(Serialize)]
struct StandingShown {
    user: String,
    place: String,
    since: String,
}

impl BoardWidths {
    /// As wide as the longest name, within reason; what is longer is cut off there and whole in the student's part.
    fn of(class: &ClassReport) -> Self {
        let width = |text: &str| text.chars().map(|letter| if letter >= '\u{1100}' { 2 } else { 1 }).sum::<usize>();
        let name = |user: &ReportUser| width(&user.name) + user.label.as_deref().map_or(0, |label| 1 + width(label));
        let names = class.users.iter().map(name).max().unwrap_or_default();
        let groups = class.users.iter().filter_map(|user| user.group.as_deref()).map(width).max();
        Self { name_width: names.clamp(8, 40) + 1, group_width: groups.map_or(0, |longest| longest.clamp(6, 24) + 2) }
    }
}

/// The class, or one student of it.
pub(super) fn shown(class: &ClassReport) -> Shown {
    let (machines, anchors) = machines(class);
    let users = users(class, &anchors);
    let checks = checks(class);
    let student = class.users.first().filter(|_| class.is_student);
    let heading = match student {
        Some(student) => format!("{}: {}", class.lab, student.label.as_ref().unwrap_or(&student.name)),
        None => format!("{}: the class", class.lab),
    };
    let shown = Shown {
        heading,
        title: class.title.clone(),
        lab: class.lab.clone(),
        run: class.run.clone(),
        at: class.at.clone(),
        version: class.version.clone(),
        is_student: class.is_student,
        is_many: printed(class) > PRINTED,
        has_groups: class.users.iter().any(|user| user.group.is_some()),
        board: BoardWidths::of(class),
        summary: summary(class),
        sections: Vec::new(),
        checks,
        users,
        groups: if class.is_student { Vec::new() } else { groups(class) },
        causes: class.causes.iter().map(|cause| of_cause(class, cause)).collect(),
        machines,
        bulk: class.bulk.as_ref().map(|bulk| of_bulk(class, bulk)),
        cost: class.cost.as_ref().map(|cost| CostShown {
            planned: cost.planned.clone(),
            forgotten_per_week: cost.forgotten_per_week.clone(),
            items: (cost.items.iter())
                .map(|item| CostLineShown {
                    what: item.what.clone(),
                    quantity: item.quantity.clone(),
                    price: item.price.clone(),
                    amount: item.amount.clone(),
                })
                .collect(),
            notes: cost.notes.clone(),
        }),
        standing: (class.standing.iter())
            .map(|lab| StandingShown { user: lab.user.clone(), place: lab.place.clone(), since: lab.since.clone() })
            .collect(),
        standing_words: standing_words(class),
    };
    Shown { sections: sections(&shown), ..shown }
}

/// Of how many causes students are told, together.
fn printed(class: &ClassReport) -> usize {
    let of_user = |verdicts: &[super::class::ReportVerdict]| {
        let keys = verdicts.iter().filter_map(|verdict| verdict.cause.as_ref().map(|cause| cause.key.as_str()));
        keys.collect::<BTreeSet<_>>().len()
    };
    class.users.iter().map(|user| of_user(&user.verdicts)).sum()
}

fn sections(shown: &Shown) -> Vec<Section> {
    let all = [
        ("board", "Board", true),
        ("causes", "Causes", !shown.causes.is_empty()),
        ("checks", "Checks", true),
        ("workflows", "Workflows", !shown.machines.is_empty()),
        ("bulk", "Bulk test", shown.bulk.is_some()),
        ("cost", "Cost", shown.cost.is_some()),
        ("left", "Left in the account", true),
        ("students", if shown.is_student { "Details" } else { "Students" }, true),
    ];
    let there = all.into_iter().filter(|(_, _, is_there)| *is_there);
    there.map(|(anchor, text, _)| Section { anchor, text }).collect()
}

fn summary(class: &ClassReport) -> String {
    let count = |wanted: CheckVerdict| {
        class.users.iter().flat_map(|user| &user.verdicts).filter(|verdict| verdict.verdict == wanted).count()
    };
    let students = match class.users.len() {
        _ if class.is_student => String::new(),
        1 => "1 student, ".to_owned(),
        many => format!("{many} students, "),
    };
    let (passed, failed, unknown) =
        (count(CheckVerdict::Passed), count(CheckVerdict::Failed), count(CheckVerdict::Unknown));
    let whole = class.users.iter().filter(|user| user.score == user.max_score).count();
    let all = if class.is_student { String::new() } else { format!("; all points: {whole}") };
    format!("{students}{passed} checks passed, {failed} failed, {unknown} unknown{all}.")
}

fn checks(class: &ClassReport) -> Vec<CheckShown> {
    let mut counts = vec![[0_u64; 4]; class.checks.len()];
    for verdict in class.users.iter().flat_map(|user| &user.verdicts) {
        let Some(counts) = counts.get_mut(verdict.check) else { continue };
        let [passed, failed, unknown, skipped] = counts;
        *match verdict.verdict {
            CheckVerdict::Passed => passed,
            CheckVerdict::Failed => failed,
            CheckVerdict::Unknown => unknown,
            CheckVerdict::Skipped => skipped,
        } += 1;
    }
    let of = |(check, [passed, failed, unknown, skipped]): (&super::class::CheckColumn, [u64; 4])| CheckShown {
        id: check.id.clone(),
        title: check.title.clone(),
        max_points: check.max_points,
        passed,
        failed,
        unknown,
        skipped,
        svg: shares(&[("p", passed), ("f", failed), ("u", unknown), ("s", skipped)]),
    };
    class.checks.iter().zip(counts).map(of).collect()
}

fn groups(class: &ClassReport) -> Vec<GroupShown> {
    let mut groups: BTreeMap<&str, (u32, u64, u32)> = BTreeMap::new();
    for user in &class.users {
        let Some(name) = user.group.as_deref() else { continue };
        let (users, score, whole) = groups.entry(name).or_default();
        *users += 1;
        *score += u64::from(user.score);
        *whole += u32::from(user.score == user.max_score);
    }
    let of = |(name, (users, score, whole)): (&str, (u32, u64, u32))| {
        let tenths = score * 10 / u64::from(users.max(1));
        GroupShown { name: name.to_owned(), users, mean: format!("{}.{}", tenths / 10, tenths % 10), whole }
    };
    groups.into_iter().map(of).collect()
}

fn of_cause(class: &ClassReport, cause: &ReportCause) -> CauseShown {
    let has =
        |verdict: &&super::class::ReportVerdict| verdict.cause.as_ref().is_some_and(|known| known.key == cause.key);
    let places: BTreeSet<usize> =
        class.users.iter().flat_map(|user| &user.verdicts).filter(has).map(|verdict| verdict.check).collect();
    let titles: Vec<&str> = places.iter().filter_map(|at| Some(class.checks.get(*at)?.title.as_str())).collect();
    let is_few = cause.users.len() <= LINKS;
    let names: Vec<String> = cause.users.iter().cloned().collect();
    CauseShown {
        text: cause.text.clone(),
        hint: cause.hint.clone(),
        checks: titles.join(" · "),
        count: match (cause.count, cause.users.len()) {
            (0, 1) => "1 student".to_owned(),
            (0, users) => format!("{users} students"),
            (count, _) => format!("{count} executions"),
        },
        names: if is_few { String::new() } else { names.join(", ") },
        links: if is_few { names } else { Vec::new() },
    }
}

fn of_bulk(class: &ClassReport, bulk: &BulkRunFigures) -> BulkShown {
    let outcomes: Vec<Bar<'_>> = bulk.outcomes.iter().map(|(name, count)| Bar { label: name, count: *count }).collect();
    let mut slowest: Vec<_> = bulk.states.iter().collect();
    slowest.sort_by(|one, other| (other.p95, &one.state).cmp(&(one.p95, &other.state)));
    let states: Vec<Range<'_>> = (slowest.into_iter().take(STATES))
        .map(|state| Range { label: &state.state, ms: [state.p50, state.p95, state.p99] })
        .collect();
    let of_users = bulk.users.iter().filter_map(|user| Some(Range { label: &user.user, ms: user.latency_ms? }));
    let of_users: Vec<Range<'_>> = of_users.collect();
    let drawn = |is_there: bool, draw: &dyn Fn() -> String| if is_there { draw() } else { String::new() };
    BulkShown {
        sentence: sentence(class, bulk),
        percentiles: (bulk.latency_ms.iter())
            .map(|(name, ms)| format!("{name} {}", duration(*ms)))
            .collect::<Vec<_>>()
            .join(" · "),
        thresholds: (bulk.thresholds.iter())
            .map(|(expr, actual, passed)| ThresholdShown {
                expr: expr.clone(),
                actual: actual.clone(),
                passed: *passed,
            })
            .collect(),
        outcomes_svg: bars("Outcomes of executions", &outcomes),
        histogram_svg: drawn(!bulk.histogram.is_empty(), &|| histogram("Durations of executions", &bulk.histogram)),
        states_svg: drawn(!states.is_empty(), &|| ranges("Milliseconds in states", &states)),
        users_svg: drawn(!of_users.is_empty() && !class.is_student, &|| ranges("Durations by student", &of_users)),
        causes: bulk.causes.iter().map(|cause| of_cause(class, cause)).collect(),
    }
}

fn sentence(class: &ClassReport, bulk: &BulkRunFigures) -> String {
    let BulkRunFigures { run, machine, started, finished, failed, throttled, failed_to_start, .. } = bulk;
    let over = format!("Run {run} of {machine}: {started} started, {finished} over");
    if class.is_student {
        return format!("{over}.");
    }
    format!(
        "{over}, {failed} did not do what they should. Starts that were throttled and tried again: {throttled}. Not started: \
         {failed_to_start}."
    )
}

fn standing_words(class: &ClassReport) -> String {
    let labs = match class.standing.len() {
        1 => "1 lab stands".to_owned(),
        many => format!("{many} labs stand"),
    };
    let week = class.cost.as_ref().map_or_else(String::new, |cost| {
        format!("; each week that nobody cleans up costs {}", cost.forgotten_per_week)
    });
    format!("By the journal, {labs}{week}. `labctl status` looks, `labctl cleanup` removes.")
}
