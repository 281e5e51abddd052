//! What is known of a service and of each of its operations: one row each, which the wire, the checks, the quotas and `aws-sdk:` tasks read.

use crate::wire::Protocol;

/// A service's words for members that are missing or break a constraint.
#[derive(Clone, Copy)]
pub(crate) enum Wording {
    /// `2 validation errors detected: …`, under one code for what is missing and one for what is wrong. `is_small`: members are
    /// named with a small first letter, whatever the API calls them.
    Listed { missing: &'static str, broken: &'static str, is_small: bool },
    /// A sentence about the first one, as SQS has it.
    Sentence,
}

/// Size and refill of a bucket.
pub(crate) type Figures = (f64, f64);

/// A service of the endpoint.
pub(crate) struct Api {
    /// The name in signatures, by which the endpoint knows it.
    pub(crate) signing: &'static str,
    /// The name in IAM actions.
    pub(crate) actions: &'static str,
    /// The prefix of `X-Amz-Target` and the service's own protocol, where it speaks JSON.
    pub(crate) target: Option<(&'static str, Protocol)>,
    /// Whether it takes forms and answers in XML.
    pub(crate) is_form: bool,
    /// The namespace of its XML.
    pub(crate) namespace: &'static str,
    /// The largest body of a request.
    pub(crate) largest: usize,
    /// How it words a request that breaks its model.
    pub(crate) wording: Wording,
    /// The bucket that operations without one of their own share.
    pub(crate) family: Option<Figures>,
    /// Members that are times: seconds since 1970 inside the endpoint, ISO 8601 in XML, tag 1 in CBOR, a number in JSON.
    pub(crate) times: &'static [&'static str],
    /// Members that are maps in XML.
    pub(crate) maps: &'static [(&'static str, MapForm)],
    /// Members that are lists without an element around them in XML: member, element.
    pub(crate) lists: &'static [(&'static str, &'static str)],
    /// Errors that the query protocol calls otherwise.
    /// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#error-code-resolution>
    pub(crate) older_codes: &'static [(&'static str, &'static str)],
    /// The code with which it throttles.
    pub(crate) throttled: &'static str,
    /// The code of its own failures.
    pub(crate) internal: &'static str,
    /// Its code when it cannot be had for now.
    pub(crate) unavailable: &'static str,
    /// What it is to `aws-sdk:` tasks.
    pub(crate) sdk: Sdk,
    /// Its operations. What is in no row is not offered either.
    pub(crate) operations: &'static [Operation],
}

/// How a map is written in XML. <https://smithy.io/2.0/spec/protocol-traits.html#xmlflattened-trait>
#[derive(Clone, Copy)]
pub(crate) struct MapForm {
    /// Whether the entries stand in an element of the member's own name; a flattened map has none.
    pub(crate) wrapped: bool,
    /// An entry's element, and those of its key and value.
    pub(crate) element: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
}

/// A map that is not flattened.
pub(super) const ENTRIES: MapForm = MapForm { wrapped: true, element: "entry", key: "key", value: "value" };

/// A flattened map.
pub(super) const fn flat(element: &'static str, key: &'static str, value: &'static str) -> MapForm {
    MapForm { wrapped: false, element, key, value }
}

/// A service as `aws-sdk:` tasks see it.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>
pub(crate) struct Sdk {
    /// Its name in a resource: the `sfn` of `aws-sdk:sfn:startExecution`.
    pub(crate) prefix: &'static str,
    /// Its name in errors, which is that of the SDK for Java: `Sfn.ExecutionDoesNotExistException`.
    pub(crate) name: &'static str,
    /// Whether the members of its API begin with a small letter; in a workflow all begin with a capital.
    pub(crate) is_camel: bool,
    /// The errors of its model, without `Exception` at the end. Any other comes as `Sfn.SfnException`.
    pub(crate) errors: &'static [&'static str],
}

