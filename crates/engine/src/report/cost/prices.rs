//! Prices as data: what a unit costs in a Region, what of it an account has for nothing each month, since when, and where that stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::usage::BilledItem;
use crate::model::Decimal;

/// The prices that labctl carries.
const OWN: &str = include_str!("prices.json");

/// Prices by Region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// `USD`.
    pub currency: String,
    /// The day on which they were so.
    pub date: String,
    /// Where that stands.
    pub source: String,
    /// Where single ones stand.
    #[serde(default)]
    pub sources: BTreeMap<BilledItem, String>,
    regions: BTreeMap<String, RegionPrices>,
    #[serde(default)]
    pub(super) free_tier: Vec<FreeTier>,
}

/// What a unit of each item costs in one Region.
pub type RegionPrices = BTreeMap<BilledItem, UnitPrice>;

/// What a unit costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPrice(pub(super) Decimal);

/// What an account has for nothing in a month.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeTier {
    /// Of what; several items share it, the first one first.
    pub(super) of: Vec<BilledItem>,
    pub(super) quantity: UnitPrice,
    /// Whether it is for things that are there all the time, so that a day has its share of it and no more.
    #[serde(default)]
    pub(super) by_time: bool,
}

impl<'de> Deserialize<'de> for UnitPrice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Decimal::parse(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no decimal number such as \"0.000025\" (at most twelve places behind the point)"
            ))
        })
    }
}

impl Prices {
    /// The text of the prices that labctl carries.
    pub fn own_text() -> &'static str {
        OWN
    }

    /// The prices that labctl carries.
    ///
    /// # Errors
    /// As [`Prices::read`]; a test holds that there is none.
    pub fn own() -> Result<Self, String> {
        Self::read(OWN)
    }

    /// Reads prices.
    ///
    /// # Errors
    /// What is no JSON of this shape, with its line and column; a Region that lacks an item.
    pub fn read(text: &str) -> Result<Self, String> {
        let prices: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if prices.currency != "USD" {
            return Err(format!("the currency `{}` is not known: AWS bills in `USD`", prices.currency));
        }
        for (region, known) in &prices.regions {
            if let Some(missing) = BilledItem::ALL.iter().find(|item| !known.contains_key(item)) {
                return Err(format!("the region `{region}` has no price of `{missing}`"));
            }
        }
        Ok(prices)
    }

    /// What a Region's prices are; none where they are not known.
    pub fn of(&self, region: &str) -> Option<&RegionPrices> {
        self.regions.get(region)
    }

    /// The Regions that are known.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prices_of_labctl_are_whole() {
        let prices = Prices::own().unwrap();
        assert_eq!((prices.currency.as_str(), prices.regions().collect::<Vec<_>>()), ("USD", vec!["us-east-1"]));
        assert_eq!(prices.sources.len(), BilledItem::ALL.len());
        let known = prices.of("us-east-1").unwrap();
        let thousand = Decimal::whole(1_000).times(known[&BilledItem::StatesTransitions].0);
        let million = |item: BilledItem| Decimal::whole(1_000_000).times(known[&item].0).to_string();
        assert_eq!(thousand.to_string(), "0.025");
        assert_eq!(million(BilledItem::LambdaRequests), "0.20");
        assert_eq!(million(BilledItem::StatesRequests), "1.00");
        assert_eq!(million(BilledItem::SqsRequests), "0.40");
    }

    #[test]
    fn mistakes_are_named() {
        let own = Prices::own_text();
        let refused = |from: &str, to: &str| Prices::read(&own.replacen(from, to, 1)).unwrap_err();
        assert!(refused("\"0.03\"", "0.03").contains("line"), "a number would be rounded");
        assert!(refused("\"0.03\"", "\"3 cents\"").contains("`3 cents` is no decimal number"));
        assert!(refused("\"dashboards\": \"3.00\",", "").contains("no price of `dashboards`"));
        assert!(refused("\"USD\"", "\"EUR\"").contains("`EUR`"));
        assert!(refused("\"date\"", "\"day\"").contains("unknown field `day`"));
    }
}
