//! How each protocol words a request that is not accepted.

use super::call::Fault;
use super::protocol::Protocol;
use super::route::Lost;
use super::signature::Refusal;

/// A signature that is not accepted, in the words of the protocol.
pub(super) fn unsigned(refusal: Refusal, protocol: Protocol) -> Fault {
    let form = protocol == Protocol::Query;
    let (in_forms, elsewhere, message) = match refusal {
        Refusal::Missing if form => {
            ("MissingAuthenticationToken", "", "Request is missing Authentication Token".to_owned())
        }
        Refusal::Missing => ("", "MissingAuthenticationTokenException", "Missing Authentication Token".to_owned()),
        Refusal::Incomplete(message) => ("IncompleteSignature", "IncompleteSignatureException", message),
        Refusal::UnknownKey => (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.".to_owned(),
        ),
        Refusal::Mismatch => (
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details."
                .to_owned(),
        ),
        Refusal::Skewed(message) | Refusal::Scope(message) => {
            ("SignatureDoesNotMatch", "InvalidSignatureException", message)
        }
        Refusal::NotOffered(message) => return Fault::client("NotImplemented", message).status(501),
    };
    let incomplete = in_forms == "IncompleteSignature";
    let status = if (form || protocol == Protocol::Rest) && !incomplete { 403 } else { 400 };
    Fault::client(if form { in_forms } else { elsewhere }, message).status(status)
}

/// A request that goes nowhere, in the words of its protocol.
pub(super) fn lost(lost: Lost) -> Fault {
    match lost {
        Lost::UnknownOperation(_, Protocol::Query, operation) => {
            Fault::client("InvalidAction", format!("Could not find operation {operation}"))
        }
        Lost::UnknownOperation(service, _, operation) => {
            let message = format!("the local endpoint knows no operation `{operation}` of {service}");
            Fault::client("UnknownOperationException", message).status(404)
        }
        Lost::MissingAction(_) => Fault::client("MissingAction", "The request must contain the parameter Action"),
        Lost::Nowhere(_) => {
            let message = "the local endpoint offers IAM, STS, Lambda, Step Functions, CloudWatch Logs, CloudWatch, SQS, \
                           the Resource Groups Tagging API and the Cloud Control API; this request is for none of them";
            Fault::client("NotImplemented", message).status(501)
        }
    }
}
