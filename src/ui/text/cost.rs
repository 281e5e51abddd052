//! `labctl cost` as text.

use std::fmt::Write as _;

use super::super::style::{Ink, Style, Verbosity, counted_len};
use super::super::view::{CostClass, CostItem, CostOf, CostTotal, CostView, Document};
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
    let of = |total, amount| least(&class.at_least, total, dollars(amount));
    let until_now = |amount| format!("{} until now, ", of(CostTotal::Measured, amount));
    let summary = format!(
        "Cost: {} planned, {}{} for each forgotten week ({}).",
        of(CostTotal::Planned, class.planned),
        class.measured.map_or_else(String::new, until_now),
        of(CostTotal::ForgottenPerWeek, class.forgotten_per_week),
        counted_len(view.users.len(), "user")
    );
    text + &style.wrap(&summary, 2)
}

fn users(text: &mut String, view: &CostView, style: Style, verbosity: Verbosity) {
    let most = if verbosity == Verbosity::Verbose { usize::MAX } else { MOST_USERS };
    let row =
        |name: String, (planned, measured, forgotten): (Decimal, Option<Decimal>, Decimal), at_least: &[CostTotal]| {
            let of = |total, amount| least(at_least, total, fine(amount));
            let measured = measured.map_or_else(|| "-".to_owned(), |amount| of(CostTotal::Measured, amount));
            vec![name, of(CostTotal::Planned, planned), measured, of(CostTotal::ForgottenPerWeek, forgotten)]
        };
    let shown = view.users.iter().take(most);
    let mut rows: Vec<_> = shown
        .map(|it| row(style.user(&it.user), (it.planned, it.measured, it.forgotten_per_week), &it.at_least))
        .collect();
    rows.extend(view.groups.iter().map(|it| {
        let name = format!("group {} ({})", it.group, counted_len(it.users, "user"));
        row(name, (it.planned, it.measured, it.forgotten_per_week), &it.at_least)
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
        let price = item.price.map_or_else(|| "not known".to_owned(), |price| price.to_string());
        vec![item.what.clone(), region, quantity, price, item.amount.map_or_else(|| "-".to_owned(), fine)]
    };
    let _ = writeln!(text, "{}", style.paint(Ink::Bold, what));
    let rows = class.items.iter().map(row).collect();
    text.push_str(&table(&["item", "region", "quantity", "price", "amount"], rows, 2, style));
    for free in &class.free_tier {
        let amount = free.amount.map_or_else(String::new, |amount| format!(", {}", dollars(amount)));
        let line = format!(
            "  free in account {}, {}: {} {} of {}{amount}",
            free.account, free.region, free.quantity, free.unit, free.what
        );
        let _ = writeln!(text, "{}", style.wrap(&line, 4));
    }
    text.push('\n');
}

/// A total, said to be at least so much where an item of it has no price.
fn least(at_least: &[CostTotal], total: CostTotal, amount: String) -> String {
    if at_least.contains(&total) { format!("at least {amount}") } else { amount }
}

/// To the cent.
fn dollars(amount: Decimal) -> String {
    format!("${}", amount.cents())
}

/// To the hundredth of a cent: a user costs little.
fn fine(amount: Decimal) -> String {
    amount.fixed(4)
}

#[cfg(test)]
mod tests {
    use super::super::super::view::FreeItemView;
    use super::super::testing::document_of;
    use super::*;

    #[test]
    fn what_has_no_price_is_said_in_its_line_and_in_the_totals_that_lack_it() {
        let item = CostItem {
            what: "logs-ingested".to_owned(),
            region: Some("xx-test-1".to_owned()),
            quantity: Decimal::whole(6).into(),
            unit: "GB",
            price: None,
            amount: None,
        };
        let free = FreeItemView {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            what: "logs-ingested".to_owned(),
            quantity: Decimal::whole(5).into(),
            unit: "GB",
            amount: None,
        };
        let class = CostClass {
            planned: Decimal::whole(3),
            forgotten_per_week: Decimal::whole(2),
            at_least: vec![CostTotal::Planned],
            items: vec![item],
            free_tier: vec![free],
            ..CostClass::default()
        };
        let document = document_of(true, 1, CostView { class, ..CostView::default() });
        let text = cost(&document, Style::plain(), Verbosity::Normal);
        assert!(text.contains("6 GB  not known       -\n"), "{text}");
        assert!(text.contains("free in account 000000000000, us-east-1: 5 GB of logs-ingested\n"), "{text}");
        assert!(text.ends_with("Cost: at least $3.00 planned, $2.00 for each forgotten week (0 users)."), "{text}");
    }
}
