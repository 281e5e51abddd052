//! `labctl cost` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{CostClass, CostItem, CostOf, CostView, Document};
use super::table::table;
use crate::model::Decimal;

/// Users that are listed unless everything is wanted.
const MOST_USERS: usize = 40;

/// The text of the document, the summary line last.
pub(in crate::ui) fn cost(document: &Document<CostView>, style: Style, verbosity: Verbosity) -> String {
    let view = &document.body;
    let mut text = String::new();
    if verbosity != Verbosity::Quiet {
        users(&mut text, view, style, verbosity);
        class(&mut text, &view.class, style);
        let lines = view.assumptions.iter().chain(&view.notes);
        for line in lines {
            let _ = writeln!(text, "{}", style.wrap(&format!("note: {line}"), 2));
        }
        let prices = format!(
            "Prices of {}, without taxes; the free tier is the account's, whatever else it runs ({}).",
            view.prices.date, view.prices.source
        );
        let _ = writeln!(text, "{}", style.wrap(&prices, 2));
    }
    let class = &view.class;
    let measured = class.measured.map_or_else(String::new, |amount| format!("{} until now, ", dollars(amount)));
    let summary = format!(
        "Cost: {} planned, {measured}{} for each forgotten week ({}).",
        dollars(class.planned),
        dollars(class.forgotten_per_week),
        counted_len(view.users.len(), "user")
    );
    text + &style.wrap(&summary, 2)
}

fn users(text: &mut String, view: &CostView, style: Style, verbosity: Verbosity) {
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { MOST_USERS };
    let row = |name: String, planned: Decimal, measured: Option<Decimal>, forgotten: Decimal| {
        vec![name, fine(planned), measured.map_or_else(|| "-".to_owned(), fine), fine(forgotten)]
    };
    let shown = view.users.iter().take(most);
    let mut rows: Vec<_> =
        shown.map(|it| row(style.user(&it.user), it.planned, it.measured, it.forgotten_per_week)).collect();
    rows.extend(view.groups.iter().map(|it| {
        let name = format!("group {} ({})", it.group, counted_len(it.users, "user"));
        row(name, it.planned, it.measured, it.forgotten_per_week)
    }));
    let _ = writeln!(text, "{}", style.paint(Ink::Bold, "Before the free tier, USD"));
    text.push_str(&table(&["user", "planned", "until now", "forgotten week"], rows, 1, style));
    let more = view.users.len().saturating_sub(most);
    if more > 0 {
        let _ = writeln!(text, "  and {}; `-v` lists everybody", counted_len(more, "more user"));
    }
    text.push('\n');
}

fn class(text: &mut String, class: &CostClass, style: Style) {
    let what = match class.items_of {
        CostOf::Planned => "The class as planned, after the free tier, USD",
        CostOf::Measured => "The class until now, after the free tier, USD",
    };
    let row = |item: &CostItem| {
        let region = item.region.clone().unwrap_or_default();
        let quantity = format!("{} {}", item.quantity, item.unit);
        vec![item.what.clone(), region, quantity, item.price.to_string(), fine(item.amount)]
    };
    let _ = writeln!(text, "{}", style.paint(Ink::Bold, what));
    let rows = class.items.iter().map(row).collect();
    text.push_str(&table(&["item", "region", "quantity", "price", "amount"], rows, 2, style));
    for free in &class.free_tier {
        let line = format!(
            "  free in account {}: {} {} of {}, {}",
            free.account,
            free.quantity,
            free.unit,
            free.what,
            dollars(free.amount)
        );
        let _ = writeln!(text, "{}", style.wrap(&line, 4));
    }
    text.push('\n');
}

/// To the cent.
fn dollars(amount: Decimal) -> String {
    format!("${}", amount.cents())
}

/// To the hundredth of a cent: a user costs little.
fn fine(amount: Decimal) -> String {
    amount.fixed(4)
}
