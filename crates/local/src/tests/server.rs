//! Who gets in, and in which words the others are refused.

use serde_json::json;

use super::client::{Client, Request, start};
use crate::Config;

const WHO: [(&str, &str); 2] = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
const LIST: &str = "AWSStepFunctions.ListStateMachines";

#[tokio::test]
async fn the_key_pair_of_the_start_is_let_in() {
    let (endpoint, client) = start(Config::default()).await;
    let reply = client.form("sts", &WHO).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.body.contains("<Account>000000000000</Account>"), "{reply:?}");
    assert!(reply.head.contains("x-amzn-requestid: "), "{reply:?}");
    endpoint.stop().await;
}

#[tokio::test]
async fn wrong_keys_and_wrong_clocks_are_refused_in_the_protocols_words() {
    let (endpoint, client) = start(Config::default()).await;
    let with = |change: fn(&mut Client)| {
        let mut other = Client::of(&endpoint);
        change(&mut other);
        other
    };
    let stranger = with(|client| client.keys.0 = "AKIASTRANGER".to_owned());
    let forger = with(|client| client.keys.1 = "guess".to_owned());
    let late = with(|client| client.skew = -3600);
    let astray = with(|client| client.region = "nowhere");
    let odd = with(|client| client.token = Some("t".to_owned()));
    for (client, code, message) in [
        (&stranger, "InvalidClientTokenId", "security token"),
        (&odd, "InvalidClientTokenId", "security token"),
        (&forger, "SignatureDoesNotMatch", "does not match"),
        (&late, "SignatureDoesNotMatch", "Signature expired"),
        (&astray, "SignatureDoesNotMatch", "valid region"),
    ] {
        let reply = client.form("sts", &WHO).await;
        assert_eq!(reply.status, 403, "{reply:?}");
        assert!(reply.body.contains(&format!("<Code>{code}</Code>")) && reply.body.contains(message), "{reply:?}");
    }
    for (client, code) in [(&stranger, "UnrecognizedClientException"), (&forger, "InvalidSignatureException")] {
        let reply = client.json("states", LIST, &json!({})).await;
        assert_eq!((reply.status, reply.json()["__type"].as_str()), (400, Some(code)));
        let request =
            Request { method: "GET", path: "/2015-03-31/functions", service: "lambda", headers: vec![], body: vec![] };
        let reply = client.send(request).await;
        assert_eq!(reply.status, 403);
        assert!(reply.head.contains(&format!("x-amzn-errortype: {}", code.to_lowercase())), "{reply:?}");
    }
    let reply = client.json("logs", LIST, &json!({})).await;
    assert!(reply.json()["message"].as_str().unwrap().contains("correct service: 'states'"), "{reply:?}");
    endpoint.stop().await;
}

