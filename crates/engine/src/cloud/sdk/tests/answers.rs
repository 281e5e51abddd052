//! Tests of what is taken for an answer: every operation labctl calls, with everything that stands in a service's place.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{BoxFuture, join_all};

use super::replay::Replay;
use crate::cloud::call::is_read;
use crate::cloud::sdk::clients::Clients;
use crate::cloud::sdk::kind::state_machine;
use crate::cloud::{Cloud as _, CloudError, Depth, ErrorClass, ExecutionQuery, LogQuery, Scope};
use crate::host::{Hold, Timekeeper};
use crate::kind::operation;
use crate::model::{Key, Kind, LabName, Owner, UserName};

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Guest\n network: sign in</title></head><body>…</body></html>";

/// A time in which no pause takes any.
#[derive(Debug)]
struct NoTime;

#[async_trait]
impl Timekeeper for NoTime {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}

    fn hold(&self) -> Hold {
        Hold::nothing()
    }
}

impl Clients {
    fn in_no_time(mut self) -> Self {
        self.caller.in_time(Arc::new(NoTime));
        self
    }
}

/// Makes a call of one operation.
type Call = for<'a> fn(&'a Clients) -> BoxFuture<'a, Result<(), CloudError>>;

macro_rules! calls {
    ($($operation:literal => |$account:ident| $request:expr;)*) => {
        vec![$(($operation, (|$account: &Clients| {
            Box::pin(async move { $account.caller.call($operation, || $request.send()).await.map(|_| ()) })
        }) as Call)),*]
    };
}

/// Every operation with the members of its answers. `lambda:Invoke` can be given a quota, since machines call it; labctl does not.
fn known() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    operation::all().filter(|(operation, _)| *operation != "lambda:Invoke")
}

