//! Decisions: what has to change so that what is there becomes what is wanted. Pure and synchronous: no clock, no client.

mod change;
mod check;
mod elsewhere;
mod forecast;
mod late;
mod legacy;
mod options;
mod orphans;
mod ownership;
mod planner;
mod prefix;
mod preflight;
mod teardown;
mod user_teardown;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod world;

pub use change::{Action, Change, Claim, Plan, Summary, UserPlan};
pub use check::check;
pub use elsewhere::{Elsewhere, elsewhere, elsewhere_by_tags};
pub use forecast::{BucketOf, Forecast, Load, forecast};
pub use options::PlanOptions;
pub use ownership::Found;
pub use planner::{plan, way_out};
pub use prefix::{ByHand, by_hand};
pub use preflight::{Allowances, Allowed, Need, monthly_dollars, needs};
pub use teardown::teardown;
pub use user_teardown::UserTeardown;

pub use crate::kind::{FieldChange, StateChanges};
