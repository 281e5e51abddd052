//! Decisions: what has to change so that what is there becomes what is wanted. Pure and synchronous: no clock, no client.

mod change;
mod check;
mod cost;
mod difference;
mod elsewhere;
mod forecast;
mod legacy;
mod ownership;
mod planner;
mod prefix;
mod preflight;
mod states;
mod stray;
mod teardown;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod world;

pub use change::{Action, Change, Claim, FieldChange, Plan, StateChanges, Summary, UserPlan};
pub use check::check;
pub use cost::calls;
pub use difference::{Difference, difference};
pub use elsewhere::elsewhere;
pub use forecast::{BucketOf, Forecast, Load, forecast};
pub use ownership::{Found, named_after};
pub use planner::{PlanOptions, plan, way_out};
pub use prefix::{ByHand, by_hand};
pub use preflight::{Allowances, Allowed, Need, dashboard_dollars, needs};
pub use teardown::{Leaving, teardown};
