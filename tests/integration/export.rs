//! `labctl export`: what other engines are given.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::harness::{MANIFEST, Test};

const QUEUE: &str = "sqs_exercise = true\n";

fn document(test: &Test, path: &str) -> Value {
    serde_json::from_str(&test.read(path)).unwrap()
}

/// A template's value for user3 in the account and region of the embedded endpoint.
fn filled(value: &Value, resources: &serde_json::Map<String, Value>) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("Fn::Sub") => {
            let text = fields["Fn::Sub"].as_str().unwrap();
            let names = [
                ("${User}", "user3"),
                ("${AWS::AccountId}", "000000000000"),
                ("${AWS::Region}", "us-east-1"),
                ("${AWS::Partition}", "aws"),
            ];
            let text = names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
            text.replace("${!", "${").into()
        }
        Value::Object(fields) => {
            for reference in ["Ref", "Fn::GetAtt"] {
                if let (1, Some(of)) = (fields.len(), fields.get(reference)) {
                    let id = of.as_str().or_else(|| of[0].as_str()).unwrap();
                    assert!(id == "CodeBucket" || resources.contains_key(id), "{id} is no resource");
                    return Value::String(format!("{reference} {id}"));
                }
            }
            fields
                .iter()
                .map(|(key, value)| (key.clone(), filled(value, resources)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.iter().map(|item| filled(item, resources)).collect(),
        other => other.clone(),
    }
}

#[test]
fn a_template_is_the_rendered_lab_of_any_user() {
    let test = Test::with_manifest(&MANIFEST.replace("[[users]]", &format!("{QUEUE}\n[[users]]")));
    test.expect(0, &["render"]);
    let exported = test.json(0, &["export", "--format", "cloudformation", "--bucket", "codes"]);
    assert_eq!(exported["format"], "cloudformation");
    let template = document(&test, "out/export/cloudformation/template.json");
    assert!(!template.to_string().contains("zq7anyuser") && !template.to_string().contains("standin"), "{template}");
    assert_eq!(template["Parameters"]["User"]["Default"], "user3");
    assert_eq!(template["Parameters"]["CodeBucket"]["Default"], "codes");
    let resources = template["Resources"].as_object().unwrap();
    let mut names = BTreeMap::new();
    for (id, resource) in resources {
        for needed in resource["DependsOn"].as_array().into_iter().flatten() {
            assert!(resources.contains_key(needed.as_str().unwrap()), "{id} needs {needed}");
        }
        let properties = filled(&resource["Properties"], resources);
        let name = ["RoleName", "LogGroupName", "FunctionName", "QueueName", "StateMachineName", "DashboardName"]
            .iter()
            .find_map(|name| properties[name].as_str())
            .unwrap();
        let tags = properties["Tags"].to_string();
        let is_marked = tags.contains(r#""Key":"labctl:managed-by","Value":"cloudformation""#)
            || properties["DashboardBody"]
                .as_str()
                .is_some_and(|body| body.contains("labctl:managed-by=cloudformation"));
        assert!(is_marked && !tags.contains("labctl:digest"), "{id} {tags}");
        names.insert(format!("{} {name}", resource["Type"].as_str().unwrap()), properties);
    }
    let plan = test.json(0, &["plan"]);
    assert_eq!(names.len(), plan["users"][0]["resources"].as_array().unwrap().len());
    let machine = &names["AWS::StepFunctions::StateMachine user3-order-processing-workflow"];
    let definition: Value = serde_json::from_str(machine["DefinitionString"].as_str().unwrap()).unwrap();
    assert_eq!(definition, document(&test, "out/user3/asl/order-processing-workflow.asl.json"));
    assert_eq!(machine["RoleArn"], "Fn::GetAtt RoleStepfunctionsRole");
    let group = &machine["LoggingConfiguration"]["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"];
    assert_eq!(group, "Fn::GetAtt LogGroupAwsVendedlogsStatesOrderProcessingWorkflow");
    let queue = &names["AWS::SQS::Queue user3-order-events"];
    assert_eq!((&queue["VisibilityTimeout"], &queue["SqsManagedSseEnabled"]), (&30.into(), &true.into()));
    let function = &names["AWS::Lambda::Function user3-order-validator"];
    assert_eq!(function["Environment"]["Variables"]["SIMULATED_DELAY_SCALE"], "0");
    let package = function["Code"]["S3Key"].as_str().unwrap();
    let bytes = fs::read(test.path(&format!("out/export/cloudformation/{package}"))).unwrap();
    assert!(bytes.starts_with(b"PK"), "{package}");
    let files = exported["files"].as_array().unwrap();
    assert!(
        files.iter().any(|file| package.ends_with(&format!("{}.zip", file["sha256"].as_str().unwrap()))),
        "{files:?}"
    );
    assert_eq!(files.len(), 1 + 6);
}

#[test]
fn the_template_of_one_user_is_that_of_another_and_of_the_same_bytes_again() {
    let test = Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n"));
    let export = |user: &str, folder: &str| {
        test.expect(0, &["export", "--format", "cloudformation", "--bucket", "my-code", "--user", user, "-o", folder]);
        test.read(&format!("{folder}/template.json"))
    };
    let first = export("user3", "a");
    assert_eq!(first, export("user3", "b"));
    assert_eq!(first.replace("\"Default\": \"user3\"", "\"Default\": \"ann\""), export("ann", "c"));
}

#[test]
fn labs_that_differ_are_no_one_template_and_options_belong_to_their_engine() {
    let test =
        Test::with_manifest(&format!("{MANIFEST}\n[[users]]\nname = \"ann\"\n[users.settings]\nmemory_mib = 256\n"));
    for (arguments, said) in [
        (&["--format", "cloudformation"][..], "name it with `--bucket`"),
        (&["--format", "terraform", "--bucket", "my-code"], "`--bucket` is for `--format cloudformation`"),
        (&["--format", "cloudformation", "--bucket", "my-code", "--all"], "`user3` and `ann` differ in settings"),
    ] {
        let ran = test.expect(64, &[&["export"], arguments].concat());
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    assert!(!test.path("out/export").exists());
}

#[test]
fn terraform_takes_over_what_is_there_and_makes_the_rest() {
    let test = Test::new();
    let deployed = test.json(0, &["deploy", "--through", "task-2"]);
    let exported = test.json(0, &["export", "--format", "terraform"]);
    let main = document(&test, "out/export/terraform/main.tf.json");
    let imports = document(&test, "out/export/terraform/imports.tf.json");
    let blocks = imports["import"].as_array().unwrap();
    for block in blocks {
        let (type_name, name) = block["to"].as_str().unwrap().split_once('.').unwrap();
        assert!(main["resource"][type_name][name].is_object(), "{block}");
    }
    let there = deployed["users"][0]["resources"].as_array().unwrap();
    let policies = blocks.iter().filter(|it| it["to"].as_str().unwrap().starts_with("aws_iam_role_policy.")).count();
    assert_eq!(blocks.len() - policies, there.len(), "{blocks:?}");
    let id = |to: &str| blocks.iter().find(|block| block["to"] == to).map(|block| block["id"].as_str().unwrap());
    assert_eq!(id("aws_lambda_function.user3-order-validator"), Some("user3-order-validator"));
    assert_eq!(id("aws_iam_role.user3-lambda-role"), Some("user3-lambda-role"));
    assert_eq!(
        id("aws_iam_role_policy.user3-lambda-role-LambdaExecutionPolicy"),
        Some("user3-lambda-role:LambdaExecutionPolicy")
    );
    assert_eq!(id("aws_sfn_state_machine.user3-express-workflow"), None, "it is not there yet");
    let machine = &main["resource"]["aws_sfn_state_machine"]["user3-express-workflow"];
    assert_eq!(machine["role_arn"], "${aws_iam_role.user3-stepfunctions-role.arn}");
    assert_eq!(machine["definition"], "${file(\"${path.module}/definitions/user3-express-workflow.asl.json\")}");
    let definition = document(&test, "out/export/terraform/definitions/user3-express-workflow.asl.json");
    assert!(definition["States"].is_object());
    let function = &main["resource"]["aws_lambda_function"]["user3-order-validator"];
    let package = function["filename"].as_str().unwrap().replace("${path.module}", "out/export/terraform");
    assert!(fs::read(test.path(&package)).unwrap().starts_with(b"PK"));
    assert_eq!(function["depends_on"][0], "aws_cloudwatch_log_group.aws_lambda_user3-order-validator");
    assert_eq!(main["provider"]["aws"][0]["allowed_account_ids"][0], "000000000000");
    assert_eq!(exported["files"].as_array().unwrap().len(), 2 + 3 + 1 + 6);
    test.expect(0, &["deploy"]);
    test.expect(0, &["export", "--format", "terraform"]);
    let imports = document(&test, "out/export/terraform/imports.tf.json");
    let machine = imports["import"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["to"] == "aws_sfn_state_machine.user3-express-workflow");
    assert_eq!(machine.unwrap()["id"], "arn:aws:states:us-east-1:000000000000:stateMachine:user3-express-workflow");
}

#[test]
fn what_looks_like_a_reference_of_cloudformation_stays_a_text_or_is_refused() {
    let test = Test::empty();
    test.expect(0, &["pack", "new", "my-pack"]);
    test.write("lab-manifest.toml", "[lab]\npack = \"./my-pack\"\nname = \"lab\"\n\n[settings]\ngreeting = \"${AWS::Region}\"\n\n[[users]]\nname = \"ann\"\n");
    let export = ["export", "--format", "cloudformation", "--bucket", "my-code"];
    test.expect(0, &export);
    let template = test.read("out/export/cloudformation/template.json");
    assert!(template.contains("\"Fn::Sub\": \"${!AWS::Region}\""), "{template}");
    test.edit("lab-manifest.toml", "${AWS::Region}", "{{resolve:ssm:x}}");
    test.expect(64, &export).says(&["`{{resolve:ssm:x}}` is a dynamic reference to CloudFormation"]);
    test.expect(64, &["export", "--format", "cloudformation", "--bucket", "b"])
        .says(&["expected 3 to 63 lower-case letters"]);
}
