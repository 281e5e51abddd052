//! Outcomes that thresholds name, held against what the pack knows.

use super::super::context::Context;
use super::super::failure::Failure;
use super::super::participants::participants;
use super::super::session::Session;
use crate::trial::{Named, Outcomes, Threshold, Unknown};

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
        let help = meant.map_or_else(
            || "name a member of the machine's output, as the `expect.output` of its scenarios does".to_owned(),
            |meant| format!("did you mean `/{meant}`?"),
        );
        return Err(Failure::usage(
            format!(
                "`outcome = \"{}\"` of `{}` hits nothing: no output of `{}` is known to have it",
                pointer.unwrap_or_default(),
                pack.display_path("pack.toml").display(),
                bulk.machine
            ),
            help,
        ));
    }
    let mut doubts = Vec::new();
    for threshold in thresholds {
        let Some(name) = threshold.outcome() else { continue };
        let help = |unknown: Unknown| {
            let known = unknown.known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let meant = unknown.meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
            format!("{meant}known outcomes: {known}")
        };
        match outcomes.check_name(name) {
            Named::Known => {}
            Named::Doubtful(unknown) => doubts.push(format!(
                "`--expect '{threshold}'`: nothing in the pack speaks of the outcome `{name}`, which `{}` may put together as it runs; {}",
                bulk.machine,
                help(unknown)
            )),
            Named::Never(unknown) => {
                return Err(Failure::usage(
                    format!("`--expect '{threshold}'`: no execution of `{}` ends as `{name}`", bulk.machine),
                    help(unknown),
                ));
            }
        }
    }
    Ok(doubts)
}
