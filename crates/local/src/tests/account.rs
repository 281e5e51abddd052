//! What is made is there, over each protocol.

use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::client::{Client, Request, start};
use crate::Config;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn create_role(client: &Client, name: &str) -> u16 {
    let tag = [("Tags.member.1.Key", "Project"), ("Tags.member.1.Value", "ServerlessLab")];
    let fields = [("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", TRUST), tag[0], tag[1]];
    client.form("iam", &fields).await.status
}

#[tokio::test]
async fn a_role_is_unique_without_case_and_is_deleted_last() {
    let (endpoint, client) = start(Config::default()).await;
    assert_eq!(create_role(&client, "user3-stepfunctions-role").await, 200);
    assert_eq!(create_role(&client, "USER3-stepfunctions-role").await, 409);
    let role = ("RoleName", "user3-stepfunctions-role");
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}"#;
    let put = [("Action", "PutRolePolicy"), role, ("PolicyName", "p"), ("PolicyDocument", policy)];
    assert_eq!(client.form("iam", &put).await.status, 200);
    let delete = client.form("iam", &[("Action", "DeleteRole"), role]).await;
    assert_eq!(delete.status, 409);
    assert!(delete.body.contains("<Code>DeleteConflict</Code>"), "{delete:?}");
    assert_eq!(client.form("iam", &[("Action", "DeleteRolePolicy"), role, ("PolicyName", "p")]).await.status, 200);
    assert_eq!(client.form("iam", &[("Action", "DeleteRole"), role]).await.status, 200);
    let gone = client.form("iam", &[("Action", "GetRole"), role]).await;
    assert!(gone.status == 404 && gone.body.contains("<Code>NoSuchEntity</Code>"), "{gone:?}");
    endpoint.stop().await;
}

#[tokio::test]
async fn policies_have_a_size_and_a_grammar() {
    let (endpoint, client) = start(Config::default()).await;
    create_role(&client, "r").await;
    let put = |name: &'static str, document: String| {
        let client = &client;
        async move {
            let fields = [
                ("Action", "PutRolePolicy"),
                ("RoleName", "r"),
                ("PolicyName", name),
                ("PolicyDocument", document.as_str()),
            ];
            client.form("iam", &fields).await
        }
    };
    let of = |resources: usize| {
        let resources: Vec<String> =
            (0..resources).map(|number| format!("arn:aws:sqs:us-east-1:1:{number:0>80}")).collect();
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": resources}}).to_string()
    };
    assert_eq!(put("a", of(60)).await.status, 200);
    let over = put("b", of(60)).await;
    assert!(over.status == 409 && over.body.contains("Maximum policy size of 10240 bytes exceeded"), "{over:?}");
    let bad = put("c", "{\"Version\": \"2012-10-17\"}".to_owned()).await;
    assert!(bad.status == 400 && bad.body.contains("<Code>MalformedPolicyDocument</Code>"), "{bad:?}");
    endpoint.stop().await;
}

#[tokio::test]
async fn logs_are_put_read_and_filtered() {
    let (endpoint, client) = start(Config::default()).await;
    let logs = |operation: &'static str, input: Value| {
        let client = &client;
        async move { client.json("logs", &format!("Logs_20140328.{operation}"), &input).await }
    };
    let place = json!({"logGroupName": "/aws/lambda/u-f", "logStreamName": "s"});
    assert_eq!(logs("PutLogEvents", place.clone()).await.status, 400, "no events and no group");
    logs("CreateLogGroup", json!({"logGroupName": "/aws/lambda/u-f", "tags": {"lab": "6"}})).await;
    logs("CreateLogStream", place.clone()).await;
    let now = crate::clock::Clock::real_ms();
    let events: Vec<Value> =
        (0..5).map(|number| json!({"timestamp": now + number, "message": format!("line {number}")})).collect();
    let mut put = place.clone();
    put["logEvents"] = events.into();
    assert_eq!(logs("PutLogEvents", put).await.status, 200);
    let filtered =
        logs("FilterLogEvents", json!({"logGroupName": "/aws/lambda/u-f", "filterPattern": "?\"line 1\" ?\"line 3\""}))
            .await;
    let found: Vec<String> = filtered.json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, ["line 1", "line 3"]);
    let last =
        logs("GetLogEvents", json!({"logGroupName": "/aws/lambda/u-f", "logStreamName": "s", "limit": 2})).await.json();
    assert_eq!(last["events"][1]["message"], "line 4");
    let tagged = client
        .json("tagging", "ResourceGroupsTaggingAPI_20170126.GetResources", &json!({"TagFilters": [{"Key": "lab"}]}))
        .await;
    assert_eq!(
        tagged.json()["ResourceTagMappingList"][0]["ResourceARN"],
        "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/u-f"
    );
    endpoint.stop().await;
}