#[tokio::test]
async fn a_request_without_a_signature_or_for_another_host_goes_nowhere() {
    let (endpoint, client) = start(Config::default()).await;
    let host = |name: &str| ("host".to_owned(), name.to_owned());
    let target = ("x-amz-target".to_owned(), LIST.to_owned());
    let reply = client.raw("POST", "/", &[host(&client.address), target.clone()], b"{}").await.unwrap();
    assert_eq!((reply.status, reply.json()["__type"].as_str()), (400, Some("MissingAuthenticationTokenException")));
    for name in ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example"] {
        let reply = client.raw("POST", "/", &[host(name), target.clone()], b"{}").await.unwrap();
        assert_eq!(reply.status, 403, "{name}");
    }
    let port = client.address.rsplit(':').next().unwrap();
    for name in [format!("localhost:{port}"), format!("sync-localhost:{port}"), format!("sync-{}", client.address)] {
        let reply = client.raw("POST", "/", &[host(&name), target.clone()], b"{}").await.unwrap();
        assert_eq!(reply.status, 400, "{name}");
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn a_stranger_is_refused_before_the_body_is_there() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (endpoint, client) = start(Config::default()).await;
    let mut stream = tokio::net::TcpStream::connect(&client.address).await.unwrap();
    let head = format!(
        "PUT /2015-03-31/functions/f/code HTTP/1.1\r\nhost: {}\r\ncontent-length: 70000000\r\nauthorization: \
         AWS4-HMAC-SHA256 Credential=AKIASTRANGER/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, \
         Signature=00\r\n\r\n",
        client.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    // Without the limit this test would wait for ever when it fails.
    let read = tokio::time::timeout(std::time::Duration::from_secs(30), stream.read_exact(&mut answer));
    read.await.expect("an answer before the body").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 403");
    drop(stream);
    endpoint.stop().await;
}

#[tokio::test]
async fn what_is_not_offered_says_so_by_name() {
    let (endpoint, client) = start(Config::default()).await;
    let reply = client.json("logs", "Logs_20140328.StartQuery", &json!({})).await;
    assert_eq!(reply.status, 501);
    assert_eq!(reply.json()["message"], "the local endpoint does not offer logs:StartQuery");
    let reply = client.form("iam", &[("Action", "CreateUser"), ("UserName", "u")]).await;
    assert_eq!(reply.status, 501);
    assert!(reply.body.contains("<Code>NotImplemented</Code>") && reply.body.contains("iam:CreateUser"), "{reply:?}");
    let reply = client.json("dynamodb", "DynamoDB_20120810.ListTables", &json!({})).await;
    assert_eq!(reply.status, 501);
    let request =
        Request { method: "GET", path: "/2015-03-31/nothing", service: "lambda", headers: vec![], body: vec![] };
    assert_eq!(client.send(request).await.status, 404);
    endpoint.stop().await;
}

/// Neither an unknown operation nor a path or body that means nothing is told to who is not known.
#[tokio::test]
async fn nothing_is_told_before_the_signature_is_verified() {
    let (endpoint, client) = start(Config::default()).await;
    let mut forger = Client::of(&endpoint);
    forger.keys.1 = "guess".to_owned();
    let rpc = "/service/GraniteServiceVersion20100801/operation/No-Such";
    let target = |name: &str| vec![("x-amz-target", name.to_owned())];
    let newer = |name: &str| {
        let kind = ("content-type", "application/x-amz-json-1.1".to_owned());
        [target(name), vec![kind]].concat()
    };
    let form = || vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    for (method, path, service, headers, body, kind, known) in [
        ("POST", "/", "states", target("AWSStepFunctions.No/Such"), "{}", "x-amz-json-1.0", 404),
        ("POST", "/", "states", target(LIST), "{", "x-amz-json-1.0", 400),
        ("POST", "/", "logs", newer("Logs_20140328.No.Such"), "{}", "x-amz-json-1.1", 404),
        ("POST", "/", "dynamodb", target("DynamoDB_20120810.ListTables"), "{}", "x-amz-json-1.0", 501),
        ("POST", "/", "kms", newer("TrentService.ListKeys"), "{}", "x-amz-json-1.1", 501),
        ("POST", "/", "iam", form(), "Action=..", "text/xml", 400),
        ("POST", "/", "iam", form(), "Name=x", "text/xml", 400),
        ("POST", "/", "ec2", form(), "Action=DescribeInstances", "text/xml", 501),
        ("GET", "/2015-03-31/nothing", "lambda", vec![], "", "application/json", 404),
        ("GET", "/functions", "lambda", vec![], "", "application/json", 404),
        ("POST", rpc, "monitoring", vec![], "", "application/cbor", 404),
        ("POST", "/service/Other/operation/List", "other", vec![], "", "application/cbor", 501),
        ("GET", "/bucket", "s3", vec![], "", "application/json", 501),
    ] {
        let ask = || Request { method, path, service, headers: headers.clone(), body: body.as_bytes().to_vec() };
        let refused = forger.send(ask()).await;
        assert!(matches!(refused.status, 400 | 403), "{path} {service}: {refused:?}");
        let said = refused.body.contains("SignatureDoesNotMatch") || refused.body.contains("InvalidSignatureException");
        assert!(said || refused.head.contains("invalidsignatureexception"), "{path} {service}: {refused:?}");
        let told = client.send(ask()).await;
        assert_eq!(told.status, known, "{path} {service}: {told:?}");
        for reply in [&refused, &told] {
            assert!(
                reply.head.contains(&format!("content-type: application/{kind}"))
                    || reply.head.contains(&format!("content-type: {kind}")),
                "{path} {service}: {reply:?}"
            );
        }
    }
    endpoint.stop().await;
}

#[tokio::test]
async fn bytes_that_mean_nothing_are_refused_and_the_endpoint_lives_on() {
    let (endpoint, client) = start(Config::default()).await;
    let cbor = "/service/GraniteServiceVersion20100801/operation/PutDashboard";
    for (path, service, target, body) in [
        ("/", "states", Some(LIST), &b"\xff\x00{"[..]),
        ("/", "states", Some(LIST), b"[1, 2]"),
        ("/", "logs", Some("Logs_20140328.CreateLogGroup"), b"{\"logGroupName\": 5}"),
        ("/", "iam", None, b"%%%=&Action=%00"),
        ("/", "iam", None, b""),
        (cbor, "monitoring", None, b"\xbf\xff\xff"),
        (cbor, "monitoring", None, b"\xa1\x61"),
    ] {
        let headers = target.iter().map(|target| ("x-amz-target", (*target).to_owned())).collect();
        let reply = client.send(Request { method: "POST", path, service, headers, body: body.to_vec() }).await;
        assert!((400..500).contains(&reply.status), "{path} {reply:?}");
    }
    let large = vec![b' '; (8 << 20) + 1];
    let headers = vec![("x-amz-target", LIST.to_owned())];
    let reply = client.send(Request { method: "POST", path: "/", service: "states", headers, body: large }).await;
    assert_eq!(reply.status, 413, "{}", reply.head);
    assert_eq!(client.form("sts", &WHO).await.status, 200);
    endpoint.stop().await;
}
