//! Checks of what is there and how it is configured.

use serde_json::{Value, json};

use super::evidence::{EvidenceOf, FunctionEvidence, MachineEvidence, UserEvidence};
use super::finding::{self, Defect, Finding, Missing};
use super::score::Proof;
use crate::model::{DefinitionTest, MachineType};

impl UserEvidence {
    /// A machine that is there, else what is to be said instead.
    pub(super) fn machine(&self, name: &str) -> Result<&MachineEvidence, Finding> {
        match self.machines.get(name) {
            Some(EvidenceOf::Found(machine)) => Ok(machine),
            Some(EvidenceOf::Unread(why)) => {
                Err(Finding::Unknown(format!("the state machine could not be read: {why}")))
            }
            Some(EvidenceOf::Absent) | None => {
                let name_there = format!("{}{name}", self.prefix());
                Err(Finding::Missing(Missing { kind: "state machine", short: name.to_owned(), name: name_there }))
            }
        }
    }

    /// Whether a function that a definition names is this one of the pack, also under a wrong name.
    pub(super) fn is_function(&self, wanted: &str, called: &str) -> bool {
        called == format!("{}{wanted}", self.prefix())
            || called == wanted
            || called.strip_suffix(wanted).is_some_and(|before| before.ends_with(['-', '_']))
    }
}

/// Every function is there.
pub(super) fn functions_present(evidence: &UserEvidence, names: &[String]) -> Finding {
    let (mut there, mut missing, mut unread) = (Vec::new(), Vec::new(), None);
    for name in names {
        let full = format!("{}{name}", evidence.prefix());
        match evidence.functions.get(name) {
            Some(EvidenceOf::Found(found)) => {
                there.push(Proof::of(format!("function {full}"), "there", found.name.clone()));
            }
            Some(EvidenceOf::Absent) | None => missing.push((name, full)),
            Some(EvidenceOf::Unread(why)) => unread = Some(format!("function `{full}` could not be read: {why}")),
        }
    }
    let [(first, _), ..] = missing.as_slice() else {
        return unread.map_or(Finding::Passed(there), Finding::Unknown);
    };
    let names: Vec<String> = missing.iter().map(|(_, full)| format!("`{full}`")).collect();
    let (key, verb) = match missing.as_slice() {
        [_] => (format!("missing/function/{first}"), "is"),
        _ => ("missing/functions".to_owned(), "are"),
    };
    let defect = Defect::new(&key, format!("{} {verb} not there", names.join(", ")));
    let defect = defect.about(missing.iter().map(|(name, _)| finding::function(name)));
    missing
        .iter()
        .fold(defect, |defect, (_, full)| defect.proof(Proof::of(format!("function {full}"), "there", "not there")))
        .into_finding()
}

/// Every dashboard is there.
pub(super) fn dashboards_present(evidence: &UserEvidence, names: &[String]) -> Finding {
    let mut proofs = Vec::new();
    for name in names {
        let full = format!("{}{name}", evidence.prefix());
        match evidence.dashboards.get(name) {
            Some(EvidenceOf::Found(_)) => proofs.push(Proof::of(format!("dashboard {full}"), "there", "there")),
            Some(EvidenceOf::Unread(why)) => {
                return Finding::Unknown(format!("dashboard `{full}` could not be read: {why}"));
            }
            Some(EvidenceOf::Absent) | None => {
                return Finding::Missing(Missing { kind: "dashboard", short: name.clone(), name: full });
            }
        }
    }
    Finding::Passed(proofs)
}

/// Where none of these functions is there, nothing can be said of any.
pub(super) fn no_function(evidence: &UserEvidence, names: &[String]) -> Option<Finding> {
    let is_absent = |name: &String| matches!(evidence.functions.get(name), Some(EvidenceOf::Absent) | None);
    let first = names.first().filter(|_| names.iter().all(is_absent))?;
    let name = format!("{}{first}", evidence.prefix());
    Some(Finding::Missing(Missing { kind: "function", short: first.clone(), name }))
}

/// Runtime and time limit of every function that is there will do.
pub(super) fn functions_configured(evidence: &UserEvidence, names: &[String]) -> Finding {
    if let Some(missing) = no_function(evidence, names) {
        return missing;
    }
    let (mut proofs, mut wrong, mut unread) = (Vec::new(), Vec::new(), None);
    for name in names {
        match evidence.functions.get(name) {
            Some(EvidenceOf::Found(function)) => match misconfigured(function) {
                Some(problem) => wrong.push((name, problem)),
                None => proofs.push(Proof::of(
                    format!("time limit of function {} in seconds", function.name),
                    function.wanted.as_ref().map_or(Value::Null, |wanted| json!(wanted.timeout_seconds)),
                    json!(function.timeout_seconds),
                )),
            },
            Some(EvidenceOf::Unread(why)) => unread = Some(format!("function `{name}` could not be read: {why}")),
            Some(EvidenceOf::Absent) | None => {}
        }
    }
    let Some((first, (_, text))) = wrong.first() else {
        return unread.map_or(Finding::Passed(proofs), Finding::Unknown);
    };
    let more = if wrong.len() > 1 { format!(", and {} more", wrong.len() - 1) } else { String::new() };
    let defect = Defect::new(&format!("configuration/{first}"), format!("{text}{more}"));
    wrong
        .iter()
        .fold(defect, |defect, (name, (proof, _))| defect.about([finding::function(name)]).proof(proof.clone()))
        .into_finding()
}

