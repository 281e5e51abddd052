//! Whether an answer with a good status is the service's.
//!
//! The SDK reads an answer that says nothing as an empty list, and one that lacks a required member as one whose member is empty: behind
//! a proxy or a sign-in page that answers everything with status 200, whatever exists would be taken for gone. So every answer is held
//! against what the service puts into each of its own; what falls short is no answer, and nothing is concluded from it.

use std::collections::BTreeSet;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::endpoint_config::EndpointUrl;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::endpoint::word;
use crate::kind::operation::members;

/// Where services write the id they give a request.
const REQUEST_IDS: [&str; 3] = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"];

/// Up to here a body is looked through for what it is.
const HEAD: usize = 2_048;

/// What keeps an answer from being the service's, as the end of "answered HTTP 200 with …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing at all.
    Empty,
    /// A page for people, and its title.
    Page(Option<String>),
    /// The body ends before it is complete.
    Cut(&'static str),
    /// Not the format that the service writes.
    NotThe(&'static str),
    /// A member that is always there is not.
    Lacks(String),
    /// All may be well with it, but nothing shows that the service was asked.
    NoRequestId,
    /// The service's format, but not what it says of this operation.
    Unreadable,
}

impl fmt::Display for Gap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("an empty body"),
            Self::Page(None) => formatter.write_str("a web page"),
            Self::Page(Some(title)) => write!(formatter, "a web page (`{title}`)"),
            Self::Cut(format) => write!(formatter, "{format} that breaks off in the middle"),
            Self::NotThe(format) => write!(formatter, "something that is not the service's {format}"),
            Self::Lacks(member) => write!(formatter, "no `{member}`, which each of the service's answers has"),
            Self::NoRequestId => formatter.write_str("no request id, which each of AWS's answers has"),
            Self::Unreadable => formatter.write_str("something that cannot be read as the service's answer"),
        }
    }
}

/// An answer that is not the service's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoAnswer(pub(super) Gap);

/// Holds every answer with a good status against what the service's has.
#[derive(Debug)]
pub(super) struct OnlyAnswers;

impl Intercept for OnlyAnswers {
    fn name(&self) -> &'static str {
        "OnlyAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (Some(operation), true) = (bag.load::<Metadata>(), context.response().status().is_success()) else {
            return Ok(());
        };
        let operation = format!("{}:{}", word(operation.service()), operation.name());
        // At AWS both the members and the id are there; of stand-ins not each gives ids.
        let at_aws = bag.load::<EndpointUrl>().is_none();
        let gap = gap(&operation, at_aws, context.response());
        let gap = gap.or_else(|| context.output_or_error().is_err().then_some(Gap::Unreadable));
        gap.map_or(Ok(()), |gap| Err(NoAnswer(gap).into()))
    }
}

/// The format in which a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Xml,
    Cbor,
}

impl Format {
    fn of(operation: &str) -> Self {
        match operation.split_once(':') {
            Some(("iam" | "sts", _)) => Self::Xml,
            Some(("cloudwatch", _)) => Self::Cbor,
            _ => Self::Json,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Cbor => "CBOR",
        }
    }
}

/// What an answer with a good status lacks of being one; `None` where it is one.
fn gap(operation: &str, at_aws: bool, response: &HttpResponse) -> Option<Gap> {
    let body = response.body().bytes().unwrap_or_default();
    let members = members(operation);
    let format = Format::of(operation);
    let name = operation.split_once(':').map_or(operation, |(_, name)| name);
    let found = match page(body) {
        Some(gap) => Err(gap),
        None if body.trim_ascii().is_empty() => Err(Gap::Empty),
        None => found(format, name, members, body),
    };
    let has_id = REQUEST_IDS.iter().any(|name| response.headers().contains_key(*name))
        || (format == Format::Xml && contains(body, b"<RequestId>"));
    match found {
        // What has nothing to say may say it with nothing.
        Err(Gap::Empty) if members.is_empty() && format != Format::Xml => (!has_id).then_some(Gap::Empty),
        Err(gap) => Some(gap),
        Ok(()) => (!has_id && (at_aws || members.is_empty())).then_some(Gap::NoRequestId),
    }
}

