#!/usr/bin/env python3
"""The embedded endpoint against executions and API calls that were recorded on AWS.

Starts `labctl local serve` on a temporary store, replays the recorded cases of ../shared/asl-cases against it with their own
run.py, and fails when the agreement is below the marks. Without that folder it says so and passes: the cases carry a licence of their
own and are not part of the repository. Usage: asl_cases.py LABCTL [--time real|10x|jump]
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = (ROOT / ".." / "shared" / "asl-cases").resolve()

# Per cent of the cases that must agree; the README of the cases says what each level compares.
EXECUTIONS = {"L1": 98, "L1c": 96, "L2": 96, "L3": 93, "L4": 90}
WORST_CATEGORY_AT_L2 = 80
API = {"A1": 95, "A2": 88}

# What the endpoint refuses by name is not asked for.
TIERS = ["pure", "lambda", "sfn"]
REFUSED = {"activities", "local_mocking"}
API_CATEGORIES = ["api", "api_express", "api_logs", "api_tagging", "api_validation", "api_variable_references"]


def serve(labctl, folder, time):
    """The running server, and the environment that clients of it need."""
    # Without the caller's AWS settings: the cases must go to this endpoint and nowhere else.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    log = open(folder / "serve.log", "wb")
    server = subprocess.Popen(
        [labctl, "local", "serve", "--port", "0", "--store", str(folder / "store"), "--time", time],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
    while "AWS_REGION" not in environment:
        line = server.stdout.readline()
        if not line:
            sys.exit(f"the server did not start:\n{(folder / 'serve.log').read_text()}")
        if told := re.match(r"export (\w+)=(.*)", line.strip()):
            environment[told[1]] = told[2]
    return server, environment


def replay(environment, out, *options):
    command = [sys.executable, str(CASES / "run.py"), environment["AWS_ENDPOINT_URL"], "--jobs", "8", "--out", str(out)]
    subprocess.run([*command, *options], env=environment, check=True, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text())["results"]


def share(results, level):
    """How many of the cases that have this level agree, and how many have it."""
    having = [case["levels"][level] for case in results if case["levels"].get(level) is not None]
    return sum(map(bool, having)), len(having)


def judge(name, results, marks):
    """Prints the agreement at each level; gives what is below its mark."""
    below = []
    for level, mark in marks.items():
        agree, count = share(results, level)
        reached = 100 * agree / count if count else 0
        print(f"{name:10} {level:4} {agree:4}/{count:<4} {reached:5.1f} %  (mark {mark} %)")
        if reached < mark:
            below.append(f"{name} at {level}: {reached:.1f} %, must be {mark} %")
            below += [f"  {case['id']}" for case in results if case["levels"].get(level) in (False, 0)]
    return below


def main():
    labctl = pathlib.Path(sys.argv[1]).resolve()
    time = sys.argv[sys.argv.index("--time") + 1] if "--time" in sys.argv else "real"
    if not (CASES / "run.py").is_file():
        print(f"skipped: the recorded cases are not there ({CASES})")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server, environment = serve(labctl, folder, time)
        try:
            executions = replay(environment, folder / "executions.json", "--kind", "execution", "--tier", ",".join(TIERS))
            api = replay(environment, folder / "api.json", "--kind", "api", "--category", ",".join(API_CATEGORIES))
        finally:
            server.terminate()
            server.wait()
    executions = [case for case in executions if case["category"] not in REFUSED]
    below = judge("executions", executions, EXECUTIONS)
    categories = collections.defaultdict(list)
    for case in executions:
        categories[case["category"]].append(case)
    for category, cases in sorted(categories.items()):
        agree, count = share(cases, "L2")
        if count and 100 * agree / count < WORST_CATEGORY_AT_L2:
            below.append(f"category {category} at L2: {agree} of {count}")
    below += judge("api", api, API)
    if below:
        sys.exit("below the marks:\n" + "\n".join(below))


main()