/// Every operation that is called, asked with as little as the SDK lets go out.
fn calls() -> Vec<(&'static str, Call)> {
    calls! {
        "cloudwatch:DeleteDashboards" => |account| account.dashboards.delete_dashboards().dashboard_names("d");
        "cloudwatch:GetDashboard" => |account| account.dashboards.get_dashboard().dashboard_name("d");
        "cloudwatch:GetMetricData" => |account| {
            let at = aws_smithy_types::DateTime::from_secs(0);
            account.dashboards.get_metric_data().start_time(at).end_time(at).set_metric_data_queries(Some(Vec::new()))
        };
        "cloudwatch:ListDashboards" => |account| account.dashboards.list_dashboards();
        "cloudwatch:ListTagsForResource" => |account| account.dashboards.list_tags_for_resource().resource_arn("a");
        "cloudwatch:PutDashboard" => |account| account.dashboards.put_dashboard().dashboard_name("d").dashboard_body("{}");
        "cloudwatch:TagResource" => |account| account.dashboards.tag_resource().resource_arn("a").tags(tag());
        "cloudformation:CreateResource" => |account| account.resources.create_resource().type_name("t").desired_state("{}");
        "cloudformation:DeleteResource" => |account| account.resources.delete_resource().type_name("t").identifier("i");
        "cloudformation:GetResource" => |account| account.resources.get_resource().type_name("t").identifier("i");
        "cloudformation:GetResourceRequestStatus" => |account| account.resources.get_resource_request_status().request_token("r");
        "cloudformation:ListResources" => |account| account.resources.list_resources().type_name("t");
        "cloudformation:UpdateResource" => |account| {
            account.resources.update_resource().type_name("t").identifier("i").patch_document("[]")
        };
        "iam:AttachRolePolicy" => |account| account.iam.attach_role_policy().role_name("r").policy_arn("p");
        "iam:CreateRole" => |account| account.iam.create_role().role_name("r");
        "iam:DeleteRole" => |account| account.iam.delete_role().role_name("r");
        "iam:DeleteRolePolicy" => |account| account.iam.delete_role_policy().role_name("r").policy_name("p");
        "iam:DetachRolePolicy" => |account| account.iam.detach_role_policy().role_name("r").policy_arn("p");
        "iam:GetAccountAuthorizationDetails" => |account| account.iam.get_account_authorization_details();
        "iam:GetAccountSummary" => |account| account.iam.get_account_summary();
        "iam:GetRole" => |account| account.iam.get_role().role_name("r");
        "iam:GetRolePolicy" => |account| account.iam.get_role_policy().role_name("r").policy_name("p");
        "iam:ListAttachedRolePolicies" => |account| account.iam.list_attached_role_policies().role_name("r");
        "iam:ListRolePolicies" => |account| account.iam.list_role_policies().role_name("r");
        "iam:ListRoles" => |account| account.iam.list_roles();
        "iam:PutRolePermissionsBoundary" => |account| account.iam.put_role_permissions_boundary().role_name("r");
        "iam:PutRolePolicy" => |account| account.iam.put_role_policy().role_name("r").policy_name("p");
        "iam:TagRole" => |account| account.iam.tag_role().role_name("r");
        "iam:UntagRole" => |account| account.iam.untag_role().role_name("r").tag_keys("k");
        "iam:UpdateAssumeRolePolicy" => |account| account.iam.update_assume_role_policy().role_name("r");
        "iam:UpdateRole" => |account| account.iam.update_role().role_name("r");
        "lambda:CreateFunction" => |account| account.lambda.create_function().function_name("f");
        "lambda:DeleteFunction" => |account| account.lambda.delete_function().function_name("f");
        "lambda:GetAccountSettings" => |account| account.lambda.get_account_settings();
        "lambda:GetFunction" => |account| account.lambda.get_function().function_name("f");
        "lambda:ListFunctions" => |account| account.lambda.list_functions();
        "lambda:TagResource" => |account| account.lambda.tag_resource().resource("a").tags("k", "v");
        "lambda:UntagResource" => |account| account.lambda.untag_resource().resource("a").tag_keys("k");
        "lambda:UpdateFunctionCode" => |account| account.lambda.update_function_code().function_name("f");
        "lambda:UpdateFunctionConfiguration" => |account| account.lambda.update_function_configuration().function_name("f");
        "logs:CreateLogGroup" => |account| account.logs.create_log_group().log_group_name("g");
        "logs:DeleteLogGroup" => |account| account.logs.delete_log_group().log_group_name("g");
        "logs:DeleteRetentionPolicy" => |account| account.logs.delete_retention_policy().log_group_name("g");
        "logs:DescribeLogGroups" => |account| account.logs.describe_log_groups();
        "logs:FilterLogEvents" => |account| account.logs.filter_log_events().log_group_name("g");
        "logs:ListTagsForResource" => |account| account.logs.list_tags_for_resource().resource_arn("a");
        "logs:PutRetentionPolicy" => |account| account.logs.put_retention_policy().log_group_name("g").retention_in_days(7);
        "logs:TagResource" => |account| account.logs.tag_resource().resource_arn("a").tags("k", "v");
        "servicequotas:ListServiceQuotas" => |account| account.quotas.list_service_quotas().service_code("states");
        "sqs:CreateQueue" => |account| account.queues.create_queue().queue_name("q");
        "sqs:DeleteQueue" => |account| account.queues.delete_queue().queue_url("http://127.0.0.1/q");
        "sqs:GetQueueAttributes" => |account| account.queues.get_queue_attributes().queue_url("http://127.0.0.1/q");
        "sqs:GetQueueUrl" => |account| account.queues.get_queue_url().queue_name("q");
        "sqs:ListQueueTags" => |account| account.queues.list_queue_tags().queue_url("http://127.0.0.1/q");
        "sqs:ListQueues" => |account| account.queues.list_queues();
        "sqs:SetQueueAttributes" => |account| account.queues.set_queue_attributes().queue_url("http://127.0.0.1/q");
        "sqs:TagQueue" => |account| account.queues.tag_queue().queue_url("http://127.0.0.1/q").tags("k", "v");
        "states:CreateStateMachine" => |account| account.states.create_state_machine().name("m").definition("{}").role_arn("r");
        "states:DeleteStateMachine" => |account| account.states.delete_state_machine().state_machine_arn("m");
        "states:DescribeExecution" => |account| account.states.describe_execution().execution_arn("e");
        "states:DescribeStateMachine" => |account| account.states.describe_state_machine().state_machine_arn("m");
        "states:DescribeStateMachineForExecution" => |account| account.states.describe_state_machine_for_execution().execution_arn("e");
        "states:GetExecutionHistory" => |account| account.states.get_execution_history().execution_arn("e");
        "states:ListExecutions" => |account| account.states.list_executions().state_machine_arn("m");
        "states:ListStateMachines" => |account| account.states.list_state_machines();
        "states:ListTagsForResource" => |account| account.states.list_tags_for_resource().resource_arn("m");
        "states:StartExecution" => |account| account.states.start_execution().state_machine_arn("m");
        "states:StartSyncExecution" => |account| account.states.start_sync_execution().state_machine_arn("m");
        "states:StopExecution" => |account| account.states.stop_execution().execution_arn("e");
        "states:TagResource" => |account| account.states.tag_resource().resource_arn("m").set_tags(Some(Vec::new()));
        "states:UpdateStateMachine" => |account| account.states.update_state_machine().state_machine_arn("m");
        "states:ValidateStateMachineDefinition" => |account| account.states.validate_state_machine_definition().definition("{}");
        "sts:GetCallerIdentity" => |account| account.sts.get_caller_identity();
        "tag:GetResources" => |account| account.tagging.get_resources();
    }
}

