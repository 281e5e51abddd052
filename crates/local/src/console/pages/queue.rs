//! One queue: what it is, how many messages it has, sending and looking at some.

use serde_json::{Value, json};

use super::messages::{self, Did};
use super::words::{bytes, pretty, span, tags, when};
use crate::console::ask::{Ask, Refusal};
use crate::console::page::{Outcome, Page};
use crate::console::request::Request;
use crate::member::Member as _;
use crate::wire::Fault;

/// The page, or what comes of a form.
pub(super) async fn show(ask: &Ask<'_>, request: &Request, name: &str) -> Result<Outcome, Refusal> {
    ask.must_see(name)?;
    let found = ask.call("sqs", "GetQueueUrl", json!({"QueueName": name})).await.map_err(|_| Refusal::NotFound)?;
    let url = found.member("QueueUrl");
    let is_fifo = kind(name) == "FIFO";
    let Did { said, sent, polled, typed } = messages::of(ask, request, url).await;
    // After what the form did, so that it is counted.
    let attributes = attributes(ask, url).await.map_err(|_| Refusal::NotFound)?;
    let text = |attribute: &str| attributes.member(attribute).as_str();
    let document = |attribute: &str| text(attribute).filter(|text| !text.is_empty()).map(pretty);
    let tagged = ask.call("sqs", "ListQueueTags", json!({"QueueUrl": url})).await?;
    let view = json!({
        "name": name, "url": url, "kind": kind(name), "is_fifo": is_fifo, "facts": facts(&attributes),
        "counts": counts(&attributes), "policy": document("Policy"), "redrive": document("RedrivePolicy"),
        "redrive_allow": document("RedriveAllowPolicy"), "dead_letter": dead_letter(ask, text("RedrivePolicy")),
        "tags": tags(tagged.member("Tags")), "form": ask.form(&request.path), "said": said, "sent": sent,
        "is_polled": polled.is_some(), "polled": polled, "typed": typed,
    });
    let trail = vec![("Queues".to_owned(), ask.path(&["queues"])), (name.to_owned(), request.path.clone())];
    Ok(Outcome::Page(Page { template: "queue", title: name.to_owned(), trail, is_live: true, view }))
}

/// Every attribute of a queue.
pub(super) async fn attributes(ask: &Ask<'_>, url: &Value) -> Result<Value, Fault> {
    let input = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    Ok(ask.call("sqs", "GetQueueAttributes", input).await?.member("Attributes").clone())
}

/// Messages in a queue, as the AWS console names them.
pub(super) fn counts(attributes: &Value) -> Value {
    json!({
        "available": attributes.member("ApproximateNumberOfMessages"),
        "in_flight": attributes.member("ApproximateNumberOfMessagesNotVisible"),
        "delayed": attributes.member("ApproximateNumberOfMessagesDelayed"),
    })
}

/// The kind of a queue, which its name tells.
pub(super) fn kind(name: &str) -> &'static str {
    if name.strip_suffix(".fifo").is_some() { "FIFO" } else { "Standard" }
}

fn facts(attributes: &Value) -> Value {
    let number = |attribute: &str| attributes.member(attribute).as_str().and_then(|text| text.parse::<i64>().ok());
    let time = |attribute: &str| number(attribute).map(|seconds| when(seconds.saturating_mul(1000)));
    let length = |attribute: &str| number(attribute).and_then(|seconds| u64::try_from(seconds).ok()).map(span);
    json!({
        "arn": attributes.member("QueueArn"), "created": time("CreatedTimestamp"),
        "modified": time("LastModifiedTimestamp"), "visibility": length("VisibilityTimeout"),
        "retention": length("MessageRetentionPeriod"), "delay": length("DelaySeconds"),
        "wait": length("ReceiveMessageWaitTimeSeconds"),
        "largest": number("MaximumMessageSize").and_then(|size| u64::try_from(size).ok()).map(bytes),
        "by_content": attributes.member("ContentBasedDeduplication"),
    })
}

/// Where messages go that were received too often.
fn dead_letter(ask: &Ask<'_>, policy: Option<&str>) -> Value {
    let policy: Value = policy.and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
    let Some(name) = policy.member("deadLetterTargetArn").as_str().and_then(|arn| arn.rsplit(':').next()) else {
        return Value::Null;
    };
    let most = policy.member("maxReceiveCount");
    json!({
        "name": name, "path": ask.sees(name).then(|| ask.path(&["queues", name])),
        "most": most.as_str().map_or_else(|| most.to_string(), str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_told_with_their_units() {
        let facts = facts(&json!({
            "CreatedTimestamp": "1700000000", "MessageRetentionPeriod": "345600", "VisibilityTimeout": "30",
            "MaximumMessageSize": "1048576", "DelaySeconds": "x",
        }));
        assert_eq!(facts["created"], "Nov 14, 2023, 22:13:20.000 (UTC)");
        assert_eq!((&facts["retention"], &facts["visibility"]), (&json!("4 days"), &json!("30 seconds")));
        assert_eq!((&facts["largest"], &facts["delay"]), (&json!("1.0 MB"), &Value::Null));
        assert_eq!((kind("a.fifo"), kind("afifo")), ("FIFO", "Standard"));
    }
}
