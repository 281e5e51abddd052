//! The check that handlers run.

use super::access;
use super::evidence::{AttemptEvidence, EvidenceOf, UserEvidence};
use super::examined::words;
use super::finding::{self, Defect, Finding};
use super::score::Proof;
use super::there;
use crate::model::ExecutionStatus;

/// An error that is no fault of a handler: the service's own, or one that the scenario asks for.
const NOT_THE_HANDLERS: [&str; 6] = [
    "Lambda.ResourceNotFoundException",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.SdkClientException",
    "States.Timeout",
    "States.Permissions",
];

/// Every handler answered when it was called.
pub(super) fn handlers_run(evidence: &UserEvidence, names: &[String]) -> Finding {
    if let Some(missing) = there::no_function(evidence, names) {
        return missing;
    }
    let (mut proofs, mut broken) = (Vec::new(), Vec::new());
    let mut unknown = None;
    for name in names {
        if !matches!(evidence.functions.get(name), Some(EvidenceOf::Found(_))) {
            continue;
        }
        match handler(evidence, name) {
            Handler::Answered(proof) => proofs.push(*proof),
            Handler::Broken(proof, text) => broken.push((name, *proof, text)),
            Handler::NotCalled(why) => unknown = unknown.or(why),
        }
    }
    let Some((first, _, text)) = broken.first() else {
        return match unknown {
            Some(why) => Finding::Unknown(why),
            None => Finding::Passed(proofs),
        };
    };
    let more = if broken.len() > 1 { format!(", and {} more", broken.len() - 1) } else { String::new() };
    let error = text.split(':').next().unwrap_or_default();
    let defect = Defect::new(
        &format!("handler/{first}/{error}"),
        format!("`{}{first}` does not run: {text}{more}", evidence.prefix()),
    );
    broken
        .iter()
        .fold(defect, |defect, (name, proof, _)| defect.about([finding::function(name)]).proof(proof.clone()))
        .into_finding()
}

enum Handler {
    Answered(Box<Proof>),
    Broken(Box<Proof>, String),
    /// With why that is not known for sure.
    NotCalled(Option<String>),
}

/// Whether a handler answered in any execution.
fn handler(evidence: &UserEvidence, name: &str) -> Handler {
    let (mut broken, mut unknown) = (None, None);
    for execution in &evidence.executions {
        let Ok(examined) = evidence.examine(&execution.scenario) else { continue };
        if execution.visits.is_none()
            && execution.status == Some(ExecutionStatus::Succeeded)
            && !examined.states(name).is_empty()
        {
            let proof =
                Proof::of(format!("answer of {name}"), "an answer", "the execution succeeded").in_execution(execution);
            return Handler::Answered(Box::new(proof));
        }
        if !examined.states(name).is_empty() {
            let unseen = execution.unseen.clone().filter(|_| execution.visits.is_none());
            unknown = unknown.or_else(|| execution.unknown.clone()).or(unseen);
        }
        for visit in examined.calling(name) {
            for attempt in &visit.attempts {
                let proof = |found: String| {
                    Box::new(Proof::of(format!("answer of {name}"), "an answer", found).in_visit(execution, visit))
                };
                match attempt.error.as_deref() {
                    None if visit.succeeded => return Handler::Answered(proof("an answer".to_owned())),
                    Some(error) if is_handlers(error, attempt) => {
                        broken.get_or_insert_with(|| (proof(words(attempt)), words(attempt)));
                    }
                    None | Some(_) => {}
                }
            }
        }
    }
    match (broken, unknown) {
        // Where something could not be seen, it may have answered there: other scenarios ask handlers to fail.
        (_, Some(why)) => Handler::NotCalled(Some(why)),
        (Some((proof, text)), None) => Handler::Broken(proof, text),
        (None, None) => Handler::NotCalled(None),
    }
}

fn is_handlers(error: &str, attempt: &AttemptEvidence) -> bool {
    let cause = attempt.cause.as_deref().unwrap_or_default();
    !NOT_THE_HANDLERS.contains(&error) && !access::is_refusal(cause)
}
