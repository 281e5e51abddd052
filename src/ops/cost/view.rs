//! What labs cost, as `cost` shows it.

use std::collections::BTreeMap;

use super::options::WEEK;
use crate::model::{Decimal, Place, User};
use crate::report::{BillItem, ClassBill, PlaceUsage, Prices, Usage, bill, class_bill};
use crate::ui::view::{CostClass, CostGroup, CostItem, CostOf, CostPrices, CostUser, CostView, FreeItemView};

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
    CostView {
        currency: prices.currency.clone(),
        prices: CostPrices { date: prices.date.clone(), source: prices.source.clone() },
        users,
        groups,
        class,
        assumptions: Vec::new(),
        notes: Vec::new(),
    }
}

fn class(planned: &ClassBill, measured: Option<&ClassBill>, forgotten: &ClassBill, ran: bool) -> CostClass {
    let (items_of, shown) = match measured.filter(|_| ran) {
        Some(measured) => (CostOf::Measured, measured),
        None => (CostOf::Planned, planned),
    };
    CostClass {
        planned: planned.total(),
        measured: measured.map(ClassBill::total),
        forgotten_per_week: forgotten.total(),
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
    let total = |usage: Usage| lines(usage).iter().map(|line| line.amount).sum::<Decimal>();
    let (items_of, shown) = match costed.ran() {
        Some(measured) => (CostOf::Measured, measured),
        None => (CostOf::Planned, costed.planned),
    };
    CostUser {
        user: costed.user.name.to_string(),
        label: costed.user.student.label.clone(),
        account: costed.place.account.to_string(),
        region: costed.place.region.to_string(),
        planned: total(costed.planned),
        measured: costed.measured.map(total),
        forgotten_per_week: total(costed.forgotten),
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
    }
    groups.into_values().collect()
}
