#!/usr/bin/env bash
# ministack 1.5.33 answers null for valid reference paths of Step Functions that AWS evaluates: unions, slices, filters, descent and
# length(), and for a path to a field that is missing, where AWS fails the state with States.Runtime. Only plain steps and [*] work.
#
# Seen (input {"a":[{"n":1},{"n":2},{"n":3}]}, a Pass with Parameters {"x.$": PATH}):
#   $.a[0,1] null   $.a[0:2] null   $.a[?(@.n>1)] null   $..n null   $.a[-1] null   $.nope null (SUCCEEDED)   $.a[*].n [1, 2, 3]
# So a workflow that works on AWS loses its data there in silence, and one that fails on AWS succeeds.
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

    def run(number, path):
        state = {"Type": "Pass", "Parameters": {"x.$": path}, "End": True}
        machine = sfn.create_state_machine(name=f"m{number}", definition=json.dumps({"StartAt": "A", "States": {"A": state}}),
                                           roleArn="arn:aws:iam::000000000000:role/r")
        given = json.dumps({"a": [{"n": 1}, {"n": 2}, {"n": 3}]})
        arn = sfn.start_execution(stateMachineArn=machine["stateMachineArn"], input=given)["executionArn"]
        while True:
            shown = sfn.describe_execution(executionArn=arn)
            if shown["status"] != "RUNNING":
                return shown["status"], json.loads(shown.get("output") or "null")
            time.sleep(0.05)

    expected = {path: None for path in ["$.a[0,1]", "$.a[0:2]", "$.a[?(@.n>1)]", "$..n", "$.a[-1]", "$.nope"]} | {"$.a[*].n": [1, 2, 3]}
    changed = False
    for number, (path, value) in enumerate(expected.items()):
        status, output = run(number, path)
        print(path, status, output)
        changed |= (status, output) != ("SUCCEEDED", {"x": value})
    sys.exit(1 if changed else 0)
finally:
    server.terminate()
    server.wait(timeout=20)
PYTHON
