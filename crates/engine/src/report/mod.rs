//! Tells the story: what an execution did, for other viewers; what it was worth, and what it cost; the class as a page.
//!
//! - `cost` says what AWS bills for what is used.
//! - `export` writes a trace for other viewers.
//! - `gradebook` writes what users earned, as learning platforms import it.
//! - `page` writes a class as one HTML page.

mod cost;
mod export;
mod gradebook;
mod page;

pub use cost::{
    BILLABLE_EVENTS, BillItem, Billable, BilledItem, ClassBill, FreeItem, PlaceUsage, Prices, RegionPrices, UnitPrice,
    Usage, bill, bill_total, class_bill, express_mb_ms,
};
pub use export::{ExportFormat, ExportedTrace};
pub use gradebook::{
    ExportedFile, Filled, GradebookFiles, GradebookFormat, Graded, GradedCheck, GradedRun, IfUnknown, LeftOut,
    NoColumn, NotATable, RowOf, Unmatched, column, fill, write,
};
pub use page::{
    BulkRunFigures, CheckColumn, ClassReport, CostLine, ReportCause, ReportCost, ReportEvidence, ReportExecution,
    ReportLine, ReportMachine, ReportUser, ReportVerdict, StandingLab, StateFigures, StateSeconds, UserSeconds, page,
};