/// Whether a body is in the service's format and has these members.
fn found(format: Format, operation: &str, members: &[&str], body: &[u8]) -> Result<(), Gap> {
    let lacking = |has: &dyn Fn(&str) -> bool| {
        let missing = members.iter().find(|member| !has(member));
        missing.map_or(Ok(()), |member| Err(Gap::Lacks(last(member).to_owned())))
    };
    match format {
        Format::Xml => {
            let text = String::from_utf8_lossy(body);
            let text = text.trim();
            let (open, close) = (format!("<{operation}Response"), format!("</{operation}Response>"));
            let Some((_, rest)) = text.split_once(open.as_str()) else { return Err(Gap::NotThe(format.name())) };
            let is_whole =
                text.ends_with(&close) || (rest.ends_with("/>") && !rest.trim_end_matches("/>").contains('<'));
            if !is_whole {
                return Err(Gap::Cut(format.name()));
            }
            lacking(&|member| has_elements(rest, member))
        }
        Format::Json => match serde_json::from_slice::<Object>(body) {
            Ok(object) => lacking(&|member| object.0.contains(member)),
            Err(error) if error.is_eof() => Err(Gap::Cut(format.name())),
            Err(_) => Err(Gap::NotThe(format.name())),
        },
        Format::Cbor => match ciborium::from_reader::<ciborium::Value, _>(body) {
            Ok(ciborium::Value::Map(entries)) => {
                let has =
                    |member: &str| entries.iter().any(|(key, value)| key.as_text() == Some(member) && !value.is_null());
                lacking(&has)
            }
            Err(ciborium::de::Error::Io(_)) => Err(Gap::Cut(format.name())),
            Ok(_) | Err(_) => Err(Gap::NotThe(format.name())),
        },
    }
}

/// What a body is that was not written by a service: a web page.
pub(super) fn page(body: &[u8]) -> Option<Gap> {
    let head = String::from_utf8_lossy(body.get(..HEAD.min(body.len()))?);
    let lower = head.to_ascii_lowercase();
    if !lower.trim_start().starts_with('<') || !(lower.contains("<html") || lower.contains("<!doctype html")) {
        return None;
    }
    // Lower-casing ASCII moves no byte.
    let from = lower.find("<title").and_then(|at| Some(at + lower.get(at..)?.find('>')? + 1));
    let title = from.and_then(|from| head.get(from..from + lower.get(from..)?.find("</title")?));
    let title = title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
    Some(Gap::Page(title.filter(|title| !title.is_empty()).map(|title| title.chars().take(80).collect())))
}

fn last(member: &str) -> &str {
    member.rsplit('.').next().unwrap_or(member)
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    body.windows(text.len()).any(|window| window == text)
}

/// Whether the elements of a path come one after the other. Values are escaped, so that only an element looks like one.
fn has_elements(text: &str, path: &str) -> bool {
    let mut rest = text;
    path.split('.').all(|name| {
        let after = rest.match_indices(&format!("<{name}")).find_map(|(at, open)| {
            let after = rest.get(at + open.len()..)?;
            after.starts_with(['>', '/', ' ']).then_some(after)
        });
        rest = after.unwrap_or_default();
        after.is_some()
    })
}

/// The members of a JSON object that have a value, those of objects in it written with a dot.
#[derive(Debug, Default)]
struct Object(BTreeSet<String>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut found = BTreeSet::new();
        while let Some((name, member)) = map.next_entry::<String, Member>()? {
            if let Member::There(inner) = member {
                found.extend(inner.into_iter().map(|inner| format!("{name}.{inner}")));
                found.insert(name);
            }
        }
        Ok(Object(found))
    }
}

/// A member of an object: none, or a value and the names of its own members.
enum Member {
    Null,
    There(Vec<String>),
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneMember)
    }
}

struct OneMember;

