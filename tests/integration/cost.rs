//! `labctl cost`: what a class costs, before and after, beside what the endpoint itself counted.

use serde_json::{Value, json};

use crate::harness::Test;
use crate::server::Server;

const MANIFEST: &str = "[lab]\npack = \"step-functions\"\nname = \"lab6\"\n\n[roster]\nfile = \"students.csv\"\n\n[settings]\nsimulated_delay_scale = 0\n";

const ROSTER: &str = "name,label,group\nana,Ana Example,Monday\njan,Jan,Tuesday\n";

fn class() -> Test {
    let test = Test::with_manifest(MANIFEST);
    test.write("students.csv", ROSTER);
    test
}

/// An amount in 10^-12 dollars.
fn pico(amount: &Value) -> i128 {
    let text = amount.as_str().unwrap_or_else(|| panic!("{amount} is no decimal text"));
    let (whole, part) = text.split_once('.').unwrap();
    whole.parse::<i128>().unwrap() * 1_000_000_000_000 + format!("{part:0<12}").parse::<i128>().unwrap()
}

/// Whether two figures are the same but for what floating point adds.
#[track_caller]
fn same(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-9, "{one} and {other}");
}

fn quantity(items: &Value, what: &str) -> f64 {
    let item = items.as_array().unwrap().iter().find(|item| item["what"] == what);
    item.unwrap_or_else(|| panic!("no {what}: {items:#}"))["quantity"].as_f64().unwrap()
}

