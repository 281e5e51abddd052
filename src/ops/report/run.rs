//! A report, from a run to a file.

use std::path::PathBuf;

use super::super::context::Context;
use super::super::cost;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::load;
use super::super::selection::Selection;
use super::super::step::{Finished, Step};
use super::super::verify::{VerifyOptions, again_of, open_run};
use super::class::{Kept, class};
use super::options::ReportOptions;
use super::{bulk, workflows};
use crate::host;
use crate::model::{Lab, User};
use crate::report::{self, CostLine, ReportCost, StandingLab};
use crate::source;
use crate::ui::view::{CostView, ReportView};

/// Writes the page of a class or of one student.
///
/// # Errors
/// Mistakes of the manifest, a run that is not there, a student who is not in it, a file that cannot be written.
pub(crate) fn report(context: &Context, options: &ReportOptions) -> Result<Finished<ReportView>, Failure> {
    report_in(context, &load::lab(context)?, options, &Step::whole(context))
}

/// The same as a part of another command.
///
/// # Errors
/// As [`report()`].
pub(crate) fn report_in(
    context: &Context,
    lab: &Lab,
    options: &ReportOptions,
    step: &Step,
) -> Result<Finished<ReportView>, Failure> {
    let judged = again_of(
        context,
        lab,
        &VerifyOptions { selection: selection(lab, options)?, ..VerifyOptions::default() },
        &options.from,
    )?;
    let (run, bundle) = open_run(context, &options.from)?;
    let view = judged.document.body;
    let student = options.student.as_deref();
    let users = chosen(lab, &view.users.iter().map(|user| user.user.as_str()).collect::<Vec<_>>());
    let mut page = class(&Kept { lab, view: &view, bundle: &bundle, student });
    workflows::add(context, lab, &users, &bundle, student, &mut page)?;
    page.bulk = bulk::newest(context, student);
    page.cost = cost::planned_view(context, lab, &users)?.map(|view| of_cost(&view, student));
    page.standing = standing(context, lab, student);
    let text = report::page(&page).map_err(|error| Failure::Other { message: error, help: None })?;
    let file = place(context, options);
    host::write_private(&file, text.as_bytes()).map_err(|error| Failure::file("write", &file, error))?;
    let view = ReportView {
        file,
        run: run.id,
        student: options.student.clone(),
        users: page.users.len(),
        bytes: text.len() as u64,
    };
    Ok(Finished { document: step.document(context, "report", true, view), exit: Exit::Done })
}

fn selection(lab: &Lab, options: &ReportOptions) -> Result<Selection, Failure> {
    let Some(student) = &options.student else { return Ok(Selection::default()) };
    if !lab.users.iter().any(|user| user.name.as_str() == student) {
        let known: Vec<&str> = lab.users.iter().map(|user| user.name.as_str()).collect();
        return Err(Failure::usage(format!("no user `{student}` in the manifest"), source::help(student, known)));
    }
    Ok(Selection { users: vec![student.clone()], ..Selection::default() })
}

/// Where it is written: a student's beside the class's, under another name.
fn place(context: &Context, options: &ReportOptions) -> PathBuf {
    let name = match &options.student {
        Some(student) => format!("report-{student}.html"),
        None => "report.html".to_owned(),
    };
    options.output.clone().unwrap_or_else(|| context.settings.out.join(name))
}

/// The manifest's users who are in the run.
fn chosen(lab: &Lab, names: &[&str]) -> Vec<User> {
    lab.users.iter().filter(|user| names.contains(&user.name.as_str())).cloned().collect()
}

fn of_cost(view: &CostView, student: Option<&str>) -> ReportCost {
    let user = student.and_then(|student| view.users.iter().find(|user| user.user == student));
    let (planned, forgotten, items) = match user {
        Some(user) => (user.planned, user.forgotten_per_week, &user.items),
        None => (view.class.planned, view.class.forgotten_per_week, &view.class.items),
    };
    let line = |item: &crate::ui::view::CostItem| CostLine {
        what: item.what.clone(),
        quantity: format!("{} {}", item.quantity, item.unit),
        price: item.price.to_string(),
        amount: item.amount.fixed(4),
    };
    let prices = format!("prices of {}", view.prices.date);
    ReportCost {
        planned: planned.cents(),
        forgotten_per_week: forgotten.cents(),
        items: items.iter().map(line).collect(),
        notes: view.assumptions.iter().cloned().chain([prices]).collect(),
    }
}

fn standing(context: &Context, lab: &Lab, student: Option<&str>) -> Vec<StandingLab> {
    let all = cost::standing(context, lab).into_iter();
    let is_meant = |one: &StandingLab| student.is_none_or(|student| one.user == student);
    all.map(|(user, place, since_ms)| StandingLab { user, place, since: host::rfc3339(since_ms) })
        .filter(is_meant)
        .collect()
}
