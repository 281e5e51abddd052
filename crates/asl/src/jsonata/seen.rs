//! What a state's expressions have looked at.

use std::cell::OnceCell;

use labctl_jsonata::Value as Ata;

/// Parts of `$states` as the engine's values, made once for all expressions of a state; copies share everything.
#[derive(Default)]
pub(crate) struct Seen {
    pub(super) input: OnceCell<Ata>,
    pub(super) result: OnceCell<Ata>,
    pub(super) error_output: OnceCell<Ata>,
    pub(super) context: OnceCell<Ata>,
}
