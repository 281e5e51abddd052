//! From what is used to what it costs: for a user as it is, for an account after what it has for nothing.

use std::collections::BTreeMap;

use super::prices::{Prices, RegionPrices};
use super::usage::{BilledItem, Usage};
use crate::model::Decimal;

/// Hours of a month.
const MONTH: u128 = 730;

/// One line of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillItem {
    /// What.
    pub what: BilledItem,
    /// How much of it, in its unit.
    pub quantity: Decimal,
    /// What a unit costs.
    pub price: Decimal,
    /// What it comes to.
    pub amount: Decimal,
}

/// What one account has for nothing of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeItem {
    /// Twelve digits.
    pub account: String,
    /// Of what.
    pub what: BilledItem,
    /// How much of it, in its unit.
    pub quantity: Decimal,
    /// What it would have cost.
    pub amount: Decimal,
}

/// The bill of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassBill {
    /// What is used and what is paid for it, by Region.
    pub items: Vec<(String, BillItem)>,
    /// What is not paid.
    pub free: Vec<FreeItem>,
}

impl ClassBill {
    /// What is paid.
    pub fn total(&self) -> Decimal {
        self.items.iter().map(|(_, item)| item.amount).sum()
    }
}

/// What is used by account and Region.
pub type PlaceUsage = BTreeMap<(String, String), Usage>;

/// What somebody's usage costs before anything that an account has for nothing.
pub fn bill(usage: &Usage, prices: &RegionPrices) -> Vec<BillItem> {
    let price = |item: &BilledItem| prices.get(item).map_or(Decimal::ZERO, |price| price.0);
    let item = |(what, quantity): (BilledItem, Decimal)| {
        let price = price(&what);
        BillItem { what, quantity, price, amount: quantity.times(price) }
    };
    usage.quantities().into_iter().map(item).collect()
}

