//! What a finding is an instance of.

use std::fmt;

use labctl_source::Severity;

/// A rule that findings come from, explained: of the language, or of whoever wraps definitions in files of another kind. Rules are
/// compared by their code.
pub struct Rule {
    /// Stable, for scripts: `asl::missing-next`.
    pub code: &'static str,
    /// How bad it is to break it: an error is refused by CreateStateMachine; with a warning the definition is accepted, and is not what was
    /// meant: it will fail, never end, or hand on a text for its value; with a note it works, and there is something better.
    pub severity: Severity,
    /// The code that ValidateStateMachineDefinition gives; None where AWS says nothing or its code is not known.
    pub aws: Option<&'static str>,
    /// The mistake, in a few words.
    pub title: &'static str,
    /// What AWS does about it, and what to do instead.
    pub text: &'static str,
    /// The file that the examples are parts of; empty where they are parts of a definition.
    pub file: &'static str,
    /// Members of `States` (or a whole definition, or a part of `file`) that break the rule; empty where no text can show it.
    pub wrong: &'static str,
    /// The same, put right.
    pub right: &'static str,
    /// The page of the documentation.
    pub page: &'static str,
}

impl Rule {
    /// The code without the name of the language: `missing-next`.
    pub fn name(&self) -> &'static str {
        self.code.rsplit("::").next().unwrap_or(self.code)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code)
    }
}

/// Declares rules as statics and lists them. Members after the name: severity, AWS's code, title, text, the wrong
/// example, the right one, the page.
macro_rules! declare {
    ($list:ident, $($constant:ident $name:literal $severity:ident $aws:expr, $title:literal, $text:literal, $wrong:literal, $right:literal, $page:expr;)*) => {
        $(
            pub(in crate) static $constant: $crate::check::Rule = $crate::check::Rule {
                code: concat!("asl::", $name),
                severity: labctl_source::Severity::$severity,
                aws: $aws,
                title: $title,
                text: $text,
                file: "",
                wrong: $wrong,
                right: $right,
                page: $page,
            };
        )*
        /// The rules of this theme.
        pub(in crate) static $list: &[&$crate::check::Rule] = &[$(&$constant),*];
    };
}
pub(super) use declare;
