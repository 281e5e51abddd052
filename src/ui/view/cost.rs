//! `cost`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::Decimal;

/// How much of something: a number in the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity(Decimal);

impl From<Decimal> for Quantity {
    fn from(quantity: Decimal) -> Self {
        Self(quantity)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        formatter.pad(text.strip_suffix(".00").unwrap_or(&text))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        match text.parse::<u64>() {
            Ok(whole) => serializer.serialize_u64(whole),
            Err(_) => serializer.serialize_f64(text.parse().unwrap_or_default()),
        }
    }
}

/// What items are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CostOf {
    /// What is to be expected.
    #[default]
    Planned,
    /// What ran.
    Measured,
}

/// A total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CostTotal {
    /// What is to be expected.
    Planned,
    /// What ran until now.
    Measured,
    /// What a week costs in which nobody cleans up.
    ForgottenPerWeek,
}

/// Since when prices are so, and where that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostPrices {
    /// A day, `YYYY-MM-DD`.
    pub date: String,
    /// Pages.
    pub source: String,
    /// The same of each price that is used.
    pub origins: Vec<PriceOrigin>,
}

/// Since when one price is so, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriceOrigin {
    /// Where.
    pub region: String,
    /// Of what.
    pub what: String,
    /// What a unit costs.
    pub price: Decimal,
    /// A day, `YYYY-MM-DD`.
    pub date: String,
    /// A page, or the item of AWS's Price List.
    pub source: String,
}

/// Something that is used and whose price is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnpricedItem {
    /// Where.
    pub region: String,
    /// What.
    pub what: String,
}

/// One thing that is billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostItem {
    /// What.
    pub what: String,
    /// Where; only of a class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How much of it.
    pub quantity: Quantity,
    /// In what.
    pub unit: &'static str,
    /// What a unit costs; none where nobody knows.
    pub price: Option<Decimal>,
    /// What is paid; of a class after what is free; none where nobody knows.
    pub amount: Option<Decimal>,
}

/// What one user's lab costs, before what its account has for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostUser {
    /// Who.
    pub user: String,
    /// How the roster calls the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Twelve digits.
    pub account: String,
    /// Where.
    pub region: String,
    /// What is to be expected.
    pub planned: Decimal,
    /// What ran until now; none where nobody looked.
    pub measured: Option<Decimal>,
    /// What a week costs in which nobody cleans up.
    pub forgotten_per_week: Decimal,
    /// Which of these totals lack an item that has no price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_least: Vec<CostTotal>,
    /// What the items are of.
    pub items_of: CostOf,
    /// What is billed.
    pub items: Vec<CostItem>,
}

/// What a group's labs cost, before what their accounts have for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostGroup {
    /// Its name.
    pub group: String,
    /// Users in it.
    pub users: usize,
    /// What is to be expected.
    pub planned: Decimal,
    /// What ran until now.
    pub measured: Option<Decimal>,
    /// What a forgotten week costs.
    pub forgotten_per_week: Decimal,
    /// Which of these totals lack an item that has no price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_least: Vec<CostTotal>,
}

/// What an account has for nothing of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FreeItemView {
    /// Twelve digits.
    pub account: String,
    /// Where it was used.
    pub region: String,
    /// Of what.
    pub what: String,
    /// How much of it.
    pub quantity: Quantity,
    /// In what.
    pub unit: &'static str,
    /// What it would have cost; none where nobody knows.
    pub amount: Option<Decimal>,
}

/// What the chosen users' labs cost together, after what their accounts have for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostClass {
    /// What is to be expected.
    pub planned: Decimal,
    /// What ran until now; none where nobody looked.
    pub measured: Option<Decimal>,
    /// What a forgotten week costs.
    pub forgotten_per_week: Decimal,
    /// Which of these totals lack an item that has no price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_least: Vec<CostTotal>,
    /// What the items are of.
    pub items_of: CostOf,
    /// What is billed.
    pub items: Vec<CostItem>,
    /// What is free of it, by account.
    pub free_tier: Vec<FreeItemView>,
}

/// `cost`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostView {
    /// `USD`.
    pub currency: String,
    /// Where prices are from.
    pub prices: CostPrices,
    /// Per user.
    pub users: Vec<CostUser>,
    /// Per group of the roster.
    pub groups: Vec<CostGroup>,
    /// Together.
    pub class: CostClass,
    /// What the plan rests on.
    pub assumptions: Vec<String>,
    /// What of what ran is an estimate.
    pub notes: Vec<String>,
    /// What is used and has no price; it is in no total.
    pub unpriced: Vec<UnpricedItem>,
}

impl CostView {
    /// What has no price, in one Region or by Region; none where all has one.
    pub fn unpriced_words(&self, only: Option<&str>) -> Option<String> {
        let mut regions: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for item in self.unpriced.iter().filter(|item| only.is_none_or(|only| item.region == only)) {
            regions.entry(&item.region).or_default().push(format!("`{}`", item.what));
        }
        let of = |(region, what): (&str, Vec<String>)| format!("{} in `{region}`", what.join(", "));
        let all: Vec<String> = regions.into_iter().map(of).collect();
        (!all.is_empty()).then(|| format!("no price is known of {}", all.join("; ")))
    }
}
