//! Stages of a lesson: what is due by the end of one.

use std::collections::BTreeSet;

use super::super::failure::Failure;
use crate::model::Pack;
use crate::source;

/// Stages after the one that is named; none where none is.
///
/// # Errors
/// A stage that the pack does not have.
pub(super) fn later(pack: &Pack, through: Option<&str>) -> Result<BTreeSet<String>, Failure> {
    let Some(through) = through else { return Ok(BTreeSet::new()) };
    let ids = || pack.stages.iter().map(|stage| stage.id.as_str());
    let Some(place) = ids().position(|id| id == through) else {
        let help = if pack.stages.is_empty() {
            "write `[[stages]]` into its `pack.toml`, or leave `--through` out".to_owned()
        } else {
            source::help(through, ids().collect::<Vec<_>>())
        };
        return Err(Failure::usage(format!("the pack `{}` has no stage `{through}`", pack.name), help));
    };
    Ok(ids().skip(place + 1).map(str::to_owned).collect())
}

/// Functions, machines and dashboards of these stages, by their names in the pack.
pub(super) fn resources(pack: &Pack, stages: &BTreeSet<String>) -> BTreeSet<String> {
    let functions = pack.functions.iter().map(|it| (&it.name, &it.stage));
    let machines = pack.machines.iter().map(|it| (&it.name, &it.stage));
    let dashboards = pack.dashboards.iter().map(|it| (&it.name, &it.stage));
    let all = functions.chain(machines).chain(dashboards);
    all.filter(|(_, stage)| stage.as_ref().is_some_and(|stage| stages.contains(stage)))
        .map(|(name, _)| name.clone())
        .collect()
}
