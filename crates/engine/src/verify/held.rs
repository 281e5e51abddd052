//! Checks of names and roles.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{self, Own, Reach};
use super::evidence::{EvidenceOf, MachineEvidence, UserEvidence};
use super::finding::{self, Defect, Finding};
use super::score::Proof;
use super::there::name;

/// Roles that the handout itself takes as given.
const GIVEN_ROLE: &str = "LabRole";

impl UserEvidence {
    /// Roles by name, and what has them.
    fn roles_in_use(&self) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for function in self.functions.values().filter_map(EvidenceOf::found) {
            found.entry(name(&function.role).to_owned()).or_default().push(format!("function `{}`", function.name));
        }
        for machine in self.machines.values().filter_map(EvidenceOf::found) {
            found
                .entry(name(&machine.role).to_owned())
                .or_default()
                .push(format!("state machine `{}`", name(&machine.arn)));
        }
        found
    }

    /// Functions that machines call although they lack the prefix.
    fn called_without_prefix(&self) -> BTreeSet<String> {
        let prefix = self.prefix();
        let machines = self.machines.values().filter_map(EvidenceOf::found);
        let states = machines.filter_map(MachineEvidence::workflow).flat_map(|workflow| workflow.states.values());
        let called = states.filter_map(|state| state.function.as_ref());
        called.filter(|called| !called.starts_with(&prefix)).cloned().collect()
    }

    fn is_brought(&self, role: &str) -> bool {
        role == GIVEN_ROLE || self.brought_roles.iter().any(|brought| name(brought) == role)
    }

    /// The console names a role after what it makes it for (`StepFunctions-ann-order-…-role-x1`).
    fn is_prefixed_role(&self, role: &str) -> bool {
        role.starts_with(&self.prefix()) || role.contains(&format!("-{}", self.prefix()))
    }
}

/// Everything in use carries the prefix.
pub(super) fn names(evidence: &UserEvidence) -> Finding {
    let prefix = evidence.prefix();
    let mut bare: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut count = 0_u32;
    count += u32::try_from(evidence.machines.values().filter_map(EvidenceOf::found).count()).unwrap_or_default();
    bare.extend(evidence.called_without_prefix().into_iter().map(|called| ("function", called)));
    for function in evidence.functions.values().filter_map(EvidenceOf::found) {
        count += 1;
        if !function.name.starts_with(&prefix) {
            bare.insert(("function", function.name.clone()));
        }
    }
    for role in evidence.roles_in_use().into_keys() {
        count += 1;
        if !evidence.is_prefixed_role(&role) && !evidence.is_brought(&role) {
            bare.insert(("role", role));
        }
    }
    let Some((kind, first)) = bare.first() else {
        if count == 0 {
            return unread(evidence).map_or_else(nothing, Finding::Unknown);
        }
        return Finding::Passed(vec![Proof::of(
            format!("names that begin with {prefix}"),
            "all",
            format!("all of {count}"),
        )]);
    };
    let more = if bare.len() > 1 { format!(", and {} more", bare.len() - 1) } else { String::new() };
    let text = format!("the {kind} `{first}` does not begin with `{prefix}`{more}");
    let defect = Defect::new(&format!("name/{kind}"), text);
    bare.iter()
        .fold(defect, |defect, (kind, name)| {
            defect.proof(Proof::of(format!("name of a {kind}"), format!("{prefix}…"), name.clone()))
        })
        .into_finding()
}

fn nothing() -> Finding {
    Defect::new("missing/everything", "nothing of the lab is there").into_finding()
}

/// Why nothing is known of something.
fn unread(evidence: &UserEvidence) -> Option<String> {
    let functions = evidence.functions.values().filter_map(why);
    let machines = evidence.machines.values().filter_map(why);
    let roles = evidence.roles.values().filter_map(why);
    functions.chain(machines).chain(roles).next().map(|why| format!("could not be read: {why}"))
}

fn why<T>(found: &EvidenceOf<T>) -> Option<String> {
    match found {
        EvidenceOf::Unread(why) => Some(why.clone()),
        EvidenceOf::Found(_) | EvidenceOf::Absent => None,
    }
}

/// Roles allow what executions need, and nothing of anybody else.
pub(super) fn roles(evidence: &UserEvidence) -> Finding {
    if let Some(defect) = refused(evidence) {
        return defect.into_finding();
    }
    let called = evidence.called_without_prefix();
    let (mut proofs, mut unknown) = (Vec::new(), None);
    for (role, users) in evidence.roles_in_use() {
        match evidence.roles.get(&role) {
            Some(EvidenceOf::Unread(why)) => unknown = Some(format!("role `{role}` could not be read: {why}")),
            Some(EvidenceOf::Absent) => {
                let text = format!("the role `{role}` of {} is not there", users.join(", "));
                let proof = Proof::of(format!("role {role}"), "there", "not there");
                return Defect::new("missing/role", text).about([finding::role(&role)]).proof(proof).into_finding();
            }
            Some(EvidenceOf::Found(found)) if !evidence.is_brought(&role) => {
                let what = format!("what role {role} reaches beyond {}", evidence.prefix());
                if let Some(reach) = access::beyond(
                    found,
                    &Own { prefix: &evidence.prefix(), others: &called, stars: evidence.as_written },
                ) {
                    return too_far(&role, what, &reach).into_finding();
                }
                proofs.push(Proof::of(what, "nothing", "nothing"));
            }
            Some(EvidenceOf::Found(_)) | None => {}
        }
    }
    if proofs.is_empty() && unknown.is_none() && evidence.roles_in_use().is_empty() {
        return unread(evidence).map_or_else(nothing, Finding::Unknown);
    }
    unknown.map_or(Finding::Passed(proofs), Finding::Unknown)
}

fn too_far(role: &str, what: String, reach: &Reach) -> Defect {
    let Reach { policy, action, resource } = reach;
    let text = format!(
        "role `{role}` may `{action}` on `{resource}` (policy `{policy}`): that reaches other users' resources"
    );
    let mut defect = Defect::new("role/too-much", text).about([finding::role(role)]);
    defect.cause.hint = Some(format!("name the user's own resources in the policy `{policy}` instead of `{resource}`"));
    defect.proof(Proof::of(what, "nothing", format!("{action} on {resource}")))
}

/// A call that an execution could not make for want of a permission.
fn refused(evidence: &UserEvidence) -> Option<Defect> {
    let roles = evidence.roles_in_use();
    for execution in &evidence.executions {
        for visit in execution.visits.iter().flatten() {
            for attempt in &visit.attempts {
                let text = attempt.cause.as_deref().unwrap_or_default();
                let Some(role) = access::refused_role(text).filter(|role| roles.contains_key(role)) else { continue };
                let cause = execution.cause.clone().filter(|cause| cause.key.starts_with("denied/"));
                let mut defect = Defect::new("denied", text.to_owned());
                if let Some(cause) = cause {
                    defect.cause = cause;
                }
                let proof = Proof::of(format!("a call of state {}", visit.state), "allowed", text.to_owned());
                let subjects = [finding::role(&role), finding::machine(&execution.machine)];
                return Some(defect.about(subjects).proof(proof.in_visit(execution, visit)));
            }
        }
    }
    None
}