/// Two streams whose events alternate, 3 MB in all: pages of 1 MB at most, together everything once and in order, from either end.
#[tokio::test]
async fn events_come_in_pages_of_a_megabyte() {
    let (endpoint, client) = start(Config::default()).await;
    let logs = |operation: &'static str, input: Value| {
        let client = &client;
        async move { client.json("logs", &format!("Logs_20140328.{operation}"), &input).await.json() }
    };
    logs("CreateLogGroup", json!({"logGroupName": "g"})).await;
    let now = crate::clock::Clock::real_ms();
    for stream in ["a", "b"] {
        logs("CreateLogStream", json!({"logGroupName": "g", "logStreamName": stream})).await;
    }
    for number in 0..30_i64 {
        let stream = if number % 2 == 0 { "a" } else { "b" };
        let event = json!({"timestamp": now + number, "message": format!("{number} {}", "x".repeat(100_000))});
        logs("PutLogEvents", json!({"logGroupName": "g", "logStreamName": stream, "logEvents": [event]})).await;
    }
    let numbers = |page: &Value| {
        let events = page["events"].as_array().unwrap();
        let number =
            |event: &Value| event["message"].as_str().unwrap().split(' ').next().unwrap().parse::<i64>().unwrap();
        events.iter().map(number).collect::<Vec<_>>()
    };
    for forward in [true, false] {
        let (mut all, mut next) = (Vec::new(), Value::Null);
        loop {
            let mut input = json!({"logGroupName": "g", "startFromHead": forward, "startTime": now});
            if next.is_string() {
                input["nextToken"] = next;
            }
            let page = logs("FilterLogEvents", input).await;
            let found = numbers(&page);
            assert!(found.len() <= 10, "{} events of 100 KB", found.len());
            all.extend(found);
            next = page["nextToken"].clone();
            if next.is_null() {
                break;
            }
        }
        let wanted: Vec<i64> = if forward { (0..30).collect() } else { (0..30).rev().collect() };
        assert_eq!(all, wanted);
    }
    let mut input = json!({"logGroupName": "g", "logStreamName": "b", "startFromHead": true});
    let first = logs("GetLogEvents", input.clone()).await;
    assert_eq!(numbers(&first), (0..10).map(|number| 2 * number + 1).collect::<Vec<_>>());
    input["nextToken"] = first["nextForwardToken"].clone();
    let second = logs("GetLogEvents", input.clone()).await;
    assert_eq!(numbers(&second), [21, 23, 25, 27, 29]);
    input["nextToken"] = second["nextBackwardToken"].clone();
    assert_eq!(numbers(&logs("GetLogEvents", input).await), numbers(&first));
    endpoint.stop().await;
}

