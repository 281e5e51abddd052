//! CloudWatch dashboards, drawn and edited. Pure but for the figures, which a [`Reader`] gets: a body and a time range in, widgets out,
//! the same ones every time.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
//!
//! | part | owns |
//! | --- | --- |
//! | `body`, `rows`, `place` | what a body holds: widgets, their metrics with `.` and `...` written out, their places in the grid |
//! | `time` | time ranges and periods |
//! | `figures` | what is asked of GetMetricData, and the series that it answers with |
//! | `labels`, `number` | names of series, numbers and units as text |
//! | `graph`, `axis`, `shapes` | time series, bars, pies and gauges as SVG; colours are classes of `dashboard.css` |
//! | `reader` | who gets figures |
//! | `widgets`, `widget` | the way in; what comes out |
//! | `draw` | a widget from its properties and its series |
//! | `edit` | a body with a widget more or less |
//! | `catalogue` | which metrics there are to choose from |

mod axis;
mod body;
mod catalogue;
mod draw;
mod edit;
mod figures;
mod graph;
mod labels;
mod number;
mod place;
mod reader;
mod rows;
mod shapes;
#[cfg(test)]
mod tests;
mod time;
mod widget;
mod widgets;

pub(super) use catalogue::{Namespace, catalogue};
pub(super) use edit::{NewKind, NewMetric, NewWidget, add, empty, remove};
pub(super) use reader::Reader;
pub(super) use time::Range;
pub(super) use widget::Widget;
pub(super) use widgets::{CSS, range_of, widgets};
