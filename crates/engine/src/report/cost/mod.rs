//! What a lab costs: pure functions from what is used to what AWS bills.
//!
//! | file | is |
//! |---|---|
//! | `usage`, `transitions` | what is billed, in AWS's units; what of an execution's events is |
//! | `prices` | what a unit costs in a Region, as data with date and source; an item may have none |
//! | `bill` | what usage comes to, for a user and for a class |

mod bill;
mod prices;
mod transitions;
mod usage;

pub use bill::{BillItem, ClassBill, FreeItem, PlaceUsage, bill, bill_total, class_bill};
pub use prices::{Prices, RegionPrices, UnitPrice};
pub use transitions::{BILLABLE_EVENTS, Billable};
pub use usage::{BilledItem, Usage, express_mb_ms};
