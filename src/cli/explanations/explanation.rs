//! One finding, explained.

use super::{manifest, others, pack, render, roster};
use crate::model::Severity;
use crate::ui::view::RuleView;

/// What a finding means, why it matters, and what to do instead.
pub(in crate::cli) struct Explanation {
    /// Stable, as findings carry it: `manifest::unknown-key`.
    pub(in crate::cli) code: &'static str,
    /// How bad it is.
    pub(in crate::cli) severity: Severity,
    /// The mistake, in a few words.
    pub(in crate::cli) title: &'static str,
    /// What it means and what to do.
    pub(in crate::cli) text: &'static str,
    /// The file that the examples are from; empty where none can be shown.
    pub(in crate::cli) file: &'static str,
    /// A part of that file with the mistake; empty where no text can show it.
    pub(in crate::cli) wrong: &'static str,
    /// The same, put right.
    pub(in crate::cli) right: &'static str,
    /// Where more is written.
    pub(in crate::cli) page: &'static str,
}

impl Explanation {
    /// Every explanation, ordered by what is wrong: manifest, roster, pack, what is rendered, and what single commands say.
    pub(in crate::cli) fn all() -> impl Iterator<Item = &'static Self> {
        [manifest::ALL, roster::ALL, pack::ALL, render::ALL, others::ALL].into_iter().flatten()
    }

    /// As it is shown.
    pub(in crate::cli) fn view(&self) -> RuleView {
        RuleView {
            code: self.code,
            severity: self.severity,
            aws_code: None,
            title: self.title,
            text: self.text,
            file: Some(self.file).filter(|file| !file.is_empty()),
            wrong: self.wrong.to_owned(),
            right: self.right.to_owned(),
            page: self.page,
        }
    }
}

/// Lists explanations. Members: code, severity, title, text, the examples' file, the wrong example, the right one, the page.
macro_rules! explain {
    ($($code:literal $severity:ident, $title:literal, $text:literal, $file:literal, $wrong:literal, $right:literal, $page:expr;)*) => {
        /// The explanations of this theme.
        pub(super) static ALL: &[$crate::cli::explanations::Explanation] = &[$(
            $crate::cli::explanations::Explanation {
                code: $code,
                severity: $crate::model::Severity::$severity,
                title: $title,
                text: $text,
                file: $file,
                wrong: $wrong,
                right: $right,
                page: $page,
            },
        )*];
    };
}
pub(super) use explain;
