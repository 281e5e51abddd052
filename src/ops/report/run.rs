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
use crate::model::{Decimal, Lab, User};
use crate::report::{self, CostLine, ReportCost, StandingLab};
use crate::source;
use crate::ui::view::{CostTotal, CostView, ReportView};

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
    let class = &view.class;
    let (planned, forgotten, at_least, items) = match user {
        Some(user) => (user.planned, user.forgotten_per_week, &user.at_least, &user.items),
        None => (class.planned, class.forgotten_per_week, &class.at_least, &class.items),
    };
    let total = |total, amount: Decimal| {
        let least = if at_least.contains(&total) { "at least " } else { "" };
        format!("{least}${}", amount.cents())
    };
    let line = |item: &crate::ui::view::CostItem| CostLine {
        what: item.what.clone(),
        quantity: format!("{} {}", item.quantity, item.unit),
        price: item.price.map_or_else(|| "not known".to_owned(), |price| price.to_string()),
        amount: item.amount.map_or_else(|| "–".to_owned(), |amount| amount.fixed(4)),
    };
    let prices = format!("prices of {}", view.prices.date);
    ReportCost {
        planned: total(CostTotal::Planned, planned),
        forgotten_per_week: total(CostTotal::ForgottenPerWeek, forgotten),
        items: items.iter().map(line).collect(),
        notes: view
            .assumptions
            .iter()
            .cloned()
            .chain(view.unpriced_words(user.map(|user| user.region.as_str())))
            .chain([prices])
            .collect(),
    }
}

fn standing(context: &Context, lab: &Lab, student: Option<&str>) -> Vec<StandingLab> {
    let all = cost::standing(context, lab).into_iter();
    let is_meant = |one: &StandingLab| student.is_none_or(|student| one.user == student);
    all.map(|(user, place, since_ms)| StandingLab { user, place, since: host::rfc3339(since_ms) })
        .filter(is_meant)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::view::{CostClass, CostItem, CostUser, UnpricedItem};

    fn item(price: Option<u64>) -> CostItem {
        let price = price.map(Decimal::whole);
        let quantity = Decimal::whole(2).into();
        CostItem {
            what: "dashboards".to_owned(),
            region: None,
            quantity,
            unit: "dashboard-month",
            price,
            amount: price,
        }
    }

    #[test]
    fn a_page_says_what_has_no_price_and_a_student_s_nothing_of_other_regions() {
        let user = CostUser {
            user: "ana".to_owned(),
            label: None,
            account: "000000000000".to_owned(),
            region: "xx-test-1".to_owned(),
            planned: Decimal::whole(1),
            measured: None,
            forgotten_per_week: Decimal::whole(2),
            at_least: Vec::new(),
            items_of: crate::ui::view::CostOf::Planned,
            items: vec![item(Some(3))],
        };
        let class = CostClass {
            planned: Decimal::whole(5),
            at_least: vec![CostTotal::Planned],
            items: vec![item(None)],
            ..CostClass::default()
        };
        let unpriced = vec![UnpricedItem { region: "xx-test-2".to_owned(), what: "dashboards".to_owned() }];
        let view = CostView { users: vec![user], class, unpriced, ..CostView::default() };
        let page = of_cost(&view, None);
        assert_eq!((page.planned.as_str(), page.forgotten_per_week.as_str()), ("at least $5.00", "$0.00"));
        assert_eq!((page.items[0].price.as_str(), page.items[0].amount.as_str()), ("not known", "–"));
        assert!(
            page.notes.contains(&"no price is known of `dashboards` in `xx-test-2`".to_owned()),
            "{:?}",
            page.notes
        );
        let own = of_cost(&view, Some("ana"));
        assert_eq!((own.planned.as_str(), own.items[0].amount.as_str()), ("$1.00", "3.0000"));
        assert!(!own.notes.concat().contains("xx-test-2"), "{:?}", own.notes);
    }
}
