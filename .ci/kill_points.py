#!/usr/bin/env python3
"""labctl killed at every call, and calls that fail at random: what is left must always converge, and cleanup must empty it.

Usage: kill_points.py [--step N] [--seeds N] [--pack NAME] [--ministack] LABCTL     (boto3 is in .ci/requirements.txt)

A proxy stands between labctl and a `labctl local serve` of its own. At call k of `deploy --all` for two users it ends labctl with
SIGKILL, before the call goes on or after it was answered; the same then happens at call k of `cleanup --all`. In between and
afterwards the same commands must finish the work, and boto3, not labctl, says what is there. Then 20 % of all calls fail, in six
ways, once for each seed. Throughout, things of somebody else with names as near as can be must stay as they are. See docs/faults.md.
"""

import argparse
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

ROOT = pathlib.Path(__file__).resolve().parent.parent
REGION = "us-east-1"
USERS = ["ann", "annb"]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
# Twenty of a hundred calls: what they meet.
RATES = {
    "error_rate": 0.05,
    "unavailable_rate": 0.03,
    "throttle_rate": 0.03,
    "reset_rate": 0.04,
    "lost_rate": 0.04,
    "slow_rate": 0.01,
    "slow_ms": 300,
    "iam_delay_ms": 1500,
}


def manifest(pack):
    settings = (
        "simulated_delay_scale = 0\nvalidation_outage_rate = 0\npayment_failure_rate = 0\n"
        if pack == "step-functions"
        else ""
    )
    users = "".join(f'\n[[users]]\nname = "{user}"\n' for user in USERS)
    return f'[lab]\npack = "{pack}"\nname = "lab6"\n\n[target]\nkind = "local"\n\n[settings]\n{settings}{users}'


class Server:
    """A `labctl local serve` on a store of its own."""

    def __init__(self, labctl, folder, faults=None, port=0):
        command = [labctl, "local", "serve", "--store", "served", "--port", str(port)]
        if faults:
            (folder / "faults.json").write_text(json.dumps(faults))
            command += ["--faults", "faults.json"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=plain(folder), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        lines = [self.process.stdout.readline().strip() for _ in range(6)]
        self.exports = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        self.url = self.exports["AWS_ENDPOINT_URL"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.keys = Credentials(self.exports["AWS_ACCESS_KEY_ID"], self.exports["AWS_SECRET_ACCESS_KEY"])

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.keys.access_key,
            aws_secret_access_key=self.keys.secret_key,
            config=Config(retries={"max_attempts": 15, "mode": "standard"}),
        )


class Emulator(Server):
    """ministack, which nobody here wrote."""

    def __init__(self, _labctl, folder, _faults=None):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys = Credentials("test", "test")
        self.exports = {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
        environment = plain(folder) | {
            "GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "LAMBDA_EXECUTOR": "local",
            "AWS_ENDPOINT_URL": self.url,
        }
        program = pathlib.Path(sys.executable).parent / "ministack"
        with open(folder / "ministack.log", "wb") as log:
            self.process = subprocess.Popen([str(program)], env=environment, cwd=folder, stdout=log, stderr=log)
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1).read()
                return
            time.sleep(0.1)
        sys.exit("ministack did not start")


def plain(folder):
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder / "temporary"), "LANG": "C.UTF-8"}