impl<'de> Visitor<'de> for OneMember {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member, E> {
        Ok(Member::There(Vec::new()))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Member, E> {
        Ok(Member::There(Vec::new()))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Member, E> {
        Ok(Member::There(Vec::new()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member, E> {
        Ok(Member::There(Vec::new()))
    }

    fn visit_str<E>(self, _: &str) -> Result<Member, E> {
        Ok(Member::There(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Member, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::There(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        let mut names = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Option<IgnoredAny>>()? {
            names.extend(value.map(|_| name));
        }
        Ok(Member::There(names))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(body: &[u8], id: Option<&'static str>) -> HttpResponse {
        let mut response = HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::from(body.to_vec()));
        if let Some(header) = id {
            response.headers_mut().insert(header, "1");
        }
        response
    }

    /// What an answer with a request id lacks.
    pub(crate) fn gap_of(operation: &str, at_aws: bool, body: &str) -> Option<Gap> {
        gap(operation, at_aws, &response(body.as_bytes(), Some("x-amzn-requestid")))
    }

    #[test]
    fn stand_ins_may_leave_out_the_request_id_where_the_answer_says_something() {
        let without =
            |operation: &str, at_aws: bool, body: &str| gap(operation, at_aws, &response(body.as_bytes(), None));
        let list = r#"{"stateMachines":[]}"#;
        assert_eq!(without("states:ListStateMachines", false, list), None);
        assert_eq!(without("states:ListStateMachines", true, list), Some(Gap::NoRequestId));
        assert_eq!(without("sqs:ListQueues", false, "{}"), Some(Gap::NoRequestId));
        assert_eq!(without("logs:DeleteLogGroup", false, ""), Some(Gap::Empty));
        let role =
            "<DeleteRoleResponse><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DeleteRoleResponse>";
        assert_eq!(without("iam:DeleteRole", true, role), None);
        for header in REQUEST_IDS {
            assert_eq!(gap("sqs:ListQueues", true, &response(b"{}", Some(header))), None, "{header}");
        }
    }

    #[test]
    fn members_are_found_where_they_are_and_null_is_none() {
        for (operation, body, expected) in [
            ("states:ListStateMachines", r#"{"stateMachines":null}"#, Some(Gap::Lacks("stateMachines".into()))),
            ("states:ListStateMachines", r#"{"x":{"stateMachines":[]}}"#, Some(Gap::Lacks("stateMachines".into()))),
            ("states:ListStateMachines", r#"[{"stateMachines":[]}]"#, Some(Gap::NotThe("JSON"))),
            ("lambda:GetFunction", r#"{"Configuration":{}}"#, Some(Gap::Lacks("FunctionName".into()))),
            ("lambda:GetFunction", r#"{"Configuration":{"FunctionName":"f"},"Tags":null}"#, None),
            ("iam:ListRoles", "<ListRolesResponse><RolesX/></ListRolesResponse>", Some(Gap::Lacks("Roles".into()))),
            ("iam:ListRoles", "<ListRolesResponse xmlns='x'><a><Roles/></a></ListRolesResponse>\n", None),
            ("iam:ListRoles", "<ListUsersResponse><Roles/></ListUsersResponse>", Some(Gap::NotThe("XML"))),
            ("iam:DeleteRole", "<DeleteRoleResponse/>", None),
        ] {
            assert_eq!(gap_of(operation, false, body), expected, "{body}");
        }
        let mut list = Vec::new();
        ciborium::into_writer(&serde_json::json!({"DashboardEntries": []}), &mut list).unwrap();
        let cbor = |body: &[u8]| gap("cloudwatch:ListDashboards", true, &response(body, Some("x-amzn-requestid")));
        assert_eq!(cbor(&list), None);
        assert_eq!(cbor(&list[..list.len() - 1]), Some(Gap::Cut("CBOR")));
        assert_eq!(cbor(b"\xa0"), Some(Gap::Lacks("DashboardEntries".into())));
        assert_eq!(cbor(b"\x01"), Some(Gap::NotThe("CBOR")));
    }

    #[test]
    fn a_web_page_is_told_by_its_title() {
        assert_eq!(page(b"{\"html\":\"<html>\"}"), None);
        assert_eq!(page(b"<HTML><Title>\n Sign  in </TITLE>"), Some(Gap::Page(Some("Sign in".into()))));
        assert_eq!(page("<!doctype html><title>Ü".as_bytes()), Some(Gap::Page(None)));
    }
}
