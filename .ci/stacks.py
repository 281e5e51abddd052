#!/usr/bin/env python3
"""The exported template as a stack, on two emulators that nobody here wrote (ministack, moto), and before cfn-lint.

A stack of it must be what `labctl deploy` makes: `labctl status` compares every resource field by field, and deploys nothing over it; a cleanup
leaves it alone; deleting the stack leaves nothing. Usage: stacks.py LABCTL
"""

import http.server
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.exceptions
import cbor2

from processes import start_moto

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("third_party", HERE / "third_party.py")
third_party = importlib.util.module_from_spec(spec)
spec.loader.exec_module(third_party)
check, labctl, REGION = third_party.check, third_party.labctl, third_party.REGION
BUCKET, STACK, USER = "lab-code", "lab-user3", "user3"

# What an emulator makes of a stack otherwise than it says, by kind and field: there the template alone is compared. docs/endpoints.md has it.
# A field that starts to be equal has to leave this list.
DIFFERING = {
    "ministack": {"state-machine": {"logging": "drops LoggingConfiguration"}},
    "moto": {
        "function": {"code": "gives the digest of an empty package"},
        "role": {"inline_policies": "keeps a policy as Python prints it, which is no JSON"},
        "state-machine": {"logging": "drops LoggingConfiguration", "type": "makes every machine STANDARD"},
    },
}


def translated(moto, port):
    """A server before moto that speaks CloudWatch's newer protocol (RPC v2 with CBOR), which moto does not have: it asks moto in the older one."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    dashboards = boto3.client("cloudwatch", endpoint_url=moto, region_name=REGION, **keys)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status, headers, body):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_any(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if "/operation/" in self.path:
                return self.operation(self.path.rsplit("/", 1)[1], cbor2.loads(body) if body else {})
            if b"Action=GetAccountAuthorizationDetails" in body:
                # moto ends with an error of its own where a stack gave a role its policy; labctl then reads roles one by one.
                denied = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not here</Message></Error></ErrorResponse>"
                return self.answer(403, {"content-type": "text/xml"}, denied)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("content-length", "connection")}
            request = urllib.request.Request(moto + self.path, data=body or None, headers=headers, method=self.command)
            try:
                answer = urllib.request.urlopen(request, timeout=60)
            except urllib.error.HTTPError as error:
                answer = error
            drop = ("content-length", "connection", "transfer-encoding", "server", "date")
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in drop}
            self.answer(answer.status, headers, answer.read())

        def operation(self, name, members):
            headers = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}
            method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
            try:
                answer = getattr(dashboards, method)(**members)
                answer.pop("ResponseMetadata", None)
                status = 200
            except botocore.exceptions.ClientError as error:
                code = error.response["Error"]["Code"]
                # The newer protocol names the shape, the older one its code.
                code = {"ResourceNotFound": "DashboardNotFoundError"}.get(code, code)
                answer, status = {"__type": code, "message": error.response["Error"]["Message"]}, 400
            self.answer(status, headers, cbor2.dumps(answer, datetime_as_timestamp=True))

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_any

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def function_tags(template):
    resources = json.loads(template.read_text())["Resources"].values()
    return next(resource["Properties"]["Tags"] for resource in resources if resource["Type"] == "AWS::Lambda::Function")


def lint(template):
    program = pathlib.Path(sys.executable).parent / "cfn-lint"
    run = subprocess.run([str(program), "--include-checks", "W", "E", "--", str(template)], capture_output=True, text=True)
    check(run.returncode == 0, f"cfn-lint finds nothing:\n{run.stdout}{run.stderr}")
    print("ok  cfn-lint")


def stack(name, start):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="labctl-stacks-"))
    shutil.copy(HERE.parent / "lab-manifest.toml", folder)
    port = third_party.free_port()
    endpoint = f"http://127.0.0.1:{port}"
    server = start(folder, port)
    if name == "moto":
        moto, endpoint = endpoint, f"http://127.0.0.1:{third_party.free_port()}"
        translated(moto, int(endpoint.rsplit(":", 1)[1]))

    def client(service):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **keys)

    try:
        labctl(folder, endpoint, "export", "--format", "cloudformation", "--bucket", BUCKET, "--user", USER, "-o", "stack")
        template = folder / "stack" / "template.json"
        lint(template)
        client("s3").create_bucket(Bucket=BUCKET)
        for package in (folder / "stack" / "code").iterdir():
            client("s3").put_object(Bucket=BUCKET, Key=f"code/{package.name}", Body=package.read_bytes())
        stacks = client("cloudformation")
        stacks.create_stack(
            StackName=STACK,
            TemplateBody=template.read_text(),
            Parameters=[{"ParameterKey": "User", "ParameterValue": USER}],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        for _ in range(300):
            described = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
            if not described["StackStatus"].endswith("IN_PROGRESS"):
                break
            time.sleep(0.2)
        check(described["StackStatus"] == "CREATE_COMPLETE", f"{name} makes the stack: {described}")
        if name == "moto":
            # moto drops the Tags of functions in a stack, without which they are nobody's.
            tags = {tag["Key"]: USER if isinstance(tag["Value"], dict) else tag["Value"] for tag in function_tags(template)}
            functions = client("lambda")
            for function in functions.list_functions()["Functions"]:
                functions.tag_resource(Resource=function["FunctionArn"], Tags=tags)
        status = labctl(folder, endpoint, "status", "--user", USER, "--diff")
        differing = {}
        for resource in status["users"][0]["resources"]:
            check(resource["state"] in ("present", "edited"), f"{name}: {resource}")
            fields = differing.setdefault(resource["kind"], set())
            fields.update(change["field"].split(".")[0] for change in resource.get("diff") or [])
        for kind, fields in sorted(differing.items()):
            expected = DIFFERING[name].get(kind, {})
            check(fields == set(expected), f"{name}: {kind} is as labctl deploys it but for {sorted(expected)}: {sorted(fields)}")
            why = "; ".join(f"{field}: {name} {reason}" for field, reason in expected.items())
            print(f"    {kind} as labctl deploys it" + (f", but for {why}" if why else ""))
        before = third_party.left_over(endpoint)
        labctl(folder, endpoint, "cleanup", "--user", USER, "--yes")
        kept = [left for left in before if left not in third_party.left_over(endpoint)]
        check(not kept, f"cleanup leaves a stack's resources alone: {kept} are gone")
        stacks.delete_stack(StackName=STACK)
        for _ in range(100):
            if not third_party.left_over(endpoint):
                break
            time.sleep(0.2)
        check(not third_party.left_over(endpoint), f"nothing is left after the stack: {third_party.left_over(endpoint)}")
        print(f"ok  a stack on {name}")
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    chosen = sys.argv[2:] or ["ministack", "moto"]
    for name in chosen:
        stack(name, third_party.start_emulator if name == "ministack" else start_moto)
    print("stacks: as labctl deploys")
