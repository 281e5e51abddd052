//! Outcomes that thresholds name, held against what the pack knows.

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::participants::participants;
use super::super::session::Session;
use crate::trial::{Named, Outcomes, Threshold, pointer_help};

/// Holds what is named against what the pack knows, before anything starts: an outcome that nothing has would hold or fail for ever.
///
/// Gives what is in doubt: names that nothing speaks of, where outcomes are put together at run time.
///
/// # Errors
/// An outcome that does not exist, a pointer that hits nothing.
pub(crate) fn check_names(
    context: &Context,
    session: &Session,
    thresholds: &[Threshold],
) -> Result<Vec<String>, Failure> {
    let pack = &session.lab.pack;
    let Some(bulk) = &pack.bulk else { return Ok(Vec::new()) };
    let participants = participants(context, session)?;
    let machines = participants.iter().filter_map(|participant| participant.machines.get(&bulk.machine));
    let definitions = machines.map(|machine| machine.definition.as_str()).collect();
    let pointer = pack.bulk_outcome();
    let outcomes = Outcomes::of(pack, &bulk.machine, pointer, &definitions);
    if let Err(meant) = outcomes.check_pointer() {
        return Err(Failure::usage(
            format!(
                "`outcome = \"{}\"` of `{}` hits nothing: no output of `{}` is known to have it",
                pointer.unwrap_or_default(),
                pack.display_path("pack.toml").display(),
                bulk.machine
            ),
            pointer_help(meant),
        ));
    }
    let mut doubts = Vec::new();
    for threshold in thresholds {
        let Some(name) = threshold.outcome() else { continue };
        match outcomes.check_name(name) {
            Named::Known => {}
            Named::Quoted => doubts.push(format!(
                "`--expect '{threshold}'`: no scenario of `{}` expects the outcome `{name}`, which only stands elsewhere in the pack",
                bulk.machine
            )),
            Named::Doubtful(unknown) => doubts.push(format!(
                "`--expect '{threshold}'`: nothing in the pack speaks of the outcome `{name}`, which `{}` may put together as it runs; {}",
                bulk.machine,
                unknown.help()
            )),
            Named::Never(unknown) => {
                return Err(Failure::usage(
                    format!("`--expect '{threshold}'`: no execution of `{}` ends as `{name}`", bulk.machine),
                    unknown.help(),
                ));
            }
        }
    }
    Ok(doubts)
}
