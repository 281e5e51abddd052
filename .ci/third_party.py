#!/usr/bin/env python3
"""The main job against ministack, an AWS emulator that nobody here wrote.

Starts it on a free loopback port, runs deploy, plan (no changes), status, test, bulk-test and cleanup with the given
labctl, and then asks ministack with boto3 what is left. Usage: third_party.py LABCTL
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

from processes import free_port

LABCTL = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parent.parent
REGION = "us-east-1"

# Scenarios in which ministack does not do what AWS does, and in what; docs/endpoints.md has the details. labctl judges by AWS,
# so it must say that these are not as expected, and nothing else may be. A scenario that starts to pass has to leave this list.
NO_EXPRESS_LOG = "writes no events of EXPRESS executions into the log group, so their path cannot be seen"
NO_INNER_EVENTS = "records no events of the states inside a Parallel"
NO_ERROR_NAMES = "reports every handler exception as Runtime.HandlerError, so Retry does not match its class"
DIFFERING = {
    "express-purchase": NO_EXPRESS_LOG,
    "express-view": NO_EXPRESS_LOG,
    "express-other-event": NO_EXPRESS_LOG,
    "valid-order": NO_INNER_EVENTS,
    "payment-declined": NO_INNER_EVENTS,
    "inventory-failure": NO_INNER_EVENTS,
    "fulfillment-failure": NO_INNER_EVENTS,
    "validation-retry": NO_ERROR_NAMES,
}


def start_emulator(folder, port):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    program = pathlib.Path(sys.executable).parent / "ministack"
    log = open(folder / "ministack.log", "wb")
    server = subprocess.Popen([str(program)], env=environment, cwd=folder, stdout=log, stderr=log)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=1).read()
            return server
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    sys.exit("ministack did not start:\n" + (folder / "ministack.log").read_text(errors="replace"))


def labctl(folder, endpoint, *arguments, expect=0):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = [str(LABCTL), *arguments, "--endpoint-url", endpoint, "--region", REGION, "--json"]
    run = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=900)
    if run.returncode != expect:
        sys.exit(f"{' '.join(arguments)}: exit {run.returncode}, expected {expect}\n{run.stdout}\n{run.stderr}")
    print(f"ok  {' '.join(arguments)}")
    return json.loads(run.stdout)


def left_over(endpoint):
    def client(service):
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    machines = client("stepfunctions").list_state_machines()["stateMachines"]
    functions = client("lambda").list_functions()["Functions"]
    roles = client("iam").list_roles()["Roles"]
    groups = client("logs").describe_log_groups()["logGroups"]
    dashboards = client("cloudwatch").list_dashboards()["DashboardEntries"]
    names = [machine["name"] for machine in machines]
    names += [function["FunctionName"] for function in functions]
    names += [role["RoleName"] for role in roles]
    names += [group["logGroupName"] for group in groups]
    names += [dashboard["DashboardName"] for dashboard in dashboards]
    return [name for name in names if "user3" in name]


def check(condition, text):
    if not condition:
        sys.exit(f"failed: {text}")


def judge(scenarios):
    """Every scenario is as on AWS, but for those in which ministack is known to differ, and these only in that."""
    failed = {scenario["name"]: scenario["problems"] for scenario in scenarios if not (scenario["passed"] or scenario["skipped"])}
    for name, problems in failed.items():
        check(name in DIFFERING, f"{name}: {problems}")
        if DIFFERING[name] != NO_ERROR_NAMES:
            others = [problem for problem in problems if not problem.startswith("path: ")]
            check(not others, f"{name} differs in its path only: {others}")
    for name, reason in DIFFERING.items():
        check(name in failed, f"{name} passes: ministack no longer {reason}")
        print(f"    {name}: ministack {reason}")


SHOP = {
    "lab-manifest.toml": '[lab]\npack = "./shop"\nname = "shop1"\n\n[[users]]\nname = "ann"\n',
    "shop/pack.toml": """
