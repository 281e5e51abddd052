#!/usr/bin/env bash
# ministack 1.5.33 reads three valid things of Step Functions in another way than AWS's documentation has them:
#
#   ResultPath "$.x.y[0]" on {"x":{"y":[1,2]}}     {"x":{"y":[1,2],"y[0]":5}}   AWS: the element is replaced, {"x":{"y":[5,2]}}
#   States.ArrayRange(5, 1, -2)                    [5,3]                        AWS: the end is part of the range, [5,3,1]
#   Choice IsPresent on {"a":null}                 the default branch           AWS: the field is there, so the rule matches
#
# Counting up includes the end there as well: States.ArrayRange(1, 9, 2) is [1,3,5,7,9].
# Exits with something else than 0 when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ministack==1.5.33 boto3==1.43.106 cbor2
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json, os, pathlib, socket, subprocess, sys, time, urllib.request
import boto3

folder = pathlib.Path(sys.argv[1])
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
url = f"http://127.0.0.1:{port}"
environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
server = subprocess.Popen([str(folder / "venv/bin/ministack")], env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).read()
            break
        except OSError:
            time.sleep(0.2)
    sfn = boto3.client("stepfunctions", endpoint_url=url, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")

    def run(number, states, given):
        machine = sfn.create_state_machine(name=f"m{number}", definition=json.dumps({"StartAt": "A", "States": states}),
                                           roleArn="arn:aws:iam::000000000000:role/r")
        arn = sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(given))["executionArn"]
        while True:
            shown = sfn.describe_execution(executionArn=arn)
            if shown["status"] != "RUNNING":
                return shown["status"], json.loads(shown.get("output") or "null")
            time.sleep(0.05)

    def ranged(text):
        return {"A": {"Type": "Pass", "Parameters": {"x.$": text}, "End": True}}

    result = {"A": {"Type": "Pass", "Result": 5, "ResultPath": "$.x.y[0]", "End": True}}
    choice = {"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Y"}], "Default": "N"},
              "Y": {"Type": "Pass", "Result": "there", "End": True}, "N": {"Type": "Pass", "Result": "absent", "End": True}}
    cases = [
        (result, {"x": {"y": [1, 2]}}, {"x": {"y": [1, 2], "y[0]": 5}}),
        (ranged("States.ArrayRange(5, 1, -2)"), {}, {"x": [5, 3]}),
        (ranged("States.ArrayRange(1, 9, 2)"), {}, {"x": [1, 3, 5, 7, 9]}),
        (choice, {"a": None}, "absent"),
    ]
    changed = False
    for number, (states, given, expected) in enumerate(cases):
        status, output = run(number, states, given)
        print(status, json.dumps(output))
        changed |= (status, output) != ("SUCCEEDED", expected)
    sys.exit(1 if changed else 0)
finally:
    server.terminate()
    server.wait(timeout=20)
PYTHON