/// What a metric came to, as CloudWatch's own answer says.
fn metric(server: &Server, namespace: &str, name: &str, (dimension, value): (&str, &str)) -> f64 {
    let encoded =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let now = jiff::Timestamp::now();
    let at = |hours: i64| encoded(&(now + jiff::SignedDuration::from_hours(hours)).to_string());
    let form = format!(
        "Action=GetMetricStatistics&Version=2010-08-01&Namespace={}&MetricName={name}&StartTime={}&EndTime={}&Period=86400\
         &Statistics.member.1=Sum&Dimensions.member.1.Name={dimension}&Dimensions.member.1.Value={}",
        encoded(namespace),
        at(-24),
        at(48),
        encoded(value)
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.send("monitoring", ("POST", "/"), &headers, form.as_bytes());
    answer.split("<Sum>").skip(1).map(|rest| rest.split_once('<').unwrap().0.parse::<f64>().unwrap()).sum()
}

/// Megabyte-milliseconds that a function is billed, by the lines at the end of its calls.
fn billed(server: &Server, function: &str) -> f64 {
    let input = json!({ "logGroupName": format!("/aws/lambda/{function}"), "filterPattern": "\"Billed Duration\"" });
    let events = server.call("logs", "Logs_20140328.FilterLogEvents", &input)["events"].clone();
    let figure = |line: &str, name: &str| {
        let rest = line.split_once(name).unwrap().1.trim_start();
        rest.split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let lines = events.as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
    lines.map(|line| figure(line, "Billed Duration:") * figure(line, "Memory Size:")).sum()
}

#[test]
fn what_ran_is_billed_as_the_endpoint_counts_it() {
    let test = class();
    let server = Server::on(&test, "out/local", &[]);
    test.expect(0, &["deploy", "--all"]);
    test.expect(0, &["test", "--all", "--scenario", "express-purchase", "--scenario", "valid-order"]);
    test.expect(0, &["bulk-test", "--all", "-n", "20"]);
    let document = test.json(0, &["cost", "--all"]);
    assert_eq!(document["class"]["items_of"], "measured", "{document:#}");
    assert_eq!(document["notes"], json!([]), "nothing is an estimate");
    let items = &document["class"]["items"];

    let counted = metric(&server, "AWS/States", "ConsumedCapacity", ("ServiceMetric", "StateTransition"));
    assert!(counted > 300.0, "{counted}");
    same(quantity(items, "states-transitions"), counted);
    let functions =
        ["order-validator", "payment-processor", "inventory-updater", "order-fulfillment", "realtime-validator"];
    let of_users = || ["ana", "jan"].into_iter().flat_map(|user| functions.map(|name| format!("{user}-{name}")));
    let calls: f64 = of_users().map(|name| metric(&server, "AWS/Lambda", "Invocations", ("FunctionName", &name))).sum();
    same(quantity(items, "lambda-requests"), calls);
    let mb_ms: f64 = of_users().map(|name| billed(&server, &name)).sum();
    assert!((quantity(items, "lambda-duration") - mb_ms / 1_024_000.0).abs() < 1e-9);
    let machine = |user: &str| format!("arn:aws:states:us-east-1:000000000000:stateMachine:{user}-express-workflow");
    let express =
        |name: &str| ["ana", "jan"].map(|it| metric(&server, "AWS/States", name, ("StateMachineArn", &machine(it))));
    same(quantity(items, "states-requests"), express("ExecutionsStarted").iter().sum::<f64>());
    let billed_ms: f64 = express("ExpressExecutionBilledDuration").iter().sum();
    assert!((quantity(items, "states-duration") - billed_ms * 64.0 / 1_024_000.0).abs() < 1e-9);
    assert!(quantity(items, "logs-ingested") > 0.0);

    for user in document["users"].as_array().unwrap() {
        let sum: i128 = user["items"].as_array().unwrap().iter().map(|item| pico(&item["amount"])).sum();
        assert_eq!(sum, pico(&user["measured"]), "{user:#}");
        // $3 for 168 of 730 hours, and logs.
        assert!(pico(&user["forgotten_per_week"]) >= 690_410_958_903, "{user:#}");
    }
    let of = |key: &str| document[key].as_array().unwrap().len();
    assert_eq!((of("users"), of("groups"), document["users"][0]["label"].as_str()), (2, 2, Some("Ana Example")));
    // Two dashboards, and all else of two users, are within what an account has for nothing; but EXPRESS.
    let paid: Vec<_> = items.as_array().unwrap().iter().filter(|item| pico(&item["amount"]) > 0).collect();
    assert!(paid.iter().all(|item| item["what"].as_str().unwrap().starts_with("states-")), "{paid:#?}");
    assert!(document["class"]["free_tier"].as_array().unwrap().iter().any(|free| free["what"] == "dashboards"));

    // After the lab has gone, CloudWatch still counts what ran, and what only logs told is an estimate.
    test.expect(0, &["cleanup", "--all"]);
    let after = test.json(0, &["cost", "--all"]);
    same(quantity(&after["class"]["items"], "lambda-requests"), calls);
    assert!(quantity(&after["class"]["items"], "states-transitions") > 200.0, "{after:#}");
    assert!(after["notes"].to_string().contains("neither log nor history is left"), "{after:#}");
}

#[test]
fn a_plan_is_priced_without_a_call_and_prices_are_data() {
    let test = class();
    let document = test.json(0, &["cost", "--all", "--planned", "-n", "0", "--hours", "73"]);
    assert_eq!(document["api_calls"], json!({}));
    let (user, class) = (&document["users"][0], &document["class"]);
    assert_eq!(
        (&user["measured"], &class["measured"], &user["items_of"]),
        (&Value::Null, &Value::Null, &"planned".into())
    );
    // A dashboard for a tenth of a month.
    same(quantity(&user["items"], "dashboards"), 0.1);
    let dashboards = user["items"].as_array().unwrap().iter().find(|item| item["what"] == "dashboards").unwrap();
    assert_eq!((&dashboards["price"], &dashboards["amount"]), (&"3.00".into(), &"0.30".into()));
    let own = test.expect(0, &["cost", "--print-prices"]).stdout;
    assert_eq!(document["prices"]["date"], serde_json::from_str::<Value>(&own).unwrap()["date"]);

    let elsewhere = ["cost", "--all", "--planned", "--region", "il-central-1"];
    test.refuses(64, &elsewhere, &["no prices of `il-central-1` are known", "--print-prices", "--prices prices.json"]);
    // The shape that prices had at first: each item of a Region with its price alone.
    let mut prices: Value = serde_json::from_str(&own).unwrap();
    let mut bare = prices["regions"]["us-east-1"].clone();
    for price in bare.as_object_mut().unwrap().values_mut() {
        *price = price.get("price").unwrap_or(price).clone();
    }
    bare["dashboards"] = "6.00".into();
    prices["regions"] = json!({ "il-central-1": bare });
    test.write("prices.json", &prices.to_string());
    let raised = test.json(0, &[&elsewhere[..], &["-n", "0", "--hours", "73", "--prices", "prices.json"]].concat());
    let of_user = |document: &Value| pico(&document["users"][0]["planned"]);
    assert_eq!(of_user(&raised) - of_user(&document), 300_000_000_000, "thirty cents more");
    test.write("prices.json", "{ \"currency\": \"USD\" }");
    test.refuses(64, &["cost", "--all", "--prices", "prices.json"], &["`prices.json` has no prices", "missing field"]);
    test.refuses(64, &["cost"], &["--all"]);
    let said = test.expect(0, &["cost", "--all", "--planned"]).stdout;
    assert!(said.contains("Cost: $") && said.trim_end().ends_with("for each forgotten week (2 users)."), "{said}");
}

/// A Region of which labctl has all prices, and one of which EXPRESS executions have none.
#[test]
fn each_region_has_its_prices_and_what_has_none_is_in_no_total() {
    let test = class();
    let planned = ["cost", "--all", "--planned", "-n", "0", "--hours", "73"];
    let document = test.json(0, &[&planned[..], &["--region", "eu-west-3"]].concat());
    let items = document["users"][0]["items"].as_array().unwrap();
    let transitions = items.iter().find(|item| item["what"] == "states-transitions").unwrap();
    assert_eq!(transitions["price"], "0.0000297", "$0.0297 for a thousand in Paris");
    assert_eq!(pico(&transitions["amount"]), i128::from(transitions["quantity"].as_u64().unwrap()) * 29_700_000);
    assert_eq!((&document["unpriced"], &document["class"]["at_least"]), (&json!([]), &Value::Null));
    let origins = document["prices"]["origins"].as_array().unwrap();
    let logs = origins.iter().find(|origin| origin["what"] == "logs-ingested").unwrap();
    assert_eq!(
        (&logs["region"], &logs["price"], &logs["date"]),
        (&"eu-west-3".into(), &"0.5985".into(), &"2026-10-07".into())
    );
    assert!(logs["source"].as_str().unwrap().contains("EUW3-DataProcessing-Bytes"), "{logs:#}");

    let stockholm = [&planned[..], &["--region", "eu-north-1"]].concat();
    let document = test.json(0, &stockholm);
    let without = json!([{ "region": "eu-north-1", "what": "states-requests" }, { "region": "eu-north-1", "what": "states-duration" }]);
    assert_eq!(document["unpriced"], without);
    let user = &document["users"][0];
    assert_eq!((&user["at_least"], &document["class"]["at_least"]), (&json!(["planned"]), &json!(["planned"])));
    let item = user["items"].as_array().unwrap().iter().find(|item| item["what"] == "states-requests").unwrap();
    assert_eq!((&item["price"], &item["amount"]), (&Value::Null, &Value::Null));
    assert!(item["quantity"].as_f64().unwrap() > 0.0);
    let known = user["items"].as_array().unwrap().iter().filter(|item| !item["amount"].is_null());
    assert_eq!(known.map(|item| pico(&item["amount"])).sum::<i128>(), pico(&user["planned"]));
    let said = test.expect(0, &stockholm);
    said.says(&[
        "warning: no price is known of `states-requests`, `states-duration` in `eu-north-1`",
        "--prices prices.json",
    ]);
    assert!(said.stdout.contains("Cost: at least $") && said.stdout.contains("not known"), "{}", said.stdout);
    assert!(said.stdout.contains("planned, $"), "a forgotten week has no EXPRESS execution: {}", said.stdout);

    let mut prices: Value = serde_json::from_str(&test.expect(0, &["cost", "--print-prices"]).stdout).unwrap();
    prices["regions"]["eu-north-1"]["states-requests"] = "0.000001".into();
    prices["regions"]["eu-north-1"]["states-duration"] = json!({ "price": "0.00001667", "source": "the class's" });
    test.write("prices.json", &prices.to_string());
    let given = test.json(0, &[&stockholm[..], &["--prices", "prices.json"]].concat());
    assert_eq!((&given["unpriced"], &given["class"]["at_least"]), (&json!([]), &Value::Null));
    assert!(given["prices"]["origins"].as_array().unwrap().iter().any(|origin| origin["source"] == "the class's"));
}
