//! `cost`.

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

/// Since when prices are so, and where that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostPrices {
    /// A day, `YYYY-MM-DD`.
    pub date: String,
    /// Pages.
    pub source: String,
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
    /// What a unit costs.
    pub price: Decimal,
    /// What is paid; of a class after what is free.
    pub amount: Decimal,
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
}

/// What an account has for nothing of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FreeItemView {
    /// Twelve digits.
    pub account: String,
    /// Of what.
    pub what: String,
    /// How much of it.
    pub quantity: Quantity,
    /// In what.
    pub unit: &'static str,
    /// What it would have cost.
    pub amount: Decimal,
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
}
