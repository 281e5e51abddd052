//! Resources of any type: a pack says a type and properties, and labctl does with them what it does with everything.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::Test;

const MANIFEST: &str = "[lab]\npack = \"./shop\"\nname = \"shop1\"\n\n[target]\nkind = \"local\"\nregion = \"eu-west-1\"\n\n\
                        [iam]\nmode = \"least-privilege\"\n\n[[users]]\nname = \"ann\"\n";

const PACK: &str = r#"
[pack]
name = "shop"
title = "A shop"

[settings.billing]
type = "string"
default = "PAY_PER_REQUEST"
description = "How the table is paid"

[[roles]]
id = "lambda"
name = "lambda-role"
trust = "iam/trust.json.hbs"
brought_by = "lambda_role"

[[roles.policies]]
name = "Table"
template = { least-privilege = "iam/table.json.hbs", as-written = "iam/table.json.hbs" }

[[log_groups]]
name = "/aws/lambda/{{user}}-seller"

[[functions]]
name = "seller"
source = "lambda/seller.py"
handler = "seller.handler"
runtime = "python3.13"
role = "lambda"
timeout_seconds = "5"
memory_mib = "128"
environment = { TABLE = "{{resource_ref \"orders\"}}", STREAM = "{{resource_ref \"orders\" \"StreamArn\"}}", TOPIC = "{{resource_ref \"news\"}}" }

[[resources]]
name = "tick"
type = "AWS::Events::Rule"
properties = "resources/tick.json.hbs"

[[resources]]
name = "orders"
type = "AWS::DynamoDB::Table"
properties = "resources/orders.json.hbs"

[[resources]]
name = "news"
type = "AWS::SNS::Topic"
properties = "resources/news.json.hbs"

[[resources]]
name = "limit"
type = "AWS::SSM::Parameter"
properties = "resources/limit.json.hbs"
"#;

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

const TABLE: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "{{resource_ref "orders" "Arn"}}"},
  {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "{{log_group_arn "/aws/lambda" "seller"}}:*"}
]}"#;

const ORDERS: &str = r#"{
  "TableName": "{{user}}-orders",
  "BillingMode": "{{settings.billing}}",
  "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
  "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
  "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
  "Tags": [{"Key": "Course", "Value": "shop"}]
}"#;

const LIMIT: &str = r#"{"Name": "/{{user}}-shop/limit", "Type": "String", "Value": "{{resource_ref "tick"}}", "Description": "not shown"}"#;

fn shop() -> Test {
    let test = Test::with_manifest(MANIFEST);
    test.write("shop/pack.toml", PACK);
    test.write("shop/iam/trust.json.hbs", TRUST);
    test.write("shop/iam/table.json.hbs", TABLE);
    test.write("shop/lambda/seller.py", "def handler(event, context):\n    return event\n");
    test.write("shop/resources/orders.json.hbs", ORDERS);
    test.write("shop/resources/news.json.hbs", r#"{"TopicName": "{{user}}-news"}"#);
    test.write(
        "shop/resources/tick.json.hbs",
        r#"{"Name": "{{user}}-tick", "ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "t", "Arn": "{{resource_ref "news"}}"}]}"#,
    );
    test.write("shop/resources/limit.json.hbs", LIMIT);
    test
}

fn of_kind<'a>(list: &'a Value, kind: &str) -> Vec<&'a Value> {
    list.as_array().unwrap().iter().filter(|it| it["kind"] == kind).collect()
}

