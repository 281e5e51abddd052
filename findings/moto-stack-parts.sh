#!/usr/bin/env bash
# moto 5.2.5 makes something else of four parts of a valid CloudFormation template than the template says, and than its own services do when they
# are called directly:
#
#   AWS::IAM::Role, Policies                        GetRolePolicy gives the document as Python prints a dictionary; GetAccountAuthorizationDetails
#                                                   then ends with a TypeError for the whole account
#   AWS::Lambda::Function, Tags                     none
#   AWS::StepFunctions::StateMachine, type EXPRESS  STANDARD (CreateStateMachine keeps it)
#   the same, LoggingConfiguration                  level OFF
#
# AWS: the properties are those of the resource that is made.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
# Exits with something else than 0 when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'moto[awslambda,cloudformation,iam,s3,stepfunctions]==5.2.5' boto3==1.43.106
AWS_ACCESS_KEY_ID=t AWS_SECRET_ACCESS_KEY=t AWS_DEFAULT_REGION=us-east-1 "$folder/venv/bin/python" - <<'PYTHON'
import io, json, sys, zipfile
import boto3
from moto import mock_aws

ASSUME = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}
ARN = {"Fn::GetAtt": ["Role", "Arn"]}
TEMPLATE = {
    "Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "r", "AssumeRolePolicyDocument": ASSUME, "Policies": [{"PolicyName": "p", "PolicyDocument": POLICY}]}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": "f", "Runtime": "python3.13", "Handler": "m.h", "Role": ARN, "Code": {"S3Bucket": "code-bucket", "S3Key": "k"},
            "Tags": [{"Key": "owner", "Value": "ann"}]}},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/vendedlogs/states/m"}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "StateMachineName": "m", "StateMachineType": "EXPRESS", "RoleArn": ARN,
            "DefinitionString": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
            "LoggingConfiguration": {"Level": "ALL", "Destinations": [
                {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Group", "Arn"]}}}]}}},
    }
}

with mock_aws():
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("m.py", "def h(event, context):\n    return event\n")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="code-bucket")
    s3.put_object(Bucket="code-bucket", Key="k", Body=package.getvalue())
    boto3.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_NAMED_IAM"])
    iam, states = boto3.client("iam"), boto3.client("stepfunctions")
    document = iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"]
    try:
        details = type(iam.get_account_authorization_details(Filter=["Role"])).__name__
    except Exception as error:
        details = type(error).__name__
    function = boto3.client("lambda").get_function(FunctionName="f")
    machine = states.describe_state_machine(stateMachineArn=states.list_state_machines()["stateMachines"][0]["stateMachineArn"])
    logs = boto3.client("logs").describe_log_groups()["logGroups"][0]["arn"]
    direct = states.create_state_machine(
        name="d", type="EXPRESS", roleArn=iam.get_role(RoleName="r")["Role"]["Arn"], definition=machine["definition"],
        loggingConfiguration={"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": logs}}]})
    direct = states.describe_state_machine(stateMachineArn=direct["stateMachineArn"])
    seen = {
        "policy": "text of a dictionary" if isinstance(document, str) and document.startswith("{'") else document,
        "details": details,
        "tags": function.get("Tags") or {},
        "type": machine["type"],
        "logging": machine["loggingConfiguration"]["level"],
        "called directly": [direct["type"], direct["loggingConfiguration"]["level"]],
    }
print(json.dumps(seen))
expected = {"policy": "text of a dictionary", "details": "TypeError", "tags": {}, "type": "STANDARD", "logging": "OFF",
            "called directly": ["EXPRESS", "ALL"]}
sys.exit(0 if seen == expected else f"it changed; expected {json.dumps(expected)}")
PYTHON
