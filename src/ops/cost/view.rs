//! What labs cost, as `cost` shows it.

use std::collections::{BTreeMap, BTreeSet};

use super::options::WEEK;
use crate::model::{Decimal, Place, User};
use crate::report::{BillItem, BilledItem, ClassBill, PlaceUsage, Prices, Usage, bill, bill_total, class_bill};
use crate::ui::view::{
    CostClass, CostGroup, CostItem, CostOf, CostPrices, CostTotal, CostUser, CostView, FreeItemView, PriceOrigin,
    UnpricedItem,
};

/// A user, and what was and is to be used.
pub(super) struct Costed<'a> {
    pub(super) user: &'a User,
    pub(super) place: &'a Place,
    pub(super) planned: Usage,
    pub(super) measured: Option<Usage>,
    pub(super) forgotten: Usage,
}

impl Costed<'_> {
    /// What ran, where anything did.
    fn ran(&self) -> Option<Usage> {
        self.measured.filter(Usage::has_run)
    }
}

/// The document, where a lab is to stand for so many hours and has stood for so many.
pub(super) fn view(costed: &[Costed<'_>], prices: &Prices, hours: u64, stood: u64) -> CostView {
    let users: Vec<CostUser> = costed.iter().map(|costed| user(costed, prices)).collect();
    let groups = groups(costed, &users);
    let of = |usage: &dyn Fn(&Costed<'_>) -> Usage, hours, is_recurring| {
        let mut places = PlaceUsage::new();
        for one in costed {
            let place = (one.place.account.to_string(), one.place.region.to_string());
            let known = places.entry(place).or_default();
            *known = known.plus(usage(one));
        }
        class_bill(&places, prices, hours, is_recurring)
    };
    let planned = of(&|one| one.planned, hours, false);
    let is_known = costed.iter().all(|one| one.measured.is_some());
    let measured = is_known.then(|| of(&|one| one.measured.unwrap_or_default(), stood, false));
    let forgotten = of(&|one| one.forgotten, WEEK, true);
    let ran = costed.iter().any(|one| one.ran().is_some());
    let class = class(&planned, measured.as_ref(), &forgotten, ran);
    let used = used(costed);
    CostView {
        currency: prices.currency.clone(),
        prices: CostPrices {
            date: prices.date.clone(),
            source: prices.source.clone(),
            origins: used.iter().filter_map(|(region, what)| origin(prices, region, *what)).collect(),
        },
        users,
        groups,
        class,
        assumptions: Vec::new(),
        notes: Vec::new(),
        unpriced: used.iter().filter_map(|(region, what)| unpriced(prices, region, *what)).collect(),
    }
}

/// What is used, and where.
fn used<'a>(costed: &'a [Costed<'_>]) -> BTreeSet<(&'a str, BilledItem)> {
    let of = |one: &'a Costed<'_>| {
        let all = [Some(one.planned), one.measured, Some(one.forgotten)].into_iter().flatten();
        all.flat_map(|usage| usage.quantities().into_keys()).map(|what| (one.place.region.as_str(), what))
    };
    costed.iter().flat_map(of).collect()
}

fn origin(prices: &Prices, region: &str, what: BilledItem) -> Option<PriceOrigin> {
    let (price, date, source) = prices.origin(region, what)?;
    Some(PriceOrigin {
        region: region.to_owned(),
        what: what.to_string(),
        price,
        date: date.to_owned(),
        source: source.to_owned(),
    })
}

fn unpriced(prices: &Prices, region: &str, what: BilledItem) -> Option<UnpricedItem> {
    let is_known = prices.origin(region, what).is_some();
    (!is_known).then(|| UnpricedItem { region: region.to_owned(), what: what.to_string() })
}

/// Sums of what is planned, measured and forgotten, and whether each is all of it.
type Totals = ((Decimal, bool), Option<(Decimal, bool)>, (Decimal, bool));

/// The totals that are not all of it.
fn at_least((planned, measured, forgotten): Totals) -> Vec<CostTotal> {
    let named = [
        (CostTotal::Planned, Some(planned)),
        (CostTotal::Measured, measured),
        (CostTotal::ForgottenPerWeek, Some(forgotten)),
    ];
    let is_part = |total: Option<(Decimal, bool)>| total.is_some_and(|(_, is_whole)| !is_whole);
    named.into_iter().filter(|(_, total)| is_part(*total)).map(|(name, _)| name).collect()
}

fn class(planned: &ClassBill, measured: Option<&ClassBill>, forgotten: &ClassBill, ran: bool) -> CostClass {
    let (items_of, shown) = match measured.filter(|_| ran) {
        Some(measured) => (CostOf::Measured, measured),
        None => (CostOf::Planned, planned),
    };
    let totals = (planned.total(), measured.map(ClassBill::total), forgotten.total());
    CostClass {
        planned: totals.0.0,
        measured: totals.1.map(|(sum, _)| sum),
        forgotten_per_week: totals.2.0,
        at_least: at_least(totals),
        items_of,
        items: shown
            .items
            .iter()
            .map(|(region, line)| CostItem { region: Some(region.clone()), ..item(line) })
            .collect(),
        free_tier: shown
            .free
            .iter()
            .map(|free| FreeItemView {
                account: free.account.clone(),
                region: free.region.clone(),
                what: free.what.to_string(),
                quantity: free.quantity.into(),
                unit: free.what.unit(),
                amount: free.amount,
            })
            .collect(),
    }
}

fn user(costed: &Costed<'_>, prices: &Prices) -> CostUser {
    let lines =
        |usage: Usage| prices.of(costed.place.region.as_str()).map(|known| bill(&usage, known)).unwrap_or_default();
    let total = |usage: Usage| bill_total(&lines(usage));
    let totals = (total(costed.planned), costed.measured.map(total), total(costed.forgotten));
    let (items_of, shown) = match costed.ran() {
        Some(measured) => (CostOf::Measured, measured),
        None => (CostOf::Planned, costed.planned),
    };
    CostUser {
        user: costed.user.name.to_string(),
        label: costed.user.student.label.clone(),
        account: costed.place.account.to_string(),
        region: costed.place.region.to_string(),
        planned: totals.0.0,
        measured: totals.1.map(|(sum, _)| sum),
        forgotten_per_week: totals.2.0,
        at_least: at_least(totals),
        items_of,
        items: lines(shown).iter().map(item).collect(),
    }
}

fn item(line: &BillItem) -> CostItem {
    CostItem {
        what: line.what.to_string(),
        region: None,
        quantity: line.quantity.into(),
        unit: line.what.unit(),
        price: line.price,
        amount: line.amount,
    }
}

fn groups(costed: &[Costed<'_>], users: &[CostUser]) -> Vec<CostGroup> {
    let mut groups: BTreeMap<&str, CostGroup> = BTreeMap::new();
    for (costed, user) in costed.iter().zip(users) {
        let Some(name) = costed.user.student.group.as_deref() else { continue };
        let group = groups.entry(name).or_insert_with(|| CostGroup {
            group: name.to_owned(),
            measured: Some(Decimal::ZERO),
            ..CostGroup::default()
        });
        group.users += 1;
        group.planned = group.planned + user.planned;
        group.measured = group.measured.zip(user.measured).map(|(sum, one)| sum + one);
        group.forgotten_per_week = group.forgotten_per_week + user.forgotten_per_week;
        let all: BTreeSet<CostTotal> = group.at_least.iter().chain(&user.at_least).copied().collect();
        group.at_least = all.into_iter().collect();
    }
    groups.into_values().collect()
}