#[test]
fn resources_are_made_found_again_and_removed() {
    let test = shop();
    test.expect(0, &["validate"]);
    let plan = test.json(0, &["plan"]);
    let changes = &plan["users"][0]["resources"];
    let names: Vec<&str> = of_kind(changes, "resource").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "AWS::DynamoDB::Table/ann-orders",
            "AWS::Events::Rule/ann-tick",
            "AWS::SNS::Topic/ann-news",
            "AWS::SSM::Parameter//ann-shop/limit"
        ]
    );
    assert!(
        plan.to_string().contains("not there yet; StreamArn of AWS::DynamoDB::Table/ann-orders (known after deploy)"),
        "{plan}"
    );
    test.expect(0, &["render"]);
    assert!(test.read("out/ann/resources/orders.json").contains("\"TableName\": \"ann-orders\""));
    let index: Value = serde_json::from_str(&test.read("out/ann/index.json")).unwrap();
    for file in index["files"].as_object().unwrap().keys() {
        assert!(test.path("out/ann").join(file).is_file(), "{file} is listed and not there");
    }
    let deployed = test.json(0, &["deploy"]);
    assert_eq!((&deployed["summary"]["failed"], &deployed["summary"]["created"]), (&json!(0), &json!(7)), "{deployed}");
    let again = test.json(0, &["plan", "--detailed-exitcode"]);
    assert_eq!(again["summary"]["unchanged"], 7, "{again}");
    let status = test.json(0, &["status"]);
    assert!(
        of_kind(&status["users"][0]["resources"], "resource").iter().all(|it| it["state"] == "present"),
        "{status}"
    );

    // What the lab changes is patched; what cannot be patched is made anew.
    test.edit("lab-manifest.toml", "[[users]]", "[settings]\nbilling = \"PROVISIONED\"\n\n[[users]]");
    let plan = test.json(0, &["plan"]);
    assert_eq!(plan["summary"]["update"], 1, "{plan}");
    assert!(plan.to_string().contains("properties.BillingMode"), "{plan}");
    test.expect(0, &["deploy"]);
    assert_eq!(test.json(0, &["plan"])["summary"]["unchanged"], 7);
    test.edit("shop/resources/limit.json.hbs", "not shown", "something else");
    test.expect(0, &["deploy"]);
    assert_eq!(test.json(0, &["plan"])["summary"]["unchanged"], 7);

    // What the pack does not name any more goes.
    let pack = test.read("shop/pack.toml");
    test.write("shop/pack.toml", pack.split("[[resources]]\nname = \"limit\"").next().unwrap());
    let plan = test.json(0, &["plan"]);
    assert_eq!((&plan["summary"]["delete"], &plan["summary"]["unchanged"]), (&json!(1), &json!(6)), "{plan}");
    test.expect(0, &["deploy"]);

    let cleaned = test.json(0, &["cleanup", "--yes"]);
    assert_eq!(cleaned["summary"]["residue"], 0, "{cleaned}");
    let status = test.json(0, &["status"]);
    assert!(of_kind(&status["users"][0]["resources"], "resource").iter().all(|it| it["state"] == "absent"), "{status}");
}

