//! The lab of the manifest, and whom it is for.

use super::context::Context;
use super::failure::Failure;
use super::reported;
use crate::manifest::{self, Overrides};
use crate::model::{Lab, TargetKind, User};
use crate::source::Diagnostics;

/// Reads the manifest with what the settings say above it; warnings are shown at once.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack.
pub(crate) fn lab(context: &Context) -> Result<Lab, Failure> {
    lab_with(context, &context.settings.overrides())
}

/// Like [`lab`], with other words above the manifest.
///
/// # Errors
/// Every mistake of the manifest, the roster and the pack.
pub(crate) fn lab_with(context: &Context, overrides: &Overrides) -> Result<Lab, Failure> {
    let (lab, warnings) = manifest::load(&context.settings.manifest, overrides)?;
    loaded(context, &lab);
    // What is to be said of a pack is said once.
    let (of_pack, others) = warnings.0.into_iter().partition(|finding| finding.code.starts_with("pack::"));
    context.warn(&Diagnostics(others));
    reported::warn_once(context, &lab, &Diagnostics(of_pack));
    Ok(lab)
}

/// Whether the manifest, with what is said above it, sends anybody's lab to AWS.
pub(crate) fn is_for_aws(context: &Context) -> bool {
    let lab = manifest::load(&context.settings.manifest, &context.settings.overrides());
    lab.is_ok_and(|(lab, _)| lab.users.iter().any(|user| user.target.kind == TargetKind::Aws))
}

/// Notes where a lab goes, for the command's document.
pub(crate) fn loaded(context: &Context, lab: &Lab) {
    let label = |user: &User| Some((user.name.to_string(), user.student.label.clone()?));
    context.audience.labels(lab.users.iter().filter_map(label).collect());
    if lab.users.is_empty() {
        context.target_report.written([&lab.target]);
    } else {
        context.target_report.written(lab.users.iter().map(|user| &user.target));
    }
}
