//! Names that are like the one that was written.

use crate::source;

/// What to do about an unknown name.
pub(crate) fn nearest<'n>(written: &str, known: impl Iterator<Item = &'n str>, noun: &str) -> String {
    let known: Vec<&str> = known.collect();
    match source::nearest_within(written, known.iter().copied(), |length| length.max(6) / 3) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => format!("there is no {noun}"),
        None if known.len() <= 12 => {
            format!("there are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
        None => {
            format!("there are {} {noun}s, the first is `{}`", known.len(), known.first().copied().unwrap_or_default())
        }
    }
}
