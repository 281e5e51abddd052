//! Send message, and Poll for messages.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-send-messages.html>

use serde_json::{Map, Value, json};

use super::words::{bytes, pretty, refused, when};
use crate::console::ask::Ask;
use crate::console::request::Request;
use crate::member::Member as _;
use crate::wire::Fault;

/// Messages that one poll shows: as many as one ReceiveMessage gives.
const MOST: i64 = 10;

/// What a form of a queue did.
pub(super) struct Did {
    /// What SQS refused.
    pub(super) said: Option<String>,
    /// The id of what was sent.
    pub(super) sent: Option<String>,
    /// What was received.
    pub(super) polled: Option<Vec<Value>>,
    /// What stands in the form for a message.
    pub(super) typed: Value,
}

/// Carries out what a form asks for.
pub(super) async fn of(ask: &Ask<'_>, request: &Request, url: &Value) -> Did {
    let nothing = Did { said: None, sent: None, polled: None, typed: typed(&Request::default()) };
    match request.field("do").as_str() {
        "send" => match send(ask, request, url).await {
            Ok(id) => Did { sent: Some(id), ..nothing },
            Err(said) => Did { said: Some(said), typed: typed(request), ..nothing },
        },
        "poll" => match poll(ask, url).await {
            Ok(polled) => Did { polled: Some(polled), ..nothing },
            Err(fault) => Did { said: Some(refused(&fault)), ..nothing },
        },
        _ => nothing,
    }
}

fn typed(request: &Request) -> Value {
    json!({
        "body": request.field("body"), "delay": request.field("delay"), "group": request.field("group"),
        "deduplication": request.field("deduplication"),
    })
}

/// Sends a message and gives its id.
async fn send(ask: &Ask<'_>, request: &Request, url: &Value) -> Result<String, String> {
    let mut input = Map::from_iter([
        ("QueueUrl".to_owned(), url.clone()),
        ("MessageBody".to_owned(), request.field("body").into()),
    ]);
    let delay = request.field("delay");
    if !delay.trim().is_empty() {
        let seconds = delay.trim().parse::<i64>();
        let seconds = seconds.map_err(|_| format!("the delivery delay `{delay}` is no whole number of seconds"))?;
        input.insert("DelaySeconds".to_owned(), seconds.into());
    }
    for (member, field) in [("MessageGroupId", "group"), ("MessageDeduplicationId", "deduplication")] {
        let value = request.field(field);
        if !value.is_empty() {
            input.insert(member.to_owned(), value.into());
        }
    }
    let sent = ask.call("sqs", "SendMessage", Value::Object(input)).await.map_err(|fault| refused(&fault))?;
    Ok(sent.member("MessageId").as_str().unwrap_or_default().to_owned())
}

/// The first messages, which stay where they are: each is visible again at once.
async fn poll(ask: &Ask<'_>, url: &Value) -> Result<Vec<Value>, Fault> {
    let input = json!({
        "QueueUrl": url, "MaxNumberOfMessages": MOST, "VisibilityTimeout": 0, "WaitTimeSeconds": 0,
        "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"],
    });
    let received = ask.call("sqs", "ReceiveMessage", input).await?;
    let messages = received.member("Messages").as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(messages.iter().enumerate().map(|(at, message)| shown(at, message)).collect())
}

fn shown(at: usize, message: &Value) -> Value {
    let system = |name: &str| message.member("Attributes").member(name).as_str();
    let time = |name: &str| system(name).and_then(|ms| ms.parse().ok()).map(when);
    let body = message.member("Body").as_str().unwrap_or_default();
    let own = message.member("MessageAttributes").as_object();
    let own = own.into_iter().flatten().map(|(name, value)| {
        let text = value.member("StringValue").as_str().or_else(|| value.member("BinaryValue").as_str());
        json!({"name": name, "type": value.member("DataType"), "value": text})
    });
    json!({
        "at": at, "id": message.member("MessageId"), "body": pretty(body),
        "size": bytes(u64::try_from(body.len()).unwrap_or(u64::MAX)),
        "sent": time("SentTimestamp"), "count": system("ApproximateReceiveCount"),
        "group": system("MessageGroupId"), "attributes": own.collect::<Vec<_>>(),
    })
}