#[tokio::test]
async fn cloudwatch_speaks_cbor_json_and_forms() {
    let (endpoint, client) = start(Config::default()).await;
    let put = Cbor::Map(vec![
        (Cbor::Text("DashboardName".to_owned()), Cbor::Text("u-d".to_owned())),
        (Cbor::Text("DashboardBody".to_owned()), Cbor::Text("{\"widgets\": []}".to_owned())),
    ]);
    let mut body = Vec::new();
    ciborium::into_writer(&put, &mut body).unwrap();
    let path = "/service/GraniteServiceVersion20100801/operation/PutDashboard";
    let headers = vec![("smithy-protocol", "rpc-v2-cbor".to_owned())];
    let reply = client.send(Request { method: "POST", path, service: "monitoring", headers, body }).await;
    assert!(reply.status == 200 && reply.head.contains("smithy-protocol: rpc-v2-cbor"), "{reply:?}");
    let reply = client.json("monitoring", "GraniteServiceVersion20100801.ListDashboards", &json!({})).await;
    assert_eq!(reply.json()["DashboardEntries"][0]["DashboardName"], "u-d");
    let reply = client.form("monitoring", &[("Action", "GetDashboard"), ("DashboardName", "u-d")]).await;
    assert!(reply.body.contains("<DashboardBody>{&quot;widgets&quot;: []}</DashboardBody>"), "{reply:?}");
    let reply = client.form("monitoring", &[("Action", "GetDashboard"), ("DashboardName", "none")]).await;
    assert!(reply.status == 404 && reply.body.contains("<Code>ResourceNotFound</Code>"), "{reply:?}");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_within_a_group_and_drops_what_came_before() {
    let (endpoint, client) = start(Config::default()).await;
    let sqs = |operation: &'static str, input: Value| {
        let client = &client;
        async move { client.json("sqs", &format!("AmazonSQS.{operation}"), &input).await.json() }
    };
    let made = sqs("CreateQueue", json!({"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}})).await;
    let url = made["QueueUrl"].clone();
    for (group, id) in [("a", "1"), ("a", "2"), ("b", "3"), ("a", "1")] {
        let send = json!({"QueueUrl": url, "MessageBody": id, "MessageGroupId": group, "MessageDeduplicationId": id});
        assert!(sqs("SendMessage", send).await["MessageId"].is_string());
    }
    let receive = || sqs("ReceiveMessage", json!({"QueueUrl": url}));
    let (first, second, third) = (receive().await, receive().await, receive().await);
    assert_eq!((&first["Messages"][0]["Body"], &second["Messages"][0]["Body"]), (&json!("1"), &json!("3")));
    assert_eq!(third, json!({}), "the rest of the group waits");
    sqs("DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": first["Messages"][0]["ReceiptHandle"]})).await;
    assert_eq!(receive().await["Messages"][0]["Body"], "2");
    endpoint.stop().await;
}

#[tokio::test]
async fn metrics_are_added_up_by_period() {
    let (endpoint, client) = start(Config::default()).await;
    let call = |operation: &'static str, input: Value| {
        let client = &client;
        async move { client.json("monitoring", &format!("GraniteServiceVersion20100801.{operation}"), &input).await.json() }
    };
    let dimensions = json!([{"Name": "FunctionName", "Value": "u-f"}]);
    let minute = (crate::clock::Clock::real_ms() / 60_000 - 2) * 60;
    let datum = |at: i64, value: f64| json!({"MetricName": "Duration", "Dimensions": dimensions, "Timestamp": at, "Value": value});
    let data = [datum(minute, 10.0), datum(minute + 5, 30.0), datum(minute + 60, 2.0)];
    client
        .json(
            "monitoring",
            "GraniteServiceVersion20100801.PutMetricData",
            &json!({"Namespace": "N", "MetricData": data}),
        )
        .await;
    let metric = json!({"Namespace": "N", "MetricName": "Duration", "Dimensions": dimensions});
    let query = |id: &str, stat: &str| json!({"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}});
    let span = json!({"StartTime": minute, "EndTime": minute + 120, "ScanBy": "TimestampAscending",
        "MetricDataQueries": [query("a", "Sum"), query("b", "Average"), query("c", "p50"), query("d", "SampleCount")]});
    let results = call("GetMetricData", span).await["MetricDataResults"].clone();
    let values: Vec<&Value> = results.as_array().unwrap().iter().map(|result| &result["Values"]).collect();
    assert_eq!(values, [&json!([40.0, 2.0]), &json!([20.0, 2.0]), &json!([20.0, 2.0]), &json!([2.0, 1.0])]);
    assert_eq!(results[0]["Timestamps"], json!([minute, minute + 60]));
    let elsewhere = json!({"Namespace": "N", "Dimensions": [{"Name": "FunctionName", "Value": "other"}]});
    assert_eq!(call("ListMetrics", elsewhere).await["Metrics"], json!([]));
    let ask = |queries: Value| json!({"StartTime": minute, "EndTime": minute + 120, "ScanBy": "TimestampAscending", "MetricDataQueries": queries});
    let hidden = |id: &str, stat: &str| json!({"Id": id, "ReturnData": false, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}});
    let math = |id: &str, expression: &str| json!({"Id": id, "Expression": expression});
    let queries = json!([math("e2", "e1 / 2"), math("e1", "a - 2 * b"), hidden("a", "Sum"), hidden("b", "Average"),
        {"Id": "each", "Expression": "METRICS() * 10", "Label": "ten", "Period": 300}]);
    let results = call("GetMetricData", ask(queries)).await["MetricDataResults"].clone();
    let rows: Vec<_> =
        results.as_array().unwrap().iter().map(|row| json!([row["Id"], row["Label"], row["Values"]])).collect();
    assert_eq!(
        Value::from(rows),
        json!([
            ["e2", "e2", [0.0, -1.0]],
            ["e1", "e1", [0.0, -2.0]],
            ["each", "ten Duration", [400.0, 20.0]],
            ["each", "ten Duration", [200.0, 20.0]]
        ])
    );
    for (queries, code, message) in [
        (json!([math("e1", "a + 1")]), "ValidationError", "Error in expression 'e1': ID 'a' not found"),
        (
            json!([math("e1", "e2 + 1"), math("e2", "e1")]),
            "ValidationError",
            "Error in expression 'e1': Circular reference",
        ),
        (
            json!([hidden("a", "Sum"), math("e1", "SUM(a)")]),
            "ValidationError",
            "Error in expression 'e1': The result must be a time series or an array of time series",
        ),
        (
            json!([math("e1", "SEARCH('{N} x', 'Sum')")]),
            "NotImplemented",
            "the local endpoint does not offer `SEARCH` in metric math: `SEARCH('{N} x', 'Sum')`",
        ),
        (
            json!([math("E1", "1")]),
            "ValidationError",
            "The value E1 for parameter MetricDataQueries.member.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
        ),
        (
            json!([query("a", "Sum"), query("a", "Sum")]),
            "ValidationError",
            "The values for parameter id in MetricDataQueries are not unique.",
        ),
    ] {
        let reply = call("GetMetricData", ask(queries)).await;
        assert_eq!((reply["__type"].as_str(), reply["message"].as_str()), (Some(code), Some(message)), "{reply}");
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn roles_are_listed_in_pages_and_described_whole() {
    let (endpoint, client) = start(Config::default()).await;
    for number in 0..5 {
        create_role(&client, &format!("user{number}-role")).await;
    }
    let mut names = Vec::new();
    let mut marker = None::<String>;
    loop {
        let mut fields = vec![("Action", "ListRoles"), ("MaxItems", "2")];
        fields.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = client.form("iam", &fields).await.body;
        names.extend(page.split("<RoleName>").skip(1).filter_map(|rest| Some(rest.split('<').next()?.to_owned())));
        marker = page.split("<Marker>").nth(1).and_then(|rest| Some(rest.split('<').next()?.to_owned()));
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(names, ["user0-role", "user1-role", "user2-role", "user3-role", "user4-role"]);
    let arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let attach = [("Action", "AttachRolePolicy"), ("RoleName", "user0-role"), ("PolicyArn", arn)];
    assert_eq!(client.form("iam", &attach).await.status, 200);
    let details = [("Action", "GetAccountAuthorizationDetails"), ("Filter.member.1", "Role"), ("MaxItems", "1")];
    let body = client.form("iam", &details).await.body;
    assert!(body.contains(&format!("<PolicyArn>{arn}</PolicyArn>")), "{body}");
    assert!(
        body.contains("<Key>Project</Key><Value>ServerlessLab</Value>")
            && body.contains("<IsTruncated>true</IsTruncated>"),
        "{body}"
    );
    endpoint.stop().await;
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue() {
    let (endpoint, client) = start(Config::default()).await;
    let sqs = |operation: &'static str, input: Value| {
        let client = &client;
        async move { client.json("sqs", &format!("AmazonSQS.{operation}"), &input).await.json() }
    };
    sqs("CreateQueue", json!({"QueueName": "dead"})).await;
    let redrive =
        json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 2}).to_string();
    let attributes = json!({"VisibilityTimeout": "0", "RedrivePolicy": redrive});
    let url = sqs("CreateQueue", json!({"QueueName": "q", "Attributes": attributes})).await["QueueUrl"].clone();
    sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "poison"})).await;
    for _ in 0..2 {
        assert_eq!(sqs("ReceiveMessage", json!({"QueueUrl": url})).await["Messages"][0]["Body"], "poison");
    }
    assert_eq!(sqs("ReceiveMessage", json!({"QueueUrl": url})).await, json!({}));
    assert_eq!(sqs("ReceiveMessage", json!({"QueueUrl": "x/dead"})).await["Messages"][0]["Body"], "poison");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_waiting_receiver_gets_what_is_sent_meanwhile() {
    let (endpoint, client) = start(Config::default()).await;
    client.json("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": "q"})).await;
    let waiting = json!({"QueueUrl": "x/q", "WaitTimeSeconds": 20});
    let sent = json!({"QueueUrl": "x/q", "MessageBody": "late"});
    let (received, _) = tokio::join!(
        client.json("sqs", "AmazonSQS.ReceiveMessage", &waiting),
        client.json("sqs", "AmazonSQS.SendMessage", &sent)
    );
    assert_eq!(received.json()["Messages"][0]["Body"], "late");
    endpoint.stop().await;
}
