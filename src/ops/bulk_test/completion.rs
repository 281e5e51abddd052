//! Why a bulk test proves nothing, though nobody set a threshold.

use super::options::BulkTestOptions;
use crate::model::Lab;
use crate::trial::BulkReport;
use crate::ui::counted;
use crate::ui::view::Trouble;

/// Why a run proves nothing, though nobody set a threshold.
pub(crate) enum Completion {
    /// No execution went well.
    None { finished: u64, outcomes: String },
    /// No output has an outcome where one is looked for.
    Nameless { succeeded: u64, pointer: String },
}

impl Completion {
    /// What is wrong; inputs that are all invalid on purpose complete nothing.
    pub(crate) fn of(report: &BulkReport, lab: &Lab, options: &BulkTestOptions) -> Option<Self> {
        let pack = &lab.pack;
        if let Some(pointer) = pack.bulk_outcome().filter(|_| report.succeeded > 0 && report.named == 0) {
            return Some(Self::Nameless { succeeded: report.succeeded, pointer: pointer.to_owned() });
        }
        let machine = pack.bulk.as_ref().and_then(|bulk| pack.machines.iter().find(|it| it.name == bulk.machine));
        let good = machine.map_or(&[][..], |machine| &machine.good);
        let completed = match good {
            [] => report.succeeded,
            good => good.iter().filter_map(|name| report.outcomes.get(name)).sum(),
        };
        let is_on_purpose = options.invalid >= 1.0 || !options.expect.is_empty() || report.interrupted;
        let outcomes: Vec<String> = report.outcomes.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let none = || Self::None { finished: report.finished, outcomes: outcomes.join(", ") };
        (completed == 0 && report.started > 0 && !is_on_purpose).then(none)
    }

    /// As it is shown.
    pub(crate) fn trouble(self) -> Trouble {
        let (what, cause, help) = match self {
            Self::None { finished: 0, .. } => {
                ("the bulk test".to_owned(), "nothing ended".to_owned(), "look at one execution with `labctl test`")
            }
            Self::None { finished, outcomes } => (
                counted(finished, "execution"),
                format!("nothing completed: {outcomes}"),
                "`labctl test` shows what goes wrong; `--expect` says what may",
            ),
            Self::Nameless { succeeded, pointer } => (
                counted(succeeded, "execution"),
                format!("the outcome `{pointer}` hits nothing: no output has it"),
                "correct `outcome` in the pack's `pack.toml`, or what the machine gives",
            ),
        };
        Trouble { what, user: String::new(), cause, help: Some(help.to_owned()), is_credentials: false }
    }
}