/// What of a function's configuration will not do.
fn misconfigured(function: &FunctionEvidence) -> Option<(Proof, String)> {
    let wanted = function.wanted.as_ref()?;
    let name = &function.name;
    let language = |runtime: &str| runtime.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic()).to_owned();
    let kind = |runtime: &str| language(runtime.split('.').next().unwrap_or(runtime));
    if kind(&function.runtime) != kind(&wanted.runtime) {
        let text = format!("`{name}` has the runtime {}, where {} is expected", function.runtime, wanted.runtime);
        return Some((
            Proof::of(format!("runtime of function {name}"), wanted.runtime.clone(), function.runtime.clone()),
            text,
        ));
    }
    let limits = [
        ("time limit", "seconds", function.timeout_seconds, wanted.timeout_seconds),
        ("memory", "MiB", function.memory_mib, wanted.memory_mib.min(128)),
    ];
    limits.into_iter().find(|(_, _, is, least)| is < least).map(|(what, unit, is, least)| {
        let text = format!("`{name}` has a {what} of {is} {unit}, where {least} are needed");
        (Proof::of(format!("{what} of function {name} in {unit}"), least, is), text)
    })
}

/// A machine is of its type and calls what it must.
pub(super) fn definition(evidence: &UserEvidence, asked: &DefinitionTest) -> Finding {
    let machine = match evidence.machine(&asked.machine) {
        Ok(machine) => machine,
        Err(finding) => return finding,
    };
    let subject = [finding::machine(&asked.machine)];
    let word = |machine_type| if machine_type == MachineType::Express { "EXPRESS" } else { "STANDARD" };
    let kind =
        Proof::of(format!("type of {}", name(&machine.arn)), word(asked.machine_type), word(machine.machine_type));
    if machine.machine_type != asked.machine_type {
        let text =
            format!("`{}` is {}, not {}", name(&machine.arn), word(machine.machine_type), word(asked.machine_type));
        return Defect::new(&format!("type/{}", asked.machine), text).about(subject).proof(kind).into_finding();
    }
    let Some(workflow) = machine.workflow() else {
        let text = format!("the definition of `{}` cannot be read", name(&machine.arn));
        return Defect::new(&format!("definition/{}", asked.machine), text).about(subject).into_finding();
    };
    let mut proofs = vec![kind];
    for function in &asked.calls {
        let is_it = |called: &str| evidence.is_function(function, called);
        let calling: Vec<&str> = workflow.calling(&is_it).map(|(state, _)| state).collect();
        let proof = Proof::of(format!("states that call {function}"), "one or more", json!(calling));
        if calling.is_empty() {
            let text = format!("no state of `{}` calls a function `…{function}`", name(&machine.arn));
            return Defect::new(&format!("calls/{}/{function}", asked.machine), text)
                .about(subject)
                .proof(proof)
                .into_finding();
        }
        proofs.push(proof);
    }
    Finding::Passed(proofs)
}

/// A machine logs everything, with execution data.
pub(super) fn logging(evidence: &UserEvidence, name_in_pack: &str) -> Finding {
    let machine = match evidence.machine(name_in_pack) {
        Ok(machine) => machine,
        Err(finding) => return finding,
    };
    let found = machine.logging.as_ref();
    let level = found.map_or("OFF", |logging| logging.level.as_str());
    let has_data = found.is_some_and(|logging| logging.include_execution_data);
    let what = format!("logging of {}", name(&machine.arn));
    let proof = Proof::of(what, "ALL, with execution data", json!(found));
    if level == "ALL" && has_data {
        return Finding::Passed(vec![proof]);
    }
    let text = if level == "ALL" {
        format!("`{}` logs without execution data", name(&machine.arn))
    } else {
        format!("`{}` has the log level {level}, where ALL is expected", name(&machine.arn))
    };
    Defect::new(&format!("logging/{name_in_pack}"), text)
        .about([finding::machine(name_in_pack)])
        .proof(proof)
        .into_finding()
}

/// What an ARN ends with.
pub(super) fn name(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}
