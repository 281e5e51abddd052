//! The lab of the manifest, and whom it is for.

use super::context::Context;
use super::failure::Failure;
use super::reported;
use crate::manifest::{self, Overrides};
use crate::model::{Lab, TargetKind, User};
use crate::source::{Diagnostic, Diagnostics, Severity};
use crate::ui::counted_len;

/// Mistakes of which a command that goes on shows the first; `labctl validate` shows all.
const SHOWN: usize = 3;

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
    context.say_manifest();
    let (lab, warnings) = manifest::load(&context.settings.manifest, overrides)?;
    Ok(warned(context, lab, warnings))
}

/// As [`lab`], for commands that only look at what is there or remove it. What leaves open only what is in the labs is a warning, and the
/// second value is false then: the lab's pack and the users' settings are worth nothing.
///
/// # Errors
/// Every finding, where a mistake leaves open which lab it is, whose labs there are or where they are.
pub(crate) fn whereabouts(context: &Context) -> Result<(Lab, bool), Failure> {
    context.say_manifest();
    let (lab, found) = manifest::load_whereabouts(&context.settings.manifest, &context.settings.overrides())?;
    if !found.has_errors() {
        return Ok((warned(context, lab, found), true));
    }
    loaded(context, &lab);
    tell_mistakes(context, &found);
    Ok((lab, false))
}

/// Shows the first mistakes as warnings, and says what they do not stop.
pub(crate) fn tell_mistakes(context: &Context, found: &Diagnostics) {
    let errors: Vec<&Diagnostic> = found.0.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let shown =
        errors.iter().take(SHOWN).map(|finding| Diagnostic { severity: Severity::Warning, ..(*finding).clone() });
    context.warn(&Diagnostics(shown.collect()));
    let more = errors.len().saturating_sub(SHOWN);
    let mistakes = if more > 0 {
        format!("{} like these: `labctl validate` shows all", counted_len(more, "more mistake"))
    } else {
        "`labctl validate` shows the same as errors".to_owned()
    };
    tell_unknown(context, &mistakes);
}

/// Says that what should be in the labs is not known, and what that does not stop.
pub(crate) fn tell_unknown(context: &Context, why: &str) {
    context
        .audience
        .warning(&format!("what should be in the labs is not known ({why}); what is there is found by its tags"));
}

/// Whether the manifest, with what is said above it, sends anybody's lab to AWS.
pub(crate) fn is_for_aws(context: &Context) -> bool {
    let lab = manifest::load(&context.settings.manifest, &context.settings.overrides());
    lab.is_ok_and(|(lab, _)| lab.users.iter().any(|user| user.target.kind == TargetKind::Aws))
}

/// The lab, after what is to be said of it: of a pack once.
fn warned(context: &Context, lab: Lab, warnings: Diagnostics) -> Lab {
    loaded(context, &lab);
    let (of_pack, others) = warnings.0.into_iter().partition(|finding| finding.code.starts_with("pack::"));
    context.warn(&Diagnostics(others));
    reported::warn_once(context, &lab, &Diagnostics(of_pack));
    lab
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
