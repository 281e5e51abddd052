"""Two clients over http.client, signed with Signature Version 4.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import urllib.parse

from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    UnknownServiceError,
)

LACKING = (
    "this endpoint's stand-in for boto3 does not have %s; "
    "install the real one for the python3 that runs the handlers: pip install boto3"
)

# Per service: signing name, name in the endpoint variable, target prefix, and per method the operation, what it
# requires and what it allows.
SERVICES = {
    "stepfunctions": (
        "states",
        "SFN",
        "AWSStepFunctions",
        {
            "send_task_success": ("SendTaskSuccess", ["taskToken", "output"], []),
            "send_task_failure": ("SendTaskFailure", ["taskToken"], ["error", "cause"]),
            "send_task_heartbeat": ("SendTaskHeartbeat", ["taskToken"], []),
            "start_execution": ("StartExecution", ["stateMachineArn"], ["name", "input", "traceHeader"]),
            "describe_execution": ("DescribeExecution", ["executionArn"], ["includedData"]),
        },
    ),
    "sqs": (
        "sqs",
        "SQS",
        "AmazonSQS",
        {
            "send_message": (
                "SendMessage",
                ["QueueUrl", "MessageBody"],
                ["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"],
            ),
        },
    ),
}


class Exceptions:
    """`client.exceptions`: one class per error code, all of them ClientErrors."""

    ClientError = ClientError

    def __init__(self):
        self._made = {}

    def __getattr__(self, code):
        if code.startswith("_"):
            raise AttributeError(code)
        return self._made.setdefault(code, type(code, (ClientError,), {}))


class Client:
    def __init__(self, service_name, region, endpoint_url, keys, config):
        if service_name not in SERVICES:
            raise UnknownServiceError(LACKING % ("boto3.client('%s')" % service_name))
        self._service = service_name
        self._signing_name, variable, self._target, self._methods = SERVICES[service_name]
        self._region = region or "us-east-1"
        self._endpoint = (
            endpoint_url or os.environ.get("AWS_ENDPOINT_URL_" + variable) or os.environ.get("AWS_ENDPOINT_URL")
        )
        if not self._endpoint:
            raise UnknownServiceError(LACKING % "an endpoint other than AWS_ENDPOINT_URL, which is not set")
        self._keys = keys
        self._timeout = getattr(config, "read_timeout", 60)
        self.exceptions = Exceptions()

    def __getattr__(self, method):
        if method not in self._methods:
            raise AttributeError(LACKING % ("boto3.client('%s').%s" % (self._service, method)))
        operation, required, optional = self._methods[method]

        def call(**parameters):
            check(parameters, required, optional)
            return self._send(operation, parameters)

        call.__name__ = method
        return call

    def close(self):
        pass

    def _send(self, operation, parameters):
        url = urllib.parse.urlsplit(self._endpoint)
        body = json.dumps(parameters).encode()
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": url.netloc,
            "x-amz-target": "%s.%s" % (self._target, operation),
        }
        sign(headers, body, self._region, self._signing_name, self._keys)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname, url.port, timeout=self._timeout)
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            content = response.read()
        except OSError:
            raise EndpointConnectionError(self._endpoint)
        finally:
            connection.close()
        metadata = {
            "RequestId": response.headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": response.status,
            "HTTPHeaders": {key.lower(): value for key, value in response.headers.items()},
            "RetryAttempts": 0,
        }
        answer = json.loads(content) if content else {}
        if response.status >= 300:
            self._fail(answer, metadata, operation)
        for key, value in answer.items():
            if key.endswith("Date") and isinstance(value, (int, float)):
                answer[key] = datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
        answer["ResponseMetadata"] = metadata
        return answer

    def _fail(self, answer, metadata, operation):
        code = answer.get("__type", "Unknown").rpartition("#")[2]
        message = answer.get("message", answer.get("Message", ""))
        error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
        raise getattr(self.exceptions, code)(error, operation)


def check(parameters, required, optional):
    report = ['Missing required parameter in input: "%s"' % name for name in required if name not in parameters]
    for name, value in parameters.items():
        if name not in required and name not in optional:
            known = ", ".join(required + optional)
            report.append('Unknown parameter in input: "%s", must be one of: %s' % (name, known))
        elif name not in ("MessageAttributes", "DelaySeconds") and not isinstance(value, str):
            report.append(
                "Invalid type for parameter %s, value: %s, type: %s, valid types: <class 'str'>"
                % (name, value, type(value))
            )
    if report:
        raise ParamValidationError("\n".join(report))


def sign(headers, body, region, service, keys):
    identity, secret, token = keys
    if not identity:
        identity = os.environ.get("AWS_ACCESS_KEY_ID")
        secret, token = os.environ.get("AWS_SECRET_ACCESS_KEY"), os.environ.get("AWS_SESSION_TOKEN")
    if not identity or not secret:
        raise NoCredentialsError()
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers["x-amz-date"] = now
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join("%s:%s\n" % (name, headers[name]) for name in sorted(headers))
    request = "\n".join(["POST", "/", "", lines, names, hashlib.sha256(body).hexdigest()])
    scope = "%s/%s/%s/aws4_request" % (now[:8], region, service)
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (now[:8], region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        identity,
        scope,
        names,
        signature,
    )
