#!/usr/bin/env python3
"""A server under bulk tests of a whole class, in a loop, while another client reads histories and logs. Not part of .ci/run.

Usage: soak.py [--minutes N] [--users N] [--each N] [--warm-up EXECUTIONS] [--every SECONDS] [--keep MINUTES] LABCTL

Prints a line a minute. Ends with 1 where the server's memory after the warm-up grew by more than 3 % (the last half beside the first), where an execution is lost or did
not complete, or where a history or a log event was not whole. With `--keep` the server keeps what is over for so many minutes: then executions that are gone are
none lost, and the store must not grow by more than a tenth once the first ones have gone.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import sys
import threading
import time

import bulk
from processes import folder_with, resident, row, served, stored

GROWTH = 1.03
BOUND = 1.1
WORKFLOW = "order-processing-workflow"
LAST = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}


class Soak:
    """What has happened so far; the threads share it."""

    def __init__(self, build, folder, pid, users, each):
        self.build, self.folder, self.pid, self.users, self.each = build, folder, pid, users, each
        self.over = threading.Event()
        self.executions, self.histories, self.events = 0, 0, 0
        self.samples, self.stores, self.faults = [], [], []

    def run_bulk_tests(self):
        """One bulk test after the other."""
        while not self.over.is_set():
            self.build.bulk_test(self.folder, self.each, self.users)
            self.executions += self.each * self.users

    def read(self, wire):
        """Histories of executions that are over, and the log events beside them, of one user after the other."""
        machines = workflows(wire)
        while not self.over.is_set():
            machine = random.choice(machines)
            listed = wire.call("ListExecutions", stateMachineArn=machine, statusFilter="SUCCEEDED", maxResults=100)
            for execution in random.sample(listed["executions"], min(5, len(listed["executions"]))):
                self.read_one(wire, machine, execution)
            self.over.wait(0.05)

    def read_one(self, wire, machine, execution):
        """The history of one execution, and whether its log has the same events."""
        arn = execution["executionArn"]
        events = pages(wire.call, "events", "GetExecutionHistory", executionArn=arn, maxResults=1000)
        self.histories += 1
        if not is_complete(events):
            self.faults.append(f"{arn}: a history of {len(events)} events is not whole")
        group = f"/aws/vendedlogs/states/{machine.rsplit(':', 1)[1]}"
        begun, ended = (int(1000 * execution[key]) for key in ("startDate", "stopDate"))
        # A pattern of the name: the group has what ran at the same time as well.
        logged = pages(wire.logs, "events", "FilterLogEvents", logGroupName=group, startTime=begun - 1, endTime=ended + 2, filterPattern=f'"{arn}"')
        ids = {json.loads(event["message"])["id"] for event in logged}
        self.events += len(logged)
        if ids != {str(event["id"]) for event in events}:
            self.faults.append(f"{arn}: {len(events)} events in the history, {len(ids)} in the log")

    def sample(self):
        """Memory once a second, until it is over."""
        while not self.over.wait(1):
            self.samples.append((self.executions, resident(self.pid)))


def pages(call, member, operation, **members):
    """All pages of an answer."""
    found, token = [], {}
    while True:
        answer = call(operation, **members, **token)
        found += answer[member]
        if not answer.get("nextToken"):
            return found
        token = {"nextToken": answer["nextToken"]}


def is_complete(events):
    """Whether a history begins, has every event in its order, and ends."""
    return bool(events) and [event["id"] for event in events] == list(range(1, len(events) + 1)) and events[0]["type"] == "ExecutionStarted" and events[-1]["type"] in LAST


def workflows(wire):
    machines = pages(wire.call, "stateMachines", "ListStateMachines", maxResults=1000)
    return [machine["stateMachineArn"] for machine in machines if machine["name"].endswith(WORKFLOW)]


def listed(wire):
    """How many executions there are, and how many of them ended well."""
    total, succeeded = 0, 0
    for machine in workflows(wire):
        executions = pages(wire.call, "executions", "ListExecutions", stateMachineArn=machine, maxResults=1000)
        total += len(executions)
        succeeded += sum(execution["status"] == "SUCCEEDED" for execution in executions)
    return total, succeeded


def halves(samples, warm_up):
    """The largest memory of each half of what was sampled after the warm-up; none without enough of it."""
    memory = [mebibytes for executions, mebibytes in samples if executions >= warm_up]
    middle = len(memory) // 2
    return (max(memory[:middle]), max(memory[middle:])) if middle else None


def watch(soak, minutes, every, workers):
    """Prints how it goes until the time is up or a worker ends early."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < minutes * 60 and not any(worker.done() for worker in workers):
        concurrent.futures.wait(workers, timeout=min(every, minutes * 60 - passed), return_when=concurrent.futures.FIRST_COMPLETED)
        minute = (time.monotonic() - begun) / 60
        reads = f"{soak.histories:,} histories, {soak.events:,} log events read"
        soak.stores.append((minute, stored(soak.folder)))
        row(f"{minute:.1f} min: {soak.executions:,} executions", f"{resident(soak.pid):.1f} MiB", f"store {soak.stores[-1][1] / 1e6:.1f} MB", reads)
    soak.over.set()


