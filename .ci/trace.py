"""What `labctl trace` costs of the largest history there is: 25,000 events, in whole processes beside a server that has them.

Usage: python3 .ci/trace.py LABCTL [ROUNDS]

Two machines: a loop, and a Map whose iterations run beside each other. Prints the median time and the largest memory of a process, and
fails beyond 0.5 s or 150 MB. A debug build is slower by far: the marks are a release build's.
"""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SECONDS, MEGABYTES = 0.5, 150.0
DATA = {"orderId": "order-12345", "items": [{"productId": "laptop-001", "quantity": 1, "price": 99.99}] * 4}

LOOP = {
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Pass", "Parameters": {"n": 0, "data": DATA}, "Next": "Count"},
        "Count": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)", "data.$": "$.data"}, "Next": "Enough"},
        "Enough": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericLessThan": 6200, "Next": "Count"}], "Default": "End"},
        "End": {"Type": "Fail", "Error": "Enough", "Cause": "counted far enough"},
    },
}
WIDE = {
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Pass", "Parameters": {"items.$": "States.ArrayRange(1, 1000, 1)"}, "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "StartAt": "A",
                "States": {name: {"Type": "Pass", "Next": after} for name, after in zip("ABCDEFGHIJ", "BCDEFGHIJK")}
                | {"K": {"Type": "Pass", "End": True}},
            },
            "End": True,
        },
    },
}
PACK = """
[pack]
name = "long"
title = "Long histories"
[[roles]]
id = "all"
name = "role"
trust = "trust.json.hbs"
brought_by = "lab_role"
"""
MACHINE = """
[[machines]]
name = "{name}"
type = "STANDARD"
definition = "{name}.asl.json.hbs"
role = "all"
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MANIFEST = '[lab]\npack = "./long"\nname = "long"\n[[users]]\nname = "ann"\n'


# Runs a process and says what it took. A process of its own, since one that is forked counts the memory of who forked it.
WRAPPER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, usage.ru_utime, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(labctl, arguments, folder):
    """Seconds and megabytes of a process, what it printed, and its own processor time."""
    started = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", WRAPPER, labctl, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"labctl {' '.join(arguments)} ended with {ran.returncode}")
    kilobytes, own = ran.stderr.splitlines()[-1].split()
    return time.monotonic() - started, int(kilobytes) / 1024, ran.stdout, float(own)


def main():
    labctl, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pack = folder / "long"
        pack.mkdir()
        machines = {"loop": LOOP, "wide": WIDE}
        (pack / "pack.toml").write_text(PACK + "".join(MACHINE.format(name=machine) for machine in machines))
        (pack / "trust.json.hbs").write_text(json.dumps(TRUST))
        for machine, definition in machines.items():
            (pack / f"{machine}.asl.json.hbs").write_text(json.dumps(definition).replace("}}", "} }").replace("{{", "{ {"))
        (folder / "lab-manifest.toml").write_text(MANIFEST)
        server = subprocess.Popen(
            [labctl, "local", "serve", "--store", "out/local"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        server.stdout.readline()
        try:
            subprocess.run([labctl, "deploy", "-q"], cwd=folder, check=True)
            return sum(one(labctl, folder, machine, rounds) for machine in machines)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


def one(labctl, folder, machine, rounds):
    """Measures one machine; 1 where a mark is missed."""
    subprocess.run([labctl, "run", machine, "-q"], cwd=folder, stdout=subprocess.DEVNULL, check=False)
    document = json.loads(measured(labctl, ["trace", f"ann:{machine}:last", "--json"], folder)[2])
    # Each Pass, Choice or Map has two events; the execution has two, an iteration has two, a Map two more.
    missed = 0
    for form in ([], ["--json"], ["--export", "chrome"], ["--graph", "text"]):
        runs = [measured(labctl, ["trace", f"ann:{machine}:last", *form], folder) for _ in range(rounds)]
        seconds, most = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
        own = statistics.median(run[3] for run in runs)
        is_met = seconds <= SECONDS and most <= MEGABYTES
        missed = missed or not is_met
        states, words = len(document["states"]), " ".join(["trace", *form])
        print(f"{machine}, {states:,} states: {words}: {seconds:.2f} s ({own:.2f} s its own), {most:.0f} MB{'' if is_met else '  (beyond the mark)'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