class Proxy:
    """Counts calls, and ends a process at one of them."""

    def __init__(self, server):
        self.server = server
        self.lock = threading.Lock()
        self.open = 0
        self.arm(None, 0, "before")
        handler = type("Handler", (Handler,), {"proxy": self})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def arm(self, process, at, when):
        with self.lock:
            self.process, self.at, self.when, self.count, self.killed = process, at, when, 0, None

    def next(self, operation):
        """The kill, if it falls on this call: before or after it."""
        with self.lock:
            self.count += 1
            if self.count != self.at:
                return None
            self.killed = operation
            return self.when

    def settle(self):
        """Waits until what a killed command had sent has come to its end: nobody can know of a call that is still on its way."""
        quiet = 0
        while quiet < 3:
            time.sleep(0.01)
            with self.lock:
                quiet = quiet + 1 if self.open == 0 else 0

    def kill(self):
        with self.lock:
            process = self.process
        if process:
            process.send_signal(signal.SIGKILL)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self):
        with self.proxy.lock:
            self.proxy.open += 1
        with contextlib.suppress(ConnectionError):
            super().handle()
        with self.proxy.lock:
            self.proxy.open -= 1

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        form = body.split(b"Action=", 1)[1].split(b"&", 1)[0].decode() if body.startswith(b"Action=") else ""
        operation = self.headers.get("x-amz-target") or form or f"{self.command} {self.path}"
        when = self.proxy.next(operation)
        if when == "before":
            self.proxy.kill()
            self.close_connection = True
            return
        try:
            answer, content = self.forward(body)
        except (ConnectionError, http.client.HTTPException):
            self.close_connection = True
            return
        if when == "after":
            self.proxy.kill()
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def forward(self, body):
        """Sends the call on, signed anew: the Host that labctl signed is the proxy's."""
        server = self.proxy.server
        scope = self.headers["authorization"].split("Credential=")[1].split(",")[0].split("/")
        dropped = ("authorization", "host", "connection", "content-length", "x-amz-date", "user-agent", "x-amz-user-agent")
        headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        request = AWSRequest(self.command, server.url + self.path, headers=headers, data=body)
        SigV4Auth(server.keys, scope[3], scope[2]).add_auth(request)
        upstream = getattr(self, "upstream", None)
        if upstream is None:
            self.upstream = upstream = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        upstream.request(self.command, self.path, body=body, headers=dict(request.headers.items()))
        answer = upstream.getresponse()
        return answer, answer.read()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = pass_on

    def log_message(self, *_):
        pass


