//! Room on the stack for what nests.

/// What has to be left before a level is entered, and what is added if it is not.
const LEFT: usize = 192 * 1024;
const MORE: usize = 2 * 1024 * 1024;

/// Goes one level deeper, on a new piece of stack if the old one ends.
pub(crate) fn deeper<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEFT, MORE, level)
}
