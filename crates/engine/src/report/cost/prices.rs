//! Prices as data: what a unit costs in a Region, what of it an account has for nothing each month, since when, and where that stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
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
    /// The day on which they were so, where a price does not say its own.
    pub date: String,
    /// Where that stands.
    pub source: String,
    /// Where those of an item stand, where a price does not say its own.
    #[serde(default)]
    pub sources: BTreeMap<BilledItem, String>,
    regions: BTreeMap<String, RegionPrices>,
    #[serde(default)]
    pub(super) free_tier: Vec<FreeTier>,
}

/// What a unit of an item costs in one Region; an item whose price is not known is not in it.
pub type RegionPrices = BTreeMap<BilledItem, UnitPrice>;

/// What a unit costs, and since when and where that stands where the price says so itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    pub(super) price: Decimal,
    date: Option<String>,
    source: Option<String>,
}

/// A decimal number that is written as text, since a number of JSON would be rounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exact(pub(super) Decimal);

/// What an account has for nothing in a month.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreeTier {
    /// Of what; several items share it, the first one first.
    pub(super) of: Vec<BilledItem>,
    pub(super) quantity: Exact,
    /// Whether it is for things that are there all the time, so that a day has its share of it and no more.
    #[serde(default)]
    pub(super) by_time: bool,
}

impl Exact {
    fn parse<E: Error>(text: &str) -> Result<Self, E> {
        Decimal::parse(text).map(Self).ok_or_else(|| {
            E::custom(format!(
                "`{text}` is no decimal number such as \"0.000025\" (at most twelve places behind the point)"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?)
    }
}

impl<'de> Deserialize<'de> for UnitPrice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyPrice)
    }
}

/// A price with its date and source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sourced {
    price: Exact,
    date: Option<String>,
    source: Option<String>,
}

/// Reads a price that stands alone, or one with its date and source.
struct AnyPrice;

impl<'de> Visitor<'de> for AnyPrice {
    type Value = UnitPrice;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a price such as \"0.000025\", or an object with `price`, `date` and `source`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<UnitPrice, E> {
        let Exact(price) = Exact::parse(text)?;
        Ok(UnitPrice { price, date: None, source: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<UnitPrice, A::Error> {
        let Sourced { price: Exact(price), date, source } = Sourced::deserialize(MapAccessDeserializer::new(map))?;
        Ok(UnitPrice { price, date, source })
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
    /// What is no JSON of this shape, with its line and column.
    pub fn read(text: &str) -> Result<Self, String> {
        let prices: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if prices.currency != "USD" {
            return Err(format!("the currency `{}` is not known: AWS bills in `USD`", prices.currency));
        }
        Ok(prices)
    }

    /// What a Region's prices are; none where they are not known.
    pub fn of(&self, region: &str) -> Option<&RegionPrices> {
        self.regions.get(region)
    }

    /// What a unit costs in a Region, since when that is so and where it stands; none where its price is not known.
    pub fn origin(&self, region: &str, what: BilledItem) -> Option<(Decimal, &str, &str)> {
        let UnitPrice { price, date, source } = self.of(region)?.get(&what)?;
        let source = source.as_ref().or_else(|| self.sources.get(&what)).unwrap_or(&self.source);
        Some((*price, date.as_ref().unwrap_or(&self.date), source))
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
    fn the_prices_of_labctl_are_per_unit_and_have_a_source() {
        let prices = Prices::own().unwrap();
        assert_eq!((prices.currency.as_str(), prices.regions().count()), ("USD", 20));
        let is_day = |text: &str| jiff::civil::Date::strptime("%Y-%m-%d", text).is_ok();
        for region in prices.regions() {
            for what in prices.of(region).unwrap().keys() {
                let (price, date, source) = prices.origin(region, *what).unwrap();
                assert!(
                    !price.is_zero() && is_day(date) && source != prices.source,
                    "{region} {what}: {date}, {source}"
                );
            }
        }
        for region in ["us-east-1", "eu-west-3", "ap-southeast-1"] {
            assert_eq!(prices.of(region).unwrap().len(), BilledItem::ALL.len(), "{region}");
        }
        let thousand =
            |region| Decimal::whole(1_000).times(prices.of(region).unwrap()[&BilledItem::StatesTransitions].price);
        assert_eq!(["us-east-1", "eu-west-3"].map(|region| thousand(region).to_string()), ["0.025", "0.0297"]);
        let known = prices.of("us-east-1").unwrap();
        let million = |item: BilledItem| Decimal::whole(1_000_000).times(known[&item].price).to_string();
        assert_eq!(million(BilledItem::LambdaRequests), "0.20");
        assert_eq!(million(BilledItem::StatesRequests), "1.00");
        assert_eq!(million(BilledItem::SqsRequests), "0.40");
    }

    /// A slip of a digit or a unit is no price of AWS's.
    #[test]
    fn no_region_costs_more_than_twice_another() {
        let prices = &Prices::own().unwrap();
        let of = |what| prices.regions().filter_map(move |region| Some(prices.origin(region, what)?.0));
        for what in BilledItem::ALL {
            let (least, most) = (of(what).min().unwrap(), of(what).max().unwrap());
            assert!(most <= least + least, "{what}: {least} to {most}");
        }
    }

    #[test]
    fn a_price_says_itself_or_by_item_or_by_file_where_it_stands() {
        let text = r#"{ "currency": "USD", "date": "2026-01-01", "source": "of all", "sources": { "dashboards": "of dashboards" },
            "regions": { "xx-test-1": { "dashboards": "3.00", "lambda-requests": "0.1", "logs-stored": { "price": "0.03" },
            "logs-ingested": { "price": "0.5", "date": "2026-02-02", "source": "its own" } } } }"#;
        let prices = Prices::read(text).unwrap();
        let of =
            |what| prices.origin("xx-test-1", what).map(|(price, date, source)| format!("{price} {date} {source}"));
        assert_eq!(of(BilledItem::Dashboards).unwrap(), "3.00 2026-01-01 of dashboards");
        assert_eq!(of(BilledItem::LambdaRequests).unwrap(), "0.10 2026-01-01 of all");
        assert_eq!(of(BilledItem::LogsStored).unwrap(), "0.03 2026-01-01 of all");
        assert_eq!(of(BilledItem::LogsIngested).unwrap(), "0.50 2026-02-02 its own");
        assert_eq!(of(BilledItem::SqsRequests), None);
    }

    #[test]
    fn mistakes_are_named() {
        let own = Prices::own_text();
        let refused = |from: &str, to: &str| Prices::read(&own.replacen(from, to, 1)).unwrap_err();
        let number = refused("\"0.03\"", "0.03");
        assert!(
            number.contains("expected a price such as") && number.contains("line"),
            "a number would be rounded: {number}"
        );
        assert!(refused("\"0.03\"", "\"3 cents\"").contains("`3 cents` is no decimal number"));
        assert!(refused("\"price\": \"0.000025\"", "\"price\": \"free\"").contains("`free` is no decimal number"));
        assert!(refused("\"price\": \"0.000025\", ", "").contains("missing field `price`"));
        assert!(refused("\"price\"", "\"cost\"").contains("unknown field `cost`"));
        assert!(refused("\"dashboards\": \"3.00\"", "\"pictures\": \"3.00\"").contains("unknown variant `pictures`"));
        assert!(refused("\"USD\"", "\"EUR\"").contains("`EUR`"));
        assert!(refused("\"date\"", "\"day\"").contains("unknown field `day`"));
    }
}
