"""What an execution costs through the wire, on labctl's endpoint and on an emulator; measure.py --states runs it.

Both get the same signed requests from the same client, made before the clock starts, so that what is timed is the server.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import io
import json
import re
import selectors
import socket
import statistics
import time
import uuid
import zipfile

from processes import resident

REGION = "us-east-1"
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
HANDLER = "def handler(event, context):\n    return event\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    },
}


class Wire:
    """One keep-alive connection to an endpoint, and signed requests for it."""

    def __init__(self, url, key, secret):
        self.host, self.port = url.removeprefix("http://").split(":")
        self.key, self.secret = key, secret
        self.signing = {}
        self.socket = self.connect()

    def connect(self):
        connection = socket.create_connection((self.host, int(self.port)), timeout=120)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def request(self, service, headers, body, method="POST", path="/"):
        """The bytes of a signed request."""
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        date = now[:8]
        headers = {"host": f"{self.host}:{self.port}", "x-amz-date": now} | headers
        names = ";".join(sorted(headers))
        digest = hashlib.sha256(body).hexdigest()
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
        scope = f"{date}/{REGION}/{service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        if scope not in self.signing:
            key = ("AWS4" + self.secret).encode()
            for part in scope.split("/"):
                key = hmac.digest(key, part.encode(), "sha256")
            self.signing[scope] = key
        signature = hmac.digest(self.signing[scope], text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        headers["content-length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body

    def states(self, operation, **members):
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AWSStepFunctions.{operation}"}
        return self.request("states", headers, json.dumps(members).encode())

    def send(self, request):
        """The answer's body; an error ends the measurement."""
        # Some servers close a connection that was idle for a few seconds: then once more on a new one.
        for _ in range(2):
            with contextlib.suppress(ConnectionError):
                self.socket.sendall(request)
                answer, some = Answer(), self.socket.recv(1 << 20)
                while some:
                    if answer.take(some):
                        if answer.closes:
                            self.socket = self.connect()
                        return answer.body()
                    some = self.socket.recv(1 << 20)
            self.socket = self.connect()
        raise SystemExit("the endpoint closes the connection instead of answering")

    def call(self, operation, **members):
        return json.loads(self.send(self.states(operation, **members)))

    def prepare(self, with_function=True):
        """A role, and a function that answers its event."""
        form = f"Action=CreateRole&Version=2010-05-08&RoleName=measured&AssumeRolePolicyDocument={escaped(json.dumps(TRUST))}"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = self.send(self.request("iam", headers, form.encode()))
        self.role = re.search(rb"<Arn>(.*?)</Arn>", answer).group(1).decode()
        if not with_function:
            return
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("index.py", HANDLER)
        function = {
            "FunctionName": "echo",
            "Runtime": "python3.12",
            "Role": self.role,
            "Handler": "index.handler",
            "Code": {"ZipFile": base64.b64encode(package.getvalue()).decode()},
        }
        headers, body = {"content-type": "application/json"}, json.dumps(function).encode()
        made = json.loads(self.send(self.request("lambda", headers, body, path="/2015-03-31/functions")))
        self.function = made["FunctionArn"]

    def activate(self):
        """Waits until the function may be invoked."""
        ask = self.request("lambda", {}, b"", method="GET", path="/2015-03-31/functions/echo/configuration")
        while json.loads(self.send(ask)).get("State") == "Pending":
            time.sleep(0.01)

    def invocation(self, event):
        """A signed request that invokes the function."""
        return self.request("lambda", {"content-type": "application/json"}, event, path="/2015-03-31/functions/echo/invocations")

    def logs(self, operation, **members):
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Logs_20140328.{operation}"}
        return json.loads(self.send(self.request("logs", headers, json.dumps(members).encode())))

    def machine(self, name, start, states, language="JSONPath"):
        definition = {"QueryLanguage": language, "StartAt": start, "States": states}
        made = self.call("CreateStateMachine", name=name, roleArn=self.role, definition=json.dumps(definition))
        return made["stateMachineArn"]

    def run(self, machine, **given):
        """Seconds from the start of one execution to the first answer that says it has succeeded."""
        # moto calls every execution without a name `None`.
        start = self.states("StartExecution", stateMachineArn=machine, name=uuid.uuid4().hex, input=json.dumps(given))
        begun = time.perf_counter()
        arn = json.loads(self.send(start))["executionArn"]
        ask = self.states("DescribeExecution", executionArn=arn)
        while True:
            answer = json.loads(self.send(ask))
            if answer["status"] in ENDED:
                break
            time.sleep(0.0005)
        passed = time.perf_counter() - begun
        if answer["status"] != "SUCCEEDED":
            raise SystemExit(f"{arn}: {answer}")
        return passed

    def blast(self, requests, connections, expected=None):
        """Sends all requests, one at a time on each connection. Whether `expected` is every answer's body is seen where it is given."""
        left = iter(requests)
        selector = selectors.DefaultSelector()
        open_ones = 0
        for request in left:
            connection = self.connect()
            connection.sendall(request)
            selector.register(connection, selectors.EVENT_READ, Answer())
            open_ones += 1
            if open_ones == connections:
                break
        while open_ones:
            for key, _ in selector.select():
                some = key.fileobj.recv(65536)
                if not some:
                    raise SystemExit("the endpoint closed a connection in the middle of an answer")
                if not key.data.take(some):
                    continue
                body = key.data.body()
                if expected is not None and body != expected:
                    raise SystemExit(f"the endpoint answered {body[:1000]!r}")
                request, connection = next(left, None), key.fileobj
                if request is None or key.data.closes:
                    selector.unregister(connection)
                    connection.close()
                if request is None:
                    open_ones -= 1
                    continue
                if key.data.closes:
                    connection = self.connect()
                    selector.register(connection, selectors.EVENT_READ, Answer())
                key.data.reset()
                connection.sendall(request)


