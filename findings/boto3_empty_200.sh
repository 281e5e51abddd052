#!/bin/sh
# boto3 1.43.106 (botocore 1.43.106): what it makes of an answer with status 200 and an empty body, as a proxy or a sign-in page gives it.
#
# Behaviour: for services that speak JSON an empty body and a web page are both an answer without members, and no error: lists have no
# key, a paginator's search yields one None, GetFunction is {}. (Text that is no JSON is kept as a `message` that no operation has.)
# IAM and STS, which speak XML, raise ResponseParserError for the empty body and a bare KeyError for the page.
# Output seen is compared below, line by line; another output ends this script with 1.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/python3" -m pip install --quiet --disable-pip-version-check boto3==1.43.106 botocore==1.43.106

cat > "$folder/probe.py" <<'PROBE'
import http.server
import threading

import boto3

BODY = b""


class Page(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()


def client(service):
    url = f"http://127.0.0.1:{server.server_address[1]}"
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)


def told(call):
    try:
        answer = call()
    except Exception as error:
        return type(error).__name__
    if isinstance(answer, dict):
        answer.pop("ResponseMetadata", None)
    return answer


calls = {
    "states list_state_machines": lambda: client("stepfunctions").list_state_machines(),
    "states paginator": lambda: list(client("stepfunctions").get_paginator("list_state_machines").paginate().search("stateMachines[]")),
    "lambda get_function": lambda: client("lambda").get_function(FunctionName="f"),
    "logs describe_log_groups": lambda: client("logs").describe_log_groups(),
    "iam list_roles": lambda: client("iam").list_roles(),
    "iam paginator": lambda: list(client("iam").get_paginator("list_roles").paginate().search("Roles[]")),
    "sts get_caller_identity": lambda: client("sts").get_caller_identity(),
}
for name, BODY in (("empty", b""), ("html", b"<html><body>sign in</body></html>")):
    for call, ask in calls.items():
        print(name, "|", call, "|", told(ask))
PROBE
"$folder/python/bin/python3" "$folder/probe.py" > "$folder/seen"
cat "$folder/seen"
cat > "$folder/expected" <<'SEEN'
empty | states list_state_machines | {}
empty | states paginator | [None]
empty | lambda get_function | {}
empty | logs describe_log_groups | {}
empty | iam list_roles | ResponseParserError
empty | iam paginator | ResponseParserError
empty | sts get_caller_identity | ResponseParserError
html | states list_state_machines | {}
html | states paginator | [None]
html | lambda get_function | {}
html | logs describe_log_groups | {}
html | iam list_roles | KeyError
html | iam paginator | KeyError
html | sts get_caller_identity | KeyError
SEEN
diff "$folder/expected" "$folder/seen"
