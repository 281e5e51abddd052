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
    /// What a unit costs; none where nobody knows.
    pub price: Option<Decimal>,
    /// What it comes to; none where nobody knows.
    pub amount: Option<Decimal>,
}

/// What one account has for nothing of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeItem {
    /// Twelve digits.
    pub account: String,
    /// Where it was used.
    pub region: String,
    /// Of what.
    pub what: BilledItem,
    /// How much of it, in its unit.
    pub quantity: Decimal,
    /// What it would have cost; none where nobody knows.
    pub amount: Option<Decimal>,
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
    /// What is paid, and whether that is all of it.
    pub fn total(&self) -> (Decimal, bool) {
        bill_total(self.items.iter().map(|(_, item)| item))
    }
}

/// What is used by account and Region.
pub type PlaceUsage = BTreeMap<(String, String), Usage>;

/// What lines come to, and whether that is all of it: of an item without a price nobody knows.
pub fn bill_total<'a>(items: impl IntoIterator<Item = &'a BillItem>) -> (Decimal, bool) {
    let add =
        |(sum, is_whole), item: &BillItem| (sum + item.amount.unwrap_or_default(), is_whole && item.amount.is_some());
    items.into_iter().fold((Decimal::ZERO, true), add)
}

/// What somebody's usage costs before anything that an account has for nothing.
pub fn bill(usage: &Usage, prices: &RegionPrices) -> Vec<BillItem> {
    let item = |(what, quantity): (BilledItem, Decimal)| {
        let price = prices.get(&what).map(|price| price.price);
        BillItem { what, quantity, price, amount: price.map(|price| quantity.times(price)) }
    };
    usage.quantities().into_iter().map(item).collect()
}

/// A line of an account's bill, and how much of it is not free.
struct Line<'a> {
    region: &'a str,
    item: BillItem,
    paid: Decimal,
}

impl Line<'_> {
    /// Takes as much of it for nothing as there is; gives how much that was, and what it would have cost.
    fn take(&mut self, left: &mut Decimal) -> (Decimal, Option<Decimal>) {
        let quantity = self.paid.min(*left);
        (self.paid, *left) = (self.paid - quantity, *left - quantity);
        let amount = self.item.price.map(|price| quantity.times(price));
        self.item.amount = self.item.amount.zip(amount).map(|(all, free)| all - free);
        (quantity, amount)
    }

    /// What is paid; what is free to the last is nothing, whatever a unit costs.
    fn amount(&self) -> Option<Decimal> {
        self.item.amount.or(self.paid.is_zero().then_some(Decimal::ZERO))
    }
}

/// What a class's usage within so many hours costs after what each account has for nothing in a month. Where `is_recurring`, that has been
/// used up for all but these hours.
pub fn class_bill(usage: &PlaceUsage, prices: &Prices, hours: u64, is_recurring: bool) -> ClassBill {
    let mut accounts: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
    for ((account, region), usage) in usage {
        let Some(known) = prices.of(region) else { continue };
        let lines = bill(usage, known).into_iter().map(|item| Line { region, item, paid: item.quantity });
        accounts.entry(account).or_default().extend(lines);
    }
    let share = Decimal::ratio(u128::from(hours).min(MONTH), MONTH);
    let mut class = ClassBill::default();
    let mut items: BTreeMap<(BilledItem, String), BillItem> = BTreeMap::new();
    for (account, mut lines) in accounts {
        for free in &prices.free_tier {
            let whole = free.quantity.0;
            let left = if free.by_time || is_recurring { whole.times(share) } else { whole };
            class.free.extend(freed(account, &mut lines, &free.of, left));
        }
        for line in lines {
            let none = BillItem { quantity: Decimal::ZERO, amount: Some(Decimal::ZERO), ..line.item };
            let known = items.entry((line.item.what, line.region.to_owned())).or_insert(none);
            known.quantity = known.quantity + line.item.quantity;
            known.amount = known.amount.zip(line.amount()).map(|(sum, one)| sum + one);
        }
    }
    class.items = items.into_iter().map(|((_, region), item)| (region, item)).collect();
    class
}