def grown(stores, keep):
    """The largest store of the first half after twice the time that is kept, and of the last; none without enough of it."""
    sizes = [size for minute, size in stores if minute >= 2 * keep]
    middle = len(sizes) // 2
    return (max(sizes[:middle]), max(sizes[middle:])) if middle else None


def judge(soak, wire, warm_up, keep):
    """What is wrong, in words."""
    wrong = [*soak.faults]
    total, succeeded = listed(wire)
    row("executions started, listed, succeeded", f"{soak.executions:,}", f"{total:,}", f"{succeeded:,}")
    if keep:
        sizes = grown(soak.stores, keep)
        if sizes is None:
            wrong.append(f"what is over was kept for {keep:g} minutes: take more than four times as long")
        else:
            row("largest store of the first half, of the last", *(f"{size / 1e6:.1f} MB" for size in sizes))
            if sizes[1] > BOUND * sizes[0]:
                wrong.append(f"the store grew from {sizes[0] / 1e6:.1f} to {sizes[1] / 1e6:.1f} MB")
        if total != succeeded or soak.build.failed:
            wrong.append(f"{total} executions are listed, {succeeded} succeeded; bulk tests saw {soak.build.failed} not complete")
    elif not soak.executions == total == succeeded or soak.build.failed:
        wrong.append(f"{soak.executions} executions were started, {total} are listed, {succeeded} succeeded; bulk tests saw {soak.build.failed} not complete")
    if not soak.histories or not soak.events:
        wrong.append(f"{soak.histories} histories and {soak.events} log events were read")
    memory = halves(soak.samples, warm_up)
    if memory is None:
        wrong.append(f"there were no two halves after {warm_up:,} executions: take longer, or a smaller --warm-up")
        return wrong
    first, last = memory
    row("largest memory of the first half, of the last", f"{first:.1f} MiB", f"{last:.1f} MiB", f"{100 * (last / first - 1):+.1f} %")
    if last > GROWTH * first:
        wrong.append(f"memory grew from {first:.1f} to {last:.1f} MiB")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="A server under bulk tests in a loop.")
    parser.add_argument("labctl", type=lambda path: pathlib.Path(path).resolve(strict=True), help="a release build")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--users", type=int, default=30)
    parser.add_argument("--each", type=int, default=20, help="orders for each user in one bulk test")
    parser.add_argument("--warm-up", type=int, default=5000, help="executions whose memory is not judged")
    parser.add_argument("--every", type=float, default=60, help="seconds between lines")
    parser.add_argument("--keep", type=float, default=0, help="minutes for which the server keeps what is over; 0 keeps all")
    given = parser.parse_args()
    build = bulk.Build(given.labctl, "this")
    options = ["--keep", f"{given.keep * 60:g}s"] if given.keep else []
    with folder_with(given.users) as folder, served(given.labctl, folder, *options) as (pid, here):
        build.deployed(folder)
        soak = Soak(build, folder, pid, given.users, given.each)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            workers = [pool.submit(soak.run_bulk_tests), pool.submit(soak.read, bulk.wire_of(here)), pool.submit(soak.sample)]
            watch(soak, given.minutes, given.every, workers)
        ended = [str(worker.exception()) for worker in workers if worker.exception()]
        wrong = ended + judge(soak, bulk.wire_of(here), given.warm_up, given.keep)
    for words in wrong[:20]:
        print(f"wrong: {words}")
    print(f"{len(wrong)} things are wrong" if wrong else "all is well")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