class Scene:
    """A folder with a manifest, a server, a proxy, and a neighbour whom nothing may touch."""

    serves = Server

    def __init__(self, labctl, folder, pack, faults=None):
        self.labctl, self.folder = labctl, folder
        (folder / "temporary").mkdir()
        (folder / "lab-manifest.toml").write_text(manifest(pack))
        self.server = self.serves(labctl, folder)
        self.make_neighbour()
        if faults:
            self.server.stop()
            self.server = Server(labctl, folder, faults)
        self.proxy = Proxy(self.server)
        self.before = self.everything()

    def start(self, *arguments):
        environment = plain(self.folder) | self.server.exports | {"AWS_ENDPOINT_URL": self.proxy.url}
        return subprocess.Popen(
            [self.labctl, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, accepted=(0,)):
        self.proxy.arm(None, 0, "before")
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=600)
        if process.returncode not in accepted:
            raise Failed(f"{' '.join(arguments)}: exit {process.returncode}\n{output}\n{errors}")
        return process.returncode, output

    def killed_at(self, at, when, *arguments):
        """Runs a command and ends it at a call; gives the call, or None when there were fewer."""
        with self.proxy.lock:
            process = self.start(*arguments)
            self.proxy.process, self.proxy.at, self.proxy.when, self.proxy.count, self.proxy.killed = process, at, when, 0, None
        output, errors = process.communicate(timeout=600)
        self.proxy.settle()
        if self.proxy.killed is None and process.returncode != 0:
            raise Failed(f"{' '.join(arguments)}: exit {process.returncode}\n{output}\n{errors}")
        return self.proxy.killed

    def calls_of(self, *arguments):
        self.run(*arguments)
        return self.proxy.count

    def make_neighbour(self):
        """What somebody made by hand: names beside the users' own, without a tag of labctl's."""
        iam, functions, machines = (self.server.client(name) for name in ("iam", "lambda", "stepfunctions"))
        role = iam.create_role(RoleName="ann-b-lambda-role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.create_role(RoleName="ANN-lambda-roles", AssumeRolePolicyDocument=TRUST, Path="/class/")
        code = empty_zip()
        for name in ("ann-b-order-validator", "ANN-order-validator", "annbb-greeter"):
            functions.create_function(
                FunctionName=name, Role=role, Runtime="python3.13", Handler="x.y", Code={"ZipFile": code}
            )
        definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
        for name in ("ann-b-greet", "an-order-processing-workflow"):
            machines.create_state_machine(name=name, definition=definition, roleArn=role)
        groups = self.server.client("logs")
        for name in ("/aws/lambda/ann-b-order-validator", "/aws/vendedlogs/states/ann-b-greet", "/aws/lambda/an"):
            groups.create_log_group(logGroupName=name)
        self.server.client("cloudwatch").put_dashboard(DashboardName="ann-b-monitoring", DashboardBody='{"widgets":[]}')

    def everything(self):
        """All there is in the account: name and, of it, what must not change."""
        client, found = self.server.client, {}
        for role in pages(client("iam"), "list_roles", "Roles"):
            inline = client("iam").list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
            found[f"role {role['RoleName']}"] = [role["Arn"], role["RoleId"], str(role["CreateDate"]), inline]
        for function in pages(client("lambda"), "list_functions", "Functions"):
            what = [function[key] for key in ("FunctionArn", "RevisionId", "LastModified", "CodeSha256", "Role")]
            found[f"function {function['FunctionName']}"] = what
        for machine in pages(client("stepfunctions"), "list_state_machines", "stateMachines"):
            seen = client("stepfunctions").describe_state_machine(stateMachineArn=machine["stateMachineArn"])
            what = [str(seen.get(key)) for key in ("stateMachineArn", "definition", "roleArn", "creationDate", "revisionId", "status")]
            found[f"machine {machine['name']}"] = what
        for group in pages(client("logs"), "describe_log_groups", "logGroups"):
            name = group["logGroupName"]
            if name in found:
                raise Failed(f"{name} is listed twice")
            found[f"group {name}"] = [group.get("retentionInDays"), group["creationTime"]]
        for board in pages(client("cloudwatch"), "list_dashboards", "DashboardEntries"):
            body = client("cloudwatch").get_dashboard(DashboardName=board["DashboardName"])["DashboardBody"]
            found[f"dashboard {board['DashboardName']}"] = [body, str(board["LastModified"])]
        return found

    def check_lab(self, expected):
        found = self.everything()
        mine = {name for name in found if name not in self.before}
        self.check_neighbour(found)
        if expected is not None and mine != expected:
            raise Failed(f"too many: {sorted(mine - expected)}; too few: {sorted(expected - mine)}")
        return mine

    def check_neighbour(self, found):
        for name, what in self.before.items():
            if found.get(name) != what:
                raise Failed(f"the neighbour's {name} was touched: {what} → {found.get(name)}")

    def check_plan(self):
        _, output = self.run("plan", "--all", "--detailed-exitcode", accepted=(0, 2))
        if "No changes." not in output:
            raise Failed(f"plan after deploy:\n{output}")

    def check_empty(self, output):
        residue = json.loads(output)["summary"]["residue"]
        if residue:
            raise Failed(f"residue: {residue}")
        self.check_lab(set())

    def stop(self):
        self.proxy.http.shutdown()
        self.server.stop()


class Failed(Exception):
    pass


def pages(client, operation, member):
    return [item for page in client.get_paginator(operation).paginate() for item in page[member]]


def empty_zip():
    import io
    import zipfile

    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("x.py", "def y(event, context):\n    return 1\n")
        return buffer.getvalue()


def killed_everywhere(labctl, pack, step):
    """Kills at every call of a deployment and of a cleanup."""
    with tempfile.TemporaryDirectory(prefix="kill-points-", ignore_cleanup_errors=True) as name:
        scene = Scene(labctl, pathlib.Path(name), pack)
        deploy, cleanup = scene.calls_of("deploy", "--all"), 0
        expected = scene.check_lab(None)
        scene.check_plan()
        cleanup = scene.calls_of("cleanup", "--all")
        print(f"{pack}: {len(expected)} resources; {deploy} calls to deploy, {cleanup} to clean up", flush=True)
        points, failures, begun = 0, [], time.monotonic()
        for at in range(1, max(deploy, cleanup) + 1, step):
            for when in ("before", "after"):
                where = []
                try:
                    where.append(("deploy", scene.killed_at(at, when, "deploy", "--all")))
                    scene.run("deploy", "--all")
                    scene.check_plan()
                    scene.check_lab(expected)
                    where.append(("cleanup", scene.killed_at(at, when, "cleanup", "--all")))
                    if when == "after" and at % 2:
                        # A cleanup that was cut off is no obstacle to a deployment either.
                        scene.run("deploy", "--all")
                        scene.check_plan()
                    scene.check_empty(scene.run("cleanup", "--all", "--json")[1])
                except Failed as failure:
                    failures.append(f"{when} call {at} ({where}): {failure}")
                    print(f"FAILED {failures[-1]}", flush=True)
                    scene.run("cleanup", "--all", accepted=(0, 1, 3, 5))
                points += sum(1 for _, killed in where if killed)
            if at % 20 == 1:
                print(f"    call {at}: {points} kills, {time.monotonic() - begun:.0f} s", flush=True)
        left = sorted(path.name for path in (pathlib.Path(name) / "temporary").iterdir())
        scene.stop()
        print(f"{pack}: {points} kills, {len(failures)} failures, {time.monotonic() - begun:.0f} s; temporary: {left}")
        return failures


def failing_at_random(labctl, pack, seeds):
    """A fifth of all calls fails."""
    failures, runs = [], []
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory(prefix="kill-points-", ignore_cleanup_errors=True) as name:
            scene = Scene(labctl, pathlib.Path(name), pack, RATES | {"seed": seed})
            try:
                codes, counts = [], []
                while len(codes) < 3 and (not codes or codes[-1]):
                    codes.append(scene.run("deploy", "--all", accepted=(0, 1, 3))[0])
                    counts.append(scene.proxy.count)
                if codes[-1]:
                    raise Failed(f"three deployments did not converge: {codes}")
                scene.check_plan()
                mine = scene.check_lab(None)
                failing_at_random.expected = expected = getattr(failing_at_random, "expected", mine)
                if mine != expected:
                    raise Failed(f"{sorted(mine ^ expected)} differ from seed to seed")
                swept = []
                while len(swept) < 3 and (not swept or swept[-1]):
                    code, output = scene.run("cleanup", "--all", "--json", accepted=(0, 1, 3, 5))
                    swept.append(code)
                    counts.append(scene.proxy.count)
                scene.check_empty(output)
                runs.append((len(codes), len(swept)))
                print(f"    seed {seed}: deploy {codes}, cleanup {swept}, calls {counts}", flush=True)
            except Failed as failure:
                failures.append(f"seed {seed}: {failure}")
                print(f"FAILED {failures[-1]}", flush=True)
            scene.stop()
    once = sum(1 for run in runs if run == (1, 1))
    print(f"{pack}: {seeds} seeds, {len(failures)} failures, {once} with one deploy and one cleanup")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labctl")
    parser.add_argument("--step", type=int, default=1, help="only each so-manieth call")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--pack", default="step-functions")
    parser.add_argument("--only", choices=["kills", "faults"])
    parser.add_argument("--ministack", action="store_true", help="kills against ministack instead of labctl's own endpoint")
    arguments = parser.parse_args()
    labctl, failures = str(pathlib.Path(arguments.labctl).resolve()), []
    if arguments.ministack:
        Scene.serves, arguments.only = Emulator, "kills"
    if arguments.only != "faults":
        failures += killed_everywhere(labctl, arguments.pack, arguments.step)
    if arguments.only != "kills":
        failures += failing_at_random(labctl, arguments.pack, arguments.seeds)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