/// An operation.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// The members of its input that are taken, and what they must be; a request with any other is refused by its name (501). Words:
    ///
    /// | word | says |
    /// |---|---|
    /// | `name` | it is read |
    /// | `name=value` | it is taken with this value alone, which is what AWS takes when nothing is said |
    /// | `~name` | it has no effect by its nature; docs/endpoints.md says why |
    /// | `a.b`, `a[].b`, `a.*.b` | a member of a structure, of structures in a list, in a map; where only `a` stands, all below it is read |
    /// | `name!` | it must be there |
    /// | `name:RULE` | its value: `1..80` characters; `1..80/[a-z]+/` of a pattern; `1..80B` bytes, which AWS does not repeat in its answer; `A\|B` one of these, in AWS's order; `#100` a whole number up to 100, `#1..100` from 1, `#1\|3` one of these; `bool`, `list`, `list1..50`, `map1..50`, `structure` |
    /// | `a[]:RULE`, `a{}:RULE`, `a.*:RULE` | each item of a list of texts, each key of a map, each value |
    ///
    /// A test holds them to the models in `model.txt` and to the code.
    pub(crate) members: &'static str,
    /// Whether the endpoint answers it.
    pub(crate) is_offered: bool,
    /// Method and path with labels in braces, in REST.
    pub(crate) route: Option<(&'static str, &'static str)>,
    /// Members that travel in headers: header, member.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// Whether the body is a blob, whatever it holds.
    pub(crate) is_blob: bool,
    /// The largest body, where it is not the service's.
    pub(crate) largest: Option<usize>,
    /// Its bucket in AWS's three largest regions, and elsewhere.
    pub(crate) bucket: Option<(Figures, Figures)>,
    /// Whether it draws from the bucket that the service's operations share.
    pub(crate) in_family: bool,
    /// The IAM action, where it is not the operation's name.
    pub(crate) action: Option<&'static str>,
    /// Whether it waits for time to pass.
    pub(crate) waits: bool,
}

/// A mebibyte, which the largest members have (a definition, a message, a batch of log events), and who is too long is told so by name: a body
/// is longer than what is in it, up to six times in JSON, where any character may be written `\u0022`, and up to nine in a form.
const LARGEST: usize = 8 << 20;

impl Api {
    /// A service of which nothing is said.
    pub(super) const EMPTY: Self = Self {
        signing: "",
        actions: "",
        target: None,
        is_form: false,
        namespace: "",
        largest: LARGEST,
        wording: Wording::Listed { missing: "ValidationException", broken: "ValidationException", is_small: false },
        family: None,
        times: &[],
        maps: &[],
        lists: &[],
        older_codes: &[],
        throttled: "ThrottlingException",
        internal: "InternalFailure",
        unavailable: "ServiceUnavailable",
        sdk: Sdk { prefix: "", name: "", is_camel: false, errors: &[] },
        operations: &[],
    };

    /// Whether numbers and truths may come as text: in a form, or in an address.
    pub(super) fn takes_text(&self) -> bool {
        self.is_form || self.target.is_none()
    }

    /// An operation by its name.
    pub(crate) fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

/// An operation that is answered, and the members that it takes.
pub(super) const fn offered(name: &'static str, members: &'static str) -> Operation {
    Operation { is_offered: true, members, ..refused(name) }
}

/// An operation that is refused by its name.
pub(super) const fn refused(name: &'static str) -> Operation {
    Operation {
        name,
        members: "",
        is_offered: false,
        route: None,
        headers: &[],
        is_blob: false,
        largest: None,
        bucket: None,
        in_family: true,
        action: None,
        waits: false,
    }
}

impl Operation {
    pub(super) const fn route(self, method: &'static str, path: &'static str) -> Self {
        Self { route: Some((method, path)), ..self }
    }

    pub(super) const fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    pub(super) const fn blob(self) -> Self {
        Self { is_blob: true, ..self }
    }

    pub(super) const fn largest(self, bytes: usize) -> Self {
        Self { largest: Some(bytes), ..self }
    }

    /// The same in every region.
    pub(super) const fn bucket(self, burst: f64, per_second: f64) -> Self {
        self.buckets((burst, per_second), (burst, per_second))
    }

    pub(super) const fn buckets(self, large_regions: Figures, elsewhere: Figures) -> Self {
        Self { bucket: Some((large_regions, elsewhere)), ..self }
    }

    pub(super) const fn no_bucket(self) -> Self {
        Self { in_family: false, ..self }
    }

    pub(super) const fn action(self, action: &'static str) -> Self {
        Self { action: Some(action), ..self }
    }

    pub(super) const fn waits(self) -> Self {
        Self { waits: true, ..self }
    }
}