[pack]
name = "shop"
title = "A shop"

[[resources]]
name = "files"
type = "AWS::S3::Bucket"
properties = "files.json.hbs"

[[resources]]
name = "limit"
type = "AWS::SSM::Parameter"
properties = "limit.json.hbs"
""",
    "shop/files.json.hbs": '{"BucketName": "{{user}}-files", "VersioningConfiguration": {"Status": "Enabled"}}',
    "shop/limit.json.hbs": '{"Name": "{{user}}-limit", "Type": "String", "Value": "{{resource_ref "files" "Arn"}}"}',
}


def resources(folder, endpoint):
    """Resources of any type: ministack keeps them by the property that names them, ends every request at once and has no tag index."""
    for name, text in SHOP.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    control = boto3.client(
        "cloudcontrol", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )

    def shown(type_name, identifier):
        described = control.get_resource(TypeName=type_name, Identifier=identifier)["ResourceDescription"]
        return json.loads(described["Properties"])

    deploy = labctl(folder, endpoint, "deploy")
    check((deploy["summary"]["created"], deploy["summary"]["failed"]) == (2, 0), f"both resources are made: {deploy}")
    parameter = shown("AWS::SSM::Parameter", "ann-limit")
    check(parameter["Value"] == "arn:aws:s3:::ann-files" and parameter["Tags"]["labctl:user"] == "ann", f"{parameter}")
    check(labctl(folder, endpoint, "plan")["summary"]["unchanged"] == 2, "a second plan has no changes")
    template = folder / "shop/files.json.hbs"
    template.write_text(template.read_text().replace("Enabled", "Suspended"))
    check(labctl(folder, endpoint, "deploy")["summary"]["updated"] == 1, "a change is a patch")
    bucket = shown("AWS::S3::Bucket", "ann-files")
    check(bucket["VersioningConfiguration"] == {"Status": "Suspended"} and bucket["BucketName"] == "ann-files", f"{bucket}")
    check(labctl(folder, endpoint, "cleanup", "--yes")["summary"]["residue"] == 0, "cleanup finds nothing left")
    for type_name in ("AWS::S3::Bucket", "AWS::SSM::Parameter"):
        left = control.list_resources(TypeName=type_name)["ResourceDescriptions"]
        check(not left, f"boto3 finds nothing left: {left}")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labctl-third-party-"))
    shutil.copy(ROOT / "lab-manifest.toml", folder)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = start_emulator(folder, port)
    try:
        deploy = labctl(folder, endpoint, "deploy", "--user", "user3")
        check(deploy["summary"]["failed"] == 0, "every resource is deployed")
        check(left_over(endpoint), "boto3 sees what was deployed")
        plan = labctl(folder, endpoint, "plan", "--user", "user3", "--detailed-exitcode")
        changes = {key: plan["summary"][key] for key in ("create", "update", "delete")}
        check(not any(changes.values()), f"a second plan has no changes: {plan}")
        status = labctl(folder, endpoint, "status", "--user", "user3")
        states = {resource["state"] for user in status["users"] for resource in user["resources"]}
        check(states == {"present"}, f"every resource is present: {states}")
        test = labctl(folder, endpoint, "test", "--user", "user3", expect=4)
        judge(test["scenarios"])
        bulk = labctl(folder, endpoint, "bulk-test", "--user", "user3", "-n", "20")
        check(bulk["summary"]["finished"] == bulk["summary"]["started"] == 20, "every bulk execution ends")
        cleanup = labctl(folder, endpoint, "cleanup", "--user", "user3", "--yes")
        check(cleanup["summary"]["residue"] == 0, "cleanup finds nothing left")
        remains = left_over(endpoint)
        check(not remains, f"boto3 finds nothing left: {remains}")
        shop = folder / "any"
        shop.mkdir()
        resources(shop, endpoint)
        print("third-party suite passed")
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
