//! What of an execution is shown, and how.

use std::path::PathBuf;

use super::super::selection::Selection;
use crate::report::ExportFormat;

/// In which form a trace is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TraceForm {
    /// A timeline.
    #[default]
    Timeline,
    /// The machine, drawn as text with the execution on it.
    GraphText,
    /// The same as SVG.
    GraphSvg,
    /// The format of another viewer.
    Export(ExportFormat),
}

/// What of an execution is shown, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceOptions {
    /// The execution, as [`super::reference`] reads it; else the last one that failed.
    pub(crate) execution: Option<String>,
    /// Among whose executions it is looked for, where it names nobody.
    pub(crate) selection: Selection,
    /// Whether inputs, outputs and logs are shown whole.
    pub(crate) full: bool,
    /// Whether states that did not fail are left out.
    pub(crate) only_failed: bool,
    /// The form.
    pub(crate) form: TraceForm,
    /// The columns that a text has, and whether it may have characters beyond ASCII.
    pub(crate) columns: (usize, bool),
    /// The file that a picture or an export is written to.
    pub(crate) output: Option<PathBuf>,
}