/// What a class's usage within so many hours costs after what each account has for nothing in a month. Where `is_recurring`, that has been
/// used up for all but these hours.
pub fn class_bill(usage: &PlaceUsage, prices: &Prices, hours: u64, is_recurring: bool) -> ClassBill {
    let mut class = ClassBill::default();
    let mut accounts: BTreeMap<&str, Vec<(&str, Vec<BillItem>)>> = BTreeMap::new();
    for ((account, region), usage) in usage {
        let Some(known) = prices.of(region) else { continue };
        accounts.entry(account).or_default().push((region, bill(usage, known)));
    }
    let mut items: BTreeMap<(BilledItem, String), BillItem> = BTreeMap::new();
    for (account, mut regions) in accounts {
        for free in &prices.free_tier {
            let share = Decimal::ratio(u128::from(hours).min(MONTH), MONTH);
            let whole = free.quantity.0;
            let mut left = if free.by_time || is_recurring { whole.times(share) } else { whole };
            for what in &free.of {
                let lines = regions.iter_mut().flat_map(|(_, items)| items).filter(|item| item.what == *what);
                for item in lines {
                    let quantity = item.quantity.min(left);
                    left = left - quantity;
                    let amount = quantity.times(item.price);
                    item.amount = item.amount - amount;
                    if !quantity.is_zero() {
                        class.free.push(FreeItem { account: account.to_owned(), what: *what, quantity, amount });
                    }
                }
            }
        }
        for (region, lines) in regions {
            for line in lines {
                let known = items.entry((line.what, region.to_owned())).or_insert(BillItem {
                    quantity: Decimal::ZERO,
                    amount: Decimal::ZERO,
                    ..line
                });
                known.quantity = known.quantity + line.quantity;
                known.amount = known.amount + line.amount;
            }
        }
    }
    class.items = items.into_iter().map(|((_, region), item)| (region, item)).collect();
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        Prices::own().unwrap()
    }

    fn at(account: &str, usage: Usage) -> ((String, String), Usage) {
        ((account.to_owned(), "us-east-1".to_owned()), usage)
    }

    /// 200 dashboards less the 3 that are free, at $3 each.
    #[test]
    fn a_forgotten_class_of_200_costs_591_dollars_a_month() {
        let month = PlaceUsage::from([at("1", Usage::standing(200, 0, 730))]);
        let class = class_bill(&month, &prices(), 730, true);
        assert_eq!(class.total().to_string(), "591.00");
        assert_eq!(class.free[0].quantity.to_string(), "3.00");
        let week = PlaceUsage::from([at("1", Usage::standing(200, 0, 168))]);
        assert_eq!(class_bill(&week, &prices(), 168, true).total().cents(), "136.01");
    }

    /// By hand, in dollars: 30 × 1,500 = 45,000 transitions, 41,000 of them at 0.000025 = 1.025; 30 × 50 EXPRESS requests at 0.000001 =
    /// 0.0015, each 0.1 s of 64 MB, 9.375 GB-s at 0.00001667 = 0.00015628; 30 × 500 calls of Lambda and 1,875 GB-s are free; 15 GB of logs
    /// less 5 at 0.50 = 5.00; 30 dashboards less 3 for 73 hours, 2.7 at 3.00 = 8.10.
    #[test]
    fn a_class_is_billed_as_by_hand() {
        let user = Usage {
            transitions: 1_500,
            express_requests: 50,
            express_mb_ms: 50 * 100 * 64,
            invocations: 500,
            lambda_mb_ms: 500 * 1_000 * 128,
            log_bytes: 1 << 29,
            dashboard_hours: 73,
            ..Usage::default()
        };
        let class = class_bill(&PlaceUsage::from([at("1", user.times(30))]), &prices(), 73, false);
        let lines: Vec<_> =
            class.items.iter().map(|(_, item)| format!("{} {} {}", item.what, item.quantity, item.amount)).collect();
        assert_eq!(
            lines,
            [
                "states-transitions 45000.00 1.025",
                "states-requests 1500.00 0.0015",
                "states-duration 9.375 0.00015628125",
                "lambda-requests 15000.00 0.00",
                "lambda-duration 1875.00 0.00",
                "logs-ingested 15.00 5.00",
                "dashboards 3.00 8.10",
            ]
        );
        assert_eq!(class.total().cents(), "14.13");
        let alone: Decimal = bill(&user, prices().of("us-east-1").unwrap()).iter().map(|item| item.amount).sum();
        assert_eq!(alone.cents(), "0.59", "before anything that is free");
    }

    #[test]
    fn each_account_has_its_own_free_tier_and_regions_share_it() {
        let usage = Usage { transitions: 5_000, ..Usage::default() };
        let apart = PlaceUsage::from([at("1", usage), at("2", usage)]);
        let class = class_bill(&apart, &prices(), 730, false);
        assert_eq!((class.total().to_string(), class.free.len()), ("0.05".to_owned(), 2));
        let together = PlaceUsage::from([at("1", usage.plus(usage))]);
        assert_eq!(class_bill(&together, &prices(), 730, false).total().to_string(), "0.15");
        let text = Prices::own_text().replacen("\"us-east-1\": {", "\"xx-test-1\": {", 1);
        let mut two = Prices::read(&text).unwrap();
        assert!(two.of("us-east-1").is_none() && two.of("xx-test-1").is_some());
        two.free_tier.clear();
        let unknown = class_bill(&together, &two, 730, false);
        assert_eq!(unknown, ClassBill::default(), "a Region without prices is the caller's to refuse");
    }

    #[test]
    fn what_logs_have_for_nothing_is_for_ingestion_first() {
        let usage = Usage { log_bytes: 4 << 30, log_byte_hours: (2 << 30) * 730, ..Usage::default() };
        let class = class_bill(&PlaceUsage::from([at("1", usage)]), &prices(), 730, false);
        let amounts: Vec<_> = class.items.iter().map(|(_, item)| item.amount.to_string()).collect();
        assert_eq!(amounts, ["0.00", "0.03"]);
    }
}
