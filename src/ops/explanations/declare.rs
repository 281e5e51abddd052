//! How explanations are written down.

/// Declares rules. Members: code, severity, title, text, the examples' file, the wrong example, the right one, the page.
macro_rules! explain {
    ($($code:literal $severity:ident, $title:literal, $text:literal, $file:literal, $wrong:literal, $right:literal, $page:expr;)*) => {
        /// The explanations of this theme.
        pub(super) static ALL: &[$crate::asl::Rule] = &[$(
            $crate::asl::Rule {
                code: $code,
                severity: $crate::source::Severity::$severity,
                aws: None,
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
