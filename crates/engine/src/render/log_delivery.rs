//! The resource policy of an account that grows with every log group outside of `/aws/vendedlogs/`.
//!
//! To deliver a machine's events, Step Functions adds the machine's log group to one resource policy of CloudWatch Logs. That
//! policy may have 5,120 characters for the account in a region, and log groups whose names begin with `/aws/vendedlogs/` need no
//! entry of their own. <https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html>

use std::collections::BTreeMap;

use super::scope::Scope;
use super::template::Templates;
use crate::kind::LogGroup;
use crate::model::{Lab, Place, UserName};
use crate::source::Diagnostic;

/// The most characters of the policy. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LARGEST: usize = 5_120;
/// The policy without entries, and what surrounds an entry: `"…:log-stream:*",`.
const EMPTY: usize = 344;
const AROUND: usize = 16;

/// The prefix of log groups that need no entry.
const VENDED: &str = "/aws/vendedlogs/";

/// Warns of machines that log elsewhere, with the number of users from which AWS would refuse them.
pub(super) fn check(templates: &Templates<'_>, lab: &Lab, places: &BTreeMap<UserName, Place>) -> Vec<Diagnostic> {
    let mut entries: BTreeMap<&Place, Vec<usize>> = BTreeMap::new();
    let mut first = None;
    for user in &lab.users {
        let Some(place) = places.get(&user.name) else { continue };
        let Ok(scope) = Scope::new(templates, lab, user, place) else { continue };
        let mut length = 0;
        for (at, machine) in scope.entries("machines", &lab.pack.machines, |it| it.when.as_deref()) {
            let Some(logging) = machine.logging.as_ref().filter(|logging| logging.level != "OFF") else { continue };
            let Ok(name) = templates.string(&logging.log_group, &scope.context) else { continue };
            if name.starts_with(VENDED) {
                continue;
            }
            length += place.arn(&LogGroup::key(name.as_str()), "/").len() + AROUND;
            first.get_or_insert((at, machine.name.clone(), logging.log_group.clone()));
        }
        if length > 0 {
            entries.entry(place).or_default().push(length);
        }
    }
    let Some((at, machine, group)) = first else { return Vec::new() };
    // The place with most users is where it stops first.
    let Some(lengths) = entries.values().max_by_key(|lengths| lengths.len()) else { return Vec::new() };
    let mean = lengths.iter().sum::<usize>().div_ceil(lengths.len().max(1)).max(1);
    let have = lengths.len();
    let mut size = EMPTY;
    let full = lengths.iter().position(|length| {
        size += length;
        size > LARGEST
    });
    let from = full.unwrap_or((LARGEST - EMPTY) / mean) + 1;
    let consequence = if full.is_some() {
        format!("AWS refuses the machines from about user {from} of {have} on")
    } else {
        format!("AWS refuses such machines from about {from} users on")
    };
    let message = format!("machine `{machine}` logs to `{group}`: {consequence}");
    let finding = Diagnostic::warning("render::log-delivery", message).help(
        "let the log group's name begin with `/aws/vendedlogs/states/`: others fill one resource policy of 5,120 characters",
    );
    vec![templates.at_place(finding, &format!("{at}/logging/log_group"), &group)]
}