fn tag() -> aws_sdk_cloudwatch::types::Tag {
    aws_sdk_cloudwatch::types::Tag::builder().key("k").value("v").build()
}

/// A whole answer of a service, as small as it can be.
fn whole(operation: &str, members: &[&str]) -> String {
    let (service, name) = operation.split_once(':').unwrap();
    if matches!(service, "iam" | "sts") {
        let nested = |member: &str| {
            let parts: Vec<&str> = member.split('.').collect();
            parts.iter().rev().fold(String::new(), |inner, part| format!("<{part}>{inner}</{part}>"))
        };
        let members: String = members.iter().map(|member| nested(member)).collect();
        return format!("<{name}Response><{name}Result>{members}</{name}Result></{name}Response>");
    }
    let members = members.iter().map(|member| match member.split_once('.') {
        Some((outer, inner)) => format!("\"{outer}\":{{\"{inner}\":\"\"}}"),
        None => format!("\"{member}\":[]"),
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// What is answered in a service's place with a good status.
fn bodies(operation: &str, members: &[&str]) -> Vec<String> {
    let whole = whole(operation, members);
    let half: String = whole.chars().take(whole.len() / 2).collect();
    let html = ["<html></html>".to_owned(), PAGE.to_owned()];
    let others = ["", "{}", "null", "OK", "[]", "<ok/>"].map(str::to_owned);
    [vec![half], html.to_vec(), others.to_vec()].concat()
}

#[test]
fn the_table_has_every_operation_that_is_called_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud/sdk");
    let call = regex::Regex::new(r#"(?:\.call\(|once_there\(clients,)\s*"([a-z]+:[A-Za-z]+)""#).unwrap();
    let mut called = BTreeSet::new();
    for folder in [folder.clone(), folder.join("kind")].iter().filter(|folder| folder.is_dir()) {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.is_file()) {
            let text = String::from_utf8(crate::host::read(&path, crate::host::LARGEST_TEXT).unwrap()).unwrap();
            called.extend(call.captures_iter(&text).map(|found| found[1].to_owned()));
        }
    }
    let known: BTreeSet<String> = known().map(|(operation, _)| operation.to_owned()).collect();
    assert_eq!(called, known);
    let tried: BTreeSet<String> = calls().iter().map(|(operation, _)| (*operation).to_owned()).collect();
    assert_eq!(tried, known, "and each of them is tried below");
}

#[tokio::test]
async fn no_operation_takes_what_says_nothing_for_an_answer() {
    let mut cases = Vec::new();
    for (operation, call) in calls() {
        for body in bodies(operation, operation::members(operation)) {
            cases.push(async move {
                let replay = Replay::default().otherwise(200, &body);
                let error =
                    call(&replay.account().in_no_time()).await.expect_err(&format!("{operation}: {body:?} was taken"));
                assert_eq!(error.class, ErrorClass::NoAnswer, "{operation}: {body:?}: {error}");
                let reported = error.to_string();
                // Service Quotas is asked at AWS alone.
                let url = if operation.starts_with("servicequotas:") {
                    "https://servicequotas."
                } else {
                    "http://127.0.0.1:4566"
                };
                assert!(
                    reported.starts_with(&format!("{operation}: `{url}"))
                        && reported.contains("` answered HTTP 200 with "),
                    "{reported}"
                );
                for code in ["StartEl", "Error(", "Unhandled", "::", "expected GetCaller"] {
                    assert!(!reported.contains(code), "{reported}");
                }
                // Whoever looked may look again; whether something was done is for who wanted it done to find out.
                let tries = if is_read(operation) { 4 } else { 1 };
                assert_eq!(replay.operations().len(), tries, "{operation}");
            });
        }
    }
    join_all(cases).await;
}

#[test]
fn a_whole_answer_is_one_and_cut_anywhere_it_is_none() {
    use crate::cloud::sdk::answer::tests::gap_of;

    for (operation, members) in known() {
        if operation.starts_with("cloudwatch:") {
            continue;
        }
        let whole = whole(operation, members);
        assert_eq!(gap_of(operation, true, &whole), None, "{operation}: {whole}");
        for (end, _) in whole.char_indices() {
            let cut = whole.split_at(end).0;
            // What has nothing to say may say it with nothing, under the service's request id.
            let may_be_empty = end == 0 && members.is_empty() && !operation.starts_with("iam:");
            assert_eq!(gap_of(operation, true, cut).is_none(), may_be_empty, "{operation}: {cut}");
        }
        for member in members {
            let others: Vec<&str> = members.iter().copied().filter(|other| other != member).collect();
            let lacking = self::whole(operation, &others);
            assert!(gap_of(operation, true, &lacking).is_some(), "{operation} without {member}: {lacking}");
        }
    }
}

#[tokio::test]
async fn other_statuses_say_only_what_a_service_says() {
    let call = |status: u16, body: &'static str| async move {
        let replay = Replay::default().otherwise(status, body);
        let account = replay.account().in_no_time();
        state_machine::read(&account, "arn:aws:states:eu-west-1:123456789012:stateMachine:ann-m", None).await
    };
    // None of these has looked for the machine.
    for (status, body) in
        [(404, PAGE), (404, ""), (404, r#"{"message":"no route"}"#), (403, PAGE), (302, ""), (407, ""), (400, PAGE)]
    {
        let error = call(status, body).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::NoAnswer, "{status}: {error}");
        assert!(error.message.contains(&format!("`http://127.0.0.1:4566` answered HTTP {status}")), "{error}");
    }
    let error = call(403, PAGE).await.unwrap_err();
    assert!(error.message.contains("a web page (`Guest network: sign in`)"), "{error}");
    let missing = r#"{"__type":"StateMachineDoesNotExist","message":"gone"}"#;
    assert_eq!(call(404, missing).await.unwrap(), None);
}

#[tokio::test]
async fn a_look_at_a_class_through_a_page_shows_nothing_rather_than_nobody() {
    let (users, lab) = (BTreeSet::from([UserName::new("ann").unwrap()]), LabName::new("lab6").unwrap());
    let keys: BTreeSet<Key> = Kind::ALL.iter().map(|kind| Key::new(*kind, "ann-x")).collect();
    for depth in [Depth::Content, Depth::Lists, Depth::Tags] {
        for body in ["", "{}", PAGE] {
            let account = Replay::known().otherwise(200, body).account().in_no_time();
            let (users, keys, wanted) = (users.clone(), keys.clone(), std::collections::BTreeMap::new());
            let kinds = Kind::ALL.iter().copied().collect();
            let scope = Scope { lab: lab.clone(), users, keys, wanted, kinds, depth: depth.clone() };
            let error = account.observe(&scope).await.unwrap_err();
            assert_eq!(error.class, ErrorClass::NoAnswer, "{depth:?} {body:?}: {error}");
        }
    }
    let owner = Owner { lab: "lab6".into(), user: "ann".into(), or_untagged: false };
    for key in keys {
        let account = Replay::known().otherwise(200, "{}").account().in_no_time();
        assert_eq!(account.read(&key).await.unwrap_err().class, ErrorClass::NoAnswer, "{key}");
        assert_eq!(account.delete(&key, "arn:x", &owner).await.unwrap_err().class, ErrorClass::NoAnswer, "{key}");
    }
    let account = Replay::default().otherwise(200, "").account().in_no_time();
    assert_eq!(account.tenants().await.unwrap_err().class, ErrorClass::NoAnswer);
    assert_eq!(account.executions("m", ExecutionQuery::default()).await.unwrap_err().class, ErrorClass::NoAnswer);
    assert_eq!(
        account.logs(LogQuery { group: "g", ..LogQuery::default() }).await.unwrap_err().class,
        ErrorClass::NoAnswer
    );
}