/// Takes so much for nothing of items that share it, the first one first.
fn freed(account: &str, lines: &mut [Line<'_>], of: &[BilledItem], mut left: Decimal) -> Vec<FreeItem> {
    let mut free = Vec::new();
    for what in of {
        for line in lines.iter_mut().filter(|line| line.item.what == *what) {
            let (quantity, amount) = line.take(&mut left);
            if !quantity.is_zero() {
                free.push(FreeItem {
                    account: account.to_owned(),
                    region: line.region.to_owned(),
                    what: *what,
                    quantity,
                    amount,
                });
            }
        }
    }
    free
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
        assert_eq!(class.total().0.to_string(), "591.00");
        assert_eq!(class.free[0].quantity.to_string(), "3.00");
        let week = PlaceUsage::from([at("1", Usage::standing(200, 0, 168))]);
        assert_eq!(class_bill(&week, &prices(), 168, true).total().0.cents(), "136.01");
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
        let lines: Vec<_> = class
            .items
            .iter()
            .map(|(_, item)| format!("{} {} {}", item.what, item.quantity, item.amount.unwrap()))
            .collect();
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
        assert_eq!(class.total().0.cents(), "14.13");
        let (alone, is_whole) = bill_total(&bill(&user, prices().of("us-east-1").unwrap()));
        assert_eq!((alone.cents().as_str(), is_whole), ("0.59", true), "before anything that is free");
    }

    #[test]
    fn each_account_has_its_own_free_tier_and_regions_share_it() {
        let usage = Usage { transitions: 5_000, ..Usage::default() };
        let apart = PlaceUsage::from([at("1", usage), at("2", usage)]);
        let class = class_bill(&apart, &prices(), 730, false);
        assert_eq!((class.total().0.to_string(), class.free.len()), ("0.05".to_owned(), 2));
        let together = PlaceUsage::from([at("1", usage.plus(usage))]);
        assert_eq!(class_bill(&together, &prices(), 730, false).total().0.to_string(), "0.15");
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
        let amounts: Vec<_> = class.items.iter().map(|(_, item)| item.amount.unwrap().to_string()).collect();
        assert_eq!(amounts, ["0.00", "0.03"]);
    }

    /// By hand, in dollars, for Paris: 45,000 transitions less 4,000 at 0.0000297 = 1.2177; 1,500 EXPRESS requests at 0.000001 = 0.0015;
    /// 1,400,000 calls of Lambda less 1,000,000 at 0.0000002 = 0.08; 15 GB of logs less 5 at 0.5985 = 5.985, and 2 of them for a month at
    /// 0.0315 = 0.063; 1,000,100 calls of SQS less 1,000,000 at 0.0000004 = 0.00004; 4 dashboards less 3 at 3.00 = 3.00. In all 10.34724.
    #[test]
    fn another_region_is_billed_at_its_own_prices() {
        let usage = Usage {
            transitions: 45_000,
            express_requests: 1_500,
            invocations: 1_400_000,
            log_bytes: 15 << 30,
            log_byte_hours: (2 << 30) * 730,
            dashboard_hours: 4 * 730,
            queue_requests: 1_000_100,
            ..Usage::default()
        };
        let paris = PlaceUsage::from([(("1".to_owned(), "eu-west-3".to_owned()), usage)]);
        let class = class_bill(&paris, &prices(), 730, false);
        let amounts: Vec<_> = class.items.iter().map(|(_, item)| item.amount.unwrap().to_string()).collect();
        assert_eq!(amounts, ["1.2177", "0.0015", "0.08", "5.985", "0.063", "3.00", "0.00004"]);
        assert_eq!((class.total().0.to_string(), class.total().1), ("10.34724".to_owned(), true));
    }

    /// A Region of which logs have no price: 4 dashboards less 3 at 3.00 are 3.00, and what logs beyond 5 GB cost nobody knows.
    #[test]
    fn an_item_without_a_price_is_in_no_total() {
        let text = r#"{ "currency": "USD", "date": "2026-01-01", "source": "a test", "regions": { "xx-test-1": { "dashboards": "3.00" } },
            "free_tier": [{ "of": ["logs-ingested", "logs-stored"], "quantity": "5" }, { "of": ["dashboards"], "quantity": "3" }] }"#;
        let prices = Prices::read(text).unwrap();
        let of = |gigabytes: u64| {
            let usage = Usage { log_bytes: gigabytes << 30, dashboard_hours: 4 * 730, ..Usage::default() };
            let class =
                class_bill(&PlaceUsage::from([(("1".to_owned(), "xx-test-1".to_owned()), usage)]), &prices, 730, false);
            let logs = class.items[0].1;
            assert_eq!(
                (logs.what, logs.quantity, logs.price),
                (BilledItem::LogsIngested, Decimal::whole(gigabytes), None)
            );
            assert_eq!((class.free[0].quantity, class.free[0].amount), (Decimal::whole(gigabytes.min(5)), None));
            let alone = bill_total(&bill(&usage, prices.of("xx-test-1").unwrap()));
            assert_eq!((alone.0.to_string(), alone.1), ("12.00".to_owned(), false), "before anything that is free");
            (logs.amount, class.total().0.to_string(), class.total().1)
        };
        assert_eq!(of(6), (None, "3.00".to_owned(), false));
        assert_eq!(
            of(4),
            (Some(Decimal::ZERO), "3.00".to_owned(), true),
            "what is free costs nothing, whatever its price"
        );
    }
}
