#!/bin/sh
# botocore 1.43.106: of the constraints in a service's model, its own validation of parameters checks the least number and the
# fewest characters, and nothing else. A greatest number, a longest text, a pattern and an enumeration are in the model and are
# sent to the service all the same.
#
# Behaviour: `MemorySize=64` is refused before any call ("valid min value: 128"), `MemorySize=99999` (max 32768),
# `Timeout=99999` (max 5400), a description of 300 characters (max 256), the runtime `pyton3.13` (enum) and the queue attribute
# `VisibilityTimout` (enum of the map's keys) pass. So a tool that wants to know beforehand has to read the model itself.
#
# Output seen:
#   refused by botocore: MemorySize=64
#   sent: MemorySize=99999
#   sent: Timeout=99999
#   sent: Description of 300 characters
#   sent: Runtime=pyton3.13
#   sent: Attributes VisibilityTimout
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python3" -m pip install --quiet --disable-pip-version-check botocore==1.43.106
"$folder/venv/bin/python3" - <<'PYTHON'
import sys

import botocore.session
from botocore.validate import ParamValidator

session = botocore.session.get_session()


def problems(service, operation, parameters):
    shape = session.get_service_model(service).operation_model(operation).input_shape
    return ParamValidator().validate(parameters, shape).generate_report()


function = {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {"ZipFile": b"x"}}
queue = {"QueueName": "q"}
seen = []
for what, service, operation, parameters, refused in [
    ("MemorySize=64", "lambda", "CreateFunction", {**function, "MemorySize": 64}, True),
    ("MemorySize=99999", "lambda", "CreateFunction", {**function, "MemorySize": 99999}, False),
    ("Timeout=99999", "lambda", "CreateFunction", {**function, "Timeout": 99999}, False),
    ("Description of 300 characters", "lambda", "CreateFunction", {**function, "Description": "x" * 300}, False),
    ("Runtime=pyton3.13", "lambda", "CreateFunction", {**function, "Runtime": "pyton3.13"}, False),
    ("Attributes VisibilityTimout", "sqs", "CreateQueue", {**queue, "Attributes": {"VisibilityTimout": "1"}}, False),
]:
    report = problems(service, operation, parameters)
    print(("refused by botocore: " if report else "sent: ") + what)
    seen.append(bool(report) == refused)
sys.exit(0 if all(seen) else "botocore behaves otherwise now")
PYTHON
