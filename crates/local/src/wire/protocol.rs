//! The protocols that AWS's services speak.

/// How a request and its answer are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.0.
    Json10,
    /// AWS JSON 1.1.
    Json11,
    /// Form-encoded requests, XML answers.
    Query,
    /// REST-JSON.
    Rest,
    /// Smithy RPC v2 with CBOR.
    Cbor,
}