#[test]
fn a_second_deployment_of_twenty_resources_reads_each_once() {
    let test =
        Test::with_manifest(&MANIFEST.replace("[[users]]\nname = \"ann\"\n", "[roster]\nrange = \"user1..user5\"\n"));
    let mut pack = "[pack]\nname = \"shop\"\ntitle = \"A shop\"\n".to_owned();
    for number in 0..20 {
        let _ = write!(
            pack,
            "\n[[resources]]\nname = \"t{number}\"\ntype = \"AWS::SNS::Topic\"\nproperties = \"t{number}.json.hbs\"\n"
        );
        test.write(&format!("shop/t{number}.json.hbs"), &format!(r#"{{"TopicName": "{{{{user}}}}-t{number}"}}"#));
    }
    test.write("shop/pack.toml", &pack);
    let first = test.json(0, &["deploy", "--all"]);
    assert_eq!(first["summary"]["created"], 100, "{first}");
    let second = test.json(0, &["deploy", "--all"]);
    let calls = second["api_calls"].as_object().unwrap();
    let of = |name: &str| calls.get(name).and_then(Value::as_u64).unwrap_or_default();
    let own: u64 =
        calls.iter().filter(|(name, _)| name.starts_with("cloudformation:")).filter_map(|(_, it)| it.as_u64()).sum();
    assert_eq!((of("cloudformation:GetResource"), own), (100, 100), "{calls:?}");
    assert!(of("tag:GetResources") <= 4, "{calls:?}");
    let quick = test.json(0, &["deploy", "--all", "--quick"]);
    assert_eq!(quick["api_calls"].get("cloudformation:GetResource"), None, "{quick}");
}

#[test]
fn what_is_wrong_with_a_resource_is_told_at_its_place() {
    for (file, old, new, code, words) in [
        (
            "shop/pack.toml",
            "AWS::DynamoDB::Table",
            "AWS::DynamoDB::Tabel",
            "render::resource-name",
            "did you mean `AWS::DynamoDB::Table`",
        ),
        ("shop/pack.toml", "AWS::DynamoDB::Table", "DynamoDB Table", "pack::bad-value", "`type` is `DynamoDB Table`"),
        ("shop/pack.toml", "AWS::DynamoDB::Table", "AWS::SQS::Queue", "render::resource-type", "[[queues]]"),
        (
            "shop/pack.toml",
            "AWS::DynamoDB::Table",
            "AWS::SecretsManager::Secret",
            "render::resource-name",
            "AWS chooses `Id`",
        ),
        (
            "shop/resources/orders.json.hbs",
            "{{user}}-orders",
            "orders",
            "render::resource-name",
            "begin with `{{user}}-`",
        ),
        ("shop/resources/orders.json.hbs", "TableName", "Tablename", "render::resource-name", "it has `Tablename`"),
        ("shop/resources/limit.json.hbs", "-shop/limit", "-limit", "render::resource-name", "has the same ARN"),
        ("shop/resources/news.json.hbs", "{\"Top", "[{\"Top", "render::", "JSON"),
        (
            "shop/iam/table.json.hbs",
            "\"orders\" \"Arn\"",
            "\"order\" \"Arn\"",
            "render::template",
            "did you mean `orders`",
        ),
        (
            "shop/resources/news.json.hbs",
            "}}-news\"",
            "}}-news\", \"DisplayName\": \"{{resource_ref \"tick\"}}\"",
            "render::",
            "tick",
        ),
    ] {
        let test = shop();
        test.edit(file, old, new);
        let ran = test.expect(64, &["validate"]);
        assert!(ran.stderr.contains(words) && ran.stderr.contains(code), "{file} {new}\n{}", ran.stderr);
    }
}

#[test]
fn what_is_there_without_tags_is_taken_over_when_asked_and_edits_are_kept() {
    let test = shop();
    test.expect(0, &["deploy"]);
    test.edit("shop/resources/orders.json.hbs", "KEYS_ONLY", "NEW_IMAGE");
    let plan = test.json(0, &["plan"]);
    assert!(plan.to_string().contains("properties.StreamSpecification.StreamViewType"), "{plan}");
    test.edit("shop/resources/orders.json.hbs", "\"KeyType\": \"HASH\"", "\"KeyType\": \"RANGE\"");
    let plan = test.json(0, &["plan"]);
    let table = of_kind(&plan["users"][0]["resources"], "resource")[0];
    assert!(table["parts"].as_array().unwrap().contains(&json!("type")), "a key cannot be changed: {table}");
}

#[test]
fn what_is_made_anew_is_told_with_what_that_costs_and_two_entries_are_not_one_resource() {
    let test = shop();
    test.expect(0, &["deploy", "-q"]);
    let key = ORDERS.replace("\"id\"", "\"number\"");
    test.write("shop/resources/orders.json.hbs", &key);
    let plan = test.expect(0, &["plan"]);
    assert!(plan.stdout.contains("it is deleted and made anew, with all that is in it"), "{}", plan.stdout);
    // The function is told of the new table's stream by the same deployment.
    test.expect(0, &["deploy"]).says(&[
        "warning: resource `AWS::DynamoDB::Table/ann-orders` is deleted and made anew, with all that is in it",
    ]);
    let status = test.json(0, &["status"]);
    let all = status["users"][0]["resources"].as_array().unwrap();
    assert!(all.iter().all(|it| it["state"] == "present"), "{status:#}");
    test.expect(0, &["plan", "--detailed-exitcode"]);
    test.expect(0, &["cleanup", "--yes"]);
    test.write("shop/resources/orders.json.hbs", ORDERS);
    let again = "\n[[resources]]\nname = \"orders2\"\ntype = \"AWS::DynamoDB::Table\"\nproperties = \"resources/orders.json.hbs\"\n";
    test.write("shop/pack.toml", &format!("{PACK}{again}"));
    test.expect(64, &["validate"]).says(&[
        "resources `orders` and `orders2` are one and the same: `AWS::DynamoDB::Table/ann-orders`",
        "give each a name of its own",
    ]);
}
