#!/usr/bin/env python3
"""The figures that need whole processes, each beside what it is held against, in one run; docs/performance.md explains them.

Usage: measure.py [--rounds N] [--only start,render,bulk,class,states,deployers | --states] LABCTL
       measure.py --only bulk --beside OLDER [--rounds N] [--jobs rate,tenth,class,memory,deploy,warm] [--large N] [--svg FILE] LABCTL

The bulk test and the executions through the wire (states.py) are compared with ministack if it is installed beside the python3 that runs this (.ci/requirements.txt), else
measured alone. With --beside the bulk test's jobs that grow (bulk.py) are measured with both builds in turns instead. Nothing is judged here but that every command did its
work: times vary with the machine.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import bulk
import deployers
import states
from processes import Run, folder_with, free_port, row, served, spread, start_moto

EXECUTIONS = 500


def measure_start(labctl, rounds):
    runs = 10 * rounds
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(Run(["/bin/true"], folder), Run([labctl, "--help"], folder)) for _ in range(runs + 1)][1:]
    row("/bin/true", spread([true.seconds * 1000 for true, _ in pairs], "ms"))
    row("labctl --help", spread([ours.seconds * 1000 for _, ours in pairs], "ms"))
    row("  more than /bin/true, pair by pair", spread([(ours.seconds - true.seconds) * 1000 for true, ours in pairs], "ms"))
    row("  peak memory", spread([ours.mebibytes for _, ours in pairs], "MiB", 1))
    row("size of the binary", f"{labctl.stat().st_size / 1e6:.1f} MB")


def measure_render(labctl, rounds, users=200):
    rendering, copying, ratios, memory = [], [], [], []
    with folder_with(users) as folder:
        for number in range(rounds + 1):
            # Nothing is removed before the end: ext4 searches long for an inode that was not freed just now.
            ours = Run([labctl, "--out", f"made-{number}", "render"], folder)
            copy = Run(["cp", "-r", f"made-{number}", f"copied-{number}"], folder)
            if number > 0:
                rendering.append(ours.seconds)
                copying.append(copy.seconds)
                ratios.append(ours.seconds / copy.seconds)
                memory.append(ours.mebibytes)
    row(f"labctl render, {users} users, nothing there yet", spread(rendering))
    row("cp -r of what it made", spread(copying))
    row("  ratio, pair by pair", spread(ratios, "x"))
    row("  peak memory of render", spread(memory, "MiB", 1))


@contextlib.contextmanager
def emulator(folder):
    """ministack on a free loopback port; its URL, or None when it is not installed."""
    program = pathlib.Path(sys.executable).parent / "ministack"
    if not program.exists():
        yield None
        return
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
        "AWS_ENDPOINT_URL": url,
    }
    with open(folder / "ministack.log", "wb") as log:
        server = subprocess.Popen([str(program)], env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).read()
                break
            time.sleep(0.1)
        else:
            sys.exit("ministack did not start:\n" + (folder / "ministack.log").read_text(errors="replace"))
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextlib.contextmanager
def moto(folder):
    """moto on a free loopback port, told to run state machines; its URL, or None when it is not installed. Functions it runs in Docker alone."""
    if not (pathlib.Path(sys.executable).parent / "moto_server").exists():
        yield None
        return
    port = free_port()
    server, url = start_moto(folder, port), f"http://127.0.0.1:{port}"
    try:
        settings = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/config", settings), timeout=10).read()
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def bulk_test(labctl, folder, *more):
    """Executions a second over the whole command, the latencies it tells, and its peak memory."""
    there = "--endpoint-url" in more
    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"} if there else {}
    command = [labctl, "--json", "bulk-test", "-n", str(EXECUTIONS), *more]
    run = Run(command, folder, environment, accepted=(0, 3) if there else (0,))
    document = run.document()
    finished = document["summary"]["outcomes"].get("COMPLETED", 0)
    if finished != EXECUTIONS:
        words = f"{finished} of {EXECUTIONS} completed: {json.dumps(document['summary'])}"
        if not there:
            sys.exit(words)
        row("  ministack", words)
    return finished / run.seconds, document["latency_ms"], run.mebibytes


def measure_bulk(labctl, rounds):
    jumping, real, warm, first, again = [], [], [], [], []
    for _ in range(rounds):
        with folder_with(1) as ours:
            Run([labctl, "deploy"], ours)
            jumping.append(bulk_test(labctl, ours))
            real.append(bulk_test(labctl, ours, "--time", "real"))
            with served(labctl, ours):
                bulk_test(labctl, ours)
                warm.append(bulk_test(labctl, ours))
        with folder_with(1) as theirs, emulator(theirs) as url:
            if url:
                there = ["--endpoint-url", url, "--region", "us-east-1"]
                Run([labctl, "deploy", *there], theirs, {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
                first.append(bulk_test(labctl, theirs, *there))
                again.append(bulk_test(labctl, theirs, *there))
    row(f"bulk-test of {EXECUTIONS} orders, embedded endpoint", spread([rate for rate, _, _ in jumping], "/s", 1))
    row("  latency of an execution, p50", spread([latency["p50"] for _, latency, _ in jumping], "ms", 0))
    row("  latency of an execution, p99", spread([latency["p99"] for _, latency, _ in jumping], "ms", 0))
    row("  peak memory of the largest process", spread([memory for _, _, memory in jumping], "MiB", 1))
    row("  with --time real", spread([rate for rate, _, _ in real], "/s", 1))
    row("  on a server, the second time", spread([rate for rate, _, _ in warm], "/s", 1))
    if not first:
        row("the same on ministack", "is not installed beside this python3")
        return
    row("the same on ministack, after deploy", spread([rate for rate, _, _ in first], "/s", 1))
    row("  the second time", spread([rate for rate, _, _ in again], "/s", 1))
    row("times ministack's rate, after deploy", spread([ours[0] / its[0] for ours, its in zip(jumping, first)], "x", 1))
    row("  on a server, the second time", spread([ours[0] / its[0] for ours, its in zip(warm, again)], "x", 1))


def measure_class(labctl, rounds, users=300):
    def repeat(what, *words):
        runs = [Run([labctl, *words], folder) for _ in range(rounds)]
        row(what, spread([run.seconds for run in runs]), spread([run.mebibytes for run in runs], "MiB", 1))

    with folder_with(users) as folder:
        first = Run([labctl, "render"], folder)
        row(f"render, {users} users, nothing there yet", f"{first.seconds:.2f} s")
        repeat(f"render, {users} users, again", "render")
        repeat(f"plan, {users} users, nothing there yet", "plan", "--all")
    with folder_with(30) as folder:
        first = Run([labctl, "deploy", "--all"], folder)
        row("deploy, 30 users, nothing there yet", f"{first.seconds:.2f} s  {first.mebibytes:.1f} MiB")
        repeat("deploy, 30 users, nothing to do", "deploy", "--all")
        gone = Run([labctl, "cleanup", "--all"], folder)
        row("cleanup, 30 users", f"{gone.seconds:.2f} s")
    # The handlers of 100 orders sleep: how many may do so at once decides.
    with folder_with(1, simulated_delay_scale=1) as folder:
        Run([labctl, "deploy"], folder)
        sleepy = [Run([labctl, "--json", "bulk-test", "-n", "100"], folder) for _ in range(rounds)]
        row("bulk-test of 100 orders that pretend to work", spread([run.seconds for run in sleepy]))
        row("  latency of an execution, p50", spread([run.document()["latency_ms"]["p50"] for run in sleepy], "ms", 0))


def measure_states(labctl, rounds):
    with folder_with(1) as ours, served(labctl, ours) as (pid, here):
        wire = states.Wire(here["AWS_ENDPOINT_URL"], here["AWS_ACCESS_KEY_ID"], here["AWS_SECRET_ACCESS_KEY"])
        with tempfile.TemporaryDirectory() as folder, emulator(pathlib.Path(folder)) as ministack, moto(pathlib.Path(folder)) as url:
            there = {"ministack": ministack, "moto": url}
            others = {name: states.Wire(url, "test", "test") for name, url in there.items() if url}
            states.measure(wire, others, pid, rounds, row, spread)
    for name in there.keys() - others.keys():
        row(name, "is not installed beside this python3")


def measure_deployers(labctl, rounds, users=50, by_hand=2):
    """labctl, threads over boto3 and the AWS CLI against ministack, each on an emulator of its own, in turns."""
    names = [f"user{number}" for number in range(1, users + 1)]
    command = pathlib.Path(os.environ.get("AWS_CLI", pathlib.Path(sys.executable).parent / "aws"))
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    ours, again, gone, calls, threads, threads_gone, thread_calls, hand = [], [], [], [], [], [], [], []
    for _ in range(rounds):
        with folder_with(users) as folder, emulator(folder) as url:
            if not url:
                row("ministack", "is not installed beside this python3")
                return
            there = ["--endpoint-url", url, "--region", "us-east-1", "--json"]
            made = Run([labctl, "deploy", "--all", "--yes", *there], folder, keys)
            same = Run([labctl, "deploy", "--all", "--yes", *there], folder, keys)
            left = Run([labctl, "cleanup", "--all", "--yes", *there], folder, keys)
            for figures, run in ((ours, made), (again, same), (gone, left)):
                figures.append(run.seconds / users)
            calls.append([sum(run.document()["api_calls"].values()) / users for run in (made, same, left)])
            with emulator(folder) as url:
                deployer = deployers.Threads(url, folder / "out")
                threads.append(deployer.create(names) / users)
                made_calls = deployer.called
                threads_gone.append(deployer.delete(names) / users)
                thread_calls.append([made_calls / users, (deployer.called - made_calls) / users])
            if command.exists():
                with emulator(folder) as url:
                    environment = keys | {"PATH": os.environ["PATH"], "HOME": str(folder)}
                    hand.append(sum(deployers.by_command(command, url, folder / "out", name, environment)
                                    for name in names[:by_hand]) / by_hand)
    row(f"labctl deploy, {users} users on ministack, a user", spread(ours, "s", 3))
    row("  once more, nothing to do", spread(again, "s", 3))
    row("  cleanup", spread(gone, "s", 3))
    row("  calls a user: deploy, again, cleanup", *(f"{statistics.median(each):.1f}" for each in zip(*calls)))
    row("threads over boto3, a user", spread(threads, "s", 3))
    row("  delete", spread(threads_gone, "s", 3))
    row("  calls a user: create, delete", *(f"{statistics.median(each):.1f}" for each in zip(*thread_calls)))
    row("labctl's rate beside the threads'", spread([its / our for our, its in zip(ours, threads)], "x"))
    if hand:
        row("one AWS CLI process after the other, a user", spread(hand, "s", 2))
        row("labctl's rate beside it", spread([its / our for our, its in zip(ours, hand)], "x", 0))
    else:
        row("the AWS CLI", f"is not at {command}; AWS_CLI may name it")


MEASURES = {"start": measure_start, "render": measure_render, "bulk": measure_bulk, "class": measure_class, "states": measure_states, "deployers": measure_deployers}


def measure_growth(arguments):
    """Whether all orders completed."""
    scale = bulk.Scale(*(getattr(arguments, field.name) for field in dataclasses.fields(bulk.Scale)))
    jobs = arguments.jobs or list(bulk.JOBS)
    return bulk.measure(arguments.labctl, arguments.beside, arguments.rounds, scale, jobs, arguments.svg, arguments.names)


def main():
    parser = argparse.ArgumentParser(description="The figures that need whole processes.")
    parser.add_argument("labctl", type=lambda path: pathlib.Path(path).resolve(strict=True), help="a release build")
    parser.add_argument("--rounds", type=int, default=5, help="counted runs of each command")
    parser.add_argument("--only", default=",".join(MEASURES), help="which, with commas between")
    table = parser.add_argument_group("with --only bulk: the jobs that grow, instead of ministack")
    scale = bulk.Scale()
    table.add_argument("--beside", type=lambda path: pathlib.Path(path).resolve(strict=True), help="another build, measured in turns with it")
    table.add_argument("--jobs", type=lambda names: names.split(","), help=f"which, with commas between; all are {','.join(bulk.JOBS)}")
    table.add_argument("--large", type=int, default=scale.large, help="orders of the large bulk test; ten runs are a tenth each, steps of the server's memory a quarter")
    table.add_argument("--each", type=int, default=scale.each, help="orders for each user of the class")
    table.add_argument("--each-beside", type=int, default=scale.each_beside, help="the most of these that the build beside is given")
    table.add_argument("--users", type=int, default=scale.users, help="users of the class")
    table.add_argument("--steps", type=int, default=scale.steps, help="steps of the server's memory")
    table.add_argument("--classes", type=lambda sizes: tuple(int(size) for size in sizes.split(",")), default=scale.classes, help="users of deploys with nothing to do")
    table.add_argument("--svg", type=pathlib.Path, help="draw the growth jobs into this file")
    table.add_argument("--names", type=lambda names: names.split(","), default=["this", "beside"], help="what the two builds are called there")
    parser.add_argument("--states", dest="only", action="store_const", const="states", help="the same as --only states")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; median (lowest–highest, runs)\n")
    all_done = True
    for name in arguments.only.split(","):
        if name == "bulk" and (arguments.beside or arguments.jobs):
            all_done = measure_growth(arguments)
        else:
            MEASURES[name](arguments.labctl, arguments.rounds)
        print()
    return 0 if all_done else 1


if __name__ == "__main__":
    sys.exit(main())