class Answer:
    """An answer as it comes in."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.bytes, self.start, self.length, self.closes = b"", None, None, False

    def take(self, some):
        """Whether it is complete."""
        self.bytes += some
        if self.start is None:
            end = self.bytes.find(b"\r\n\r\n")
            if end < 0:
                return False
            self.start = end + 4
            found = re.search(rb"\r\ncontent-length: *(\d+)", self.bytes[:end], re.IGNORECASE)
            self.length = int(found.group(1)) if found else None
            # Some servers take one request a connection, and leave the next unanswered.
            self.closes = re.search(rb"\r\nconnection: *close", self.bytes[:end], re.IGNORECASE) is not None
        if self.length is None:
            return self.bytes.endswith(b"0\r\n\r\n")
        return len(self.bytes) >= self.start + self.length

    def body(self):
        if not re.match(rb"HTTP/1.1 20\d", self.bytes):
            raise SystemExit(f"the endpoint refused: {self.bytes[:1000]!r}")
        if self.length is not None:
            return self.bytes[self.start :]
        rest, whole = self.bytes[self.start :], b""
        while rest:
            size, rest = rest.split(b"\r\n", 1)
            whole, rest = whole + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        return whole


def escaped(text):
    return "".join(letter if letter.isalnum() else f"%{ord(letter):02X}" for letter in text)


def choice_loop(wire, rounds=5000):
    """Transitions a second of a Pass that counts and a Choice that goes back to it."""
    machine = wire.machine(
        "choice-loop",
        "Count",
        {
            "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough?"},
            "Enough?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericLessThan": rounds, "Next": "Count"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    )
    return lambda: 2 * rounds / wire.run(machine, n=0)


def jsonata_loop(wire, rounds=5000):
    """The same in JSONata."""
    machine = wire.machine(
        "jsonata-loop",
        "Count",
        {
            "Count": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "Next": "Enough?"},
            "Enough?": {
                "Type": "Choice",
                "Choices": [{"Condition": f"{{% $states.input.n < {rounds} %}}", "Next": "Count"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
        "JSONata",
    )
    return lambda: 2 * rounds / wire.run(machine, n=0)


def map_of_passes(wire, items=1000):
    """Milliseconds for a Map of so many Pass states."""
    inner = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    machine = wire.machine(
        "map", "All", {"All": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": inner, "End": True}}
    )
    return lambda: 1000 * wire.run(machine, items=list(range(items)))


def pass_executions(wire, count=4000):
    """Executions of one Pass state a second, from the first start until none runs any more."""
    machine = wire.machine("pass", "Only", {"Only": {"Type": "Pass", "End": True}})
    rounds = iter(range(1000))

    def measure():
        number = next(rounds)
        starts = [
            wire.states("StartExecution", stateMachineArn=machine, name=f"pass-{number}-{index}", input="{}")
            for index in range(count)
        ]
        ask = wire.states("ListExecutions", stateMachineArn=machine, statusFilter="RUNNING")
        begun = time.perf_counter()
        wire.blast(starts, 8)
        while json.loads(wire.send(ask))["executions"]:
            time.sleep(0.001)
        return count / (time.perf_counter() - begun)

    return measure


def warm_task(wire):
    """Milliseconds for an execution of one Task state whose function is warm."""
    machine = wire.machine("task", "Call", {"Call": {"Type": "Task", "Resource": wire.function, "End": True}})
    for _ in range(5):
        wire.run(machine)
    return lambda: statistics.median(1000 * wire.run(machine) for _ in range(20))


def waiting(wire, pid, count=10_000):
    """KiB of memory for each of so many executions that wait."""
    machine = wire.machine("wait", "Wait", {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}})
    starts = [
        wire.states("StartExecution", stateMachineArn=machine, name=f"wait-{index}", input="{}")
        for index in range(count)
    ]
    before = resident(pid)
    wire.blast(starts, 8)
    wire.call("ListExecutions", stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)
    time.sleep(2)
    return 1024 * (resident(pid) - before) / count


# What is measured, its unit, whether more is better, and what it is held to beside an emulator.
JOBS = [
    ("Choice loop of 5,000", choice_loop, "transitions/s", True, 10),
    ("JSONata loop of 5,000", jsonata_loop, "transitions/s", True, 20),
    ("Map of 1,000 Pass items", map_of_passes, "ms", False, 20),
    ("Pass executions, started and ended", pass_executions, "/s", True, 10),
    ("warm Lambda task", warm_task, "ms", False, 30),
]

# Jobs of which an emulator does less, or which it cannot do.
LESS = {("ministack", pass_executions): 1000, ("moto", pass_executions): 200, ("moto", choice_loop): 500}
WITHOUT = {("moto", jsonata_loop): "has no JSONata", ("moto", warm_task): "runs functions in Docker alone"}


def measure(ours, others, pid, rounds, row, spread, only=None):
    """Prints what each job costs on ours and on each of the others (their names and wires), turn by turn, with the ratios."""
    servers = {"ours": ours, **others}
    for name, server in servers.items():
        server.prepare(with_function=(name, warm_task) not in WITHOUT)
    for what, make, unit, more, mark in JOBS:
        if only and only not in what:
            continue
        able = {name: server for name, server in servers.items() if (name, make) not in WITHOUT}
        jobs = {}
        for name, server in able.items():
            fewer = [LESS[(name, make)]] if (name, make) in LESS else []
            jobs[name] = make(server, *fewer)
        for job in jobs.values():
            job()
        results = [{name: job() for name, job in jobs.items()} for _ in range(rounds)]
        digits = 0 if more else 2
        row(what, spread([result["ours"] for result in results], unit, digits))
        for name in others:
            if name not in jobs:
                row(f"  on {name}", WITHOUT[(name, make)])
                continue
            ratios = [result["ours"] / result[name] if more else result[name] / result["ours"] for result in results]
            row(f"  on {name}", spread([result[name] for result in results], unit, digits))
            row("  times better", spread(ratios, "x", 1), f"mark {mark} x")
    if not only or only in "waiting":
        row("10,000 executions that wait, memory for each", f"{waiting(ours, pid):.1f} KiB", "mark 20 KB")
