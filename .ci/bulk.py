"""The jobs that grow, of one build or of two in turns; measure.py --only bulk --beside runs them, docs/performance.md explains them.

A job gives one figure after the other, and after each the other build has its turn: two builds never work at the same time, and what else the machine does meets both.
"""

import dataclasses
import json
import statistics
import sys
import time
import typing

import drawing
import states
from processes import Run, folder_with, resident, row, served, spread, stored

SMALL = 500
CLIENTS, INVOCATIONS = 16, 4000
EMPTY = 20e6
DIGITS = {"/s": 1, "s": 3, "ms": 2, "MiB": 1, "KiB": 2, "MB": 1, "bytes": 0, "x": 2}
MORE_IS_BETTER = {"/s", "x"}


@dataclasses.dataclass
class Scale:
    """How large the jobs are. Runs of the growth job are a tenth of `large`, steps of the server's memory a quarter."""

    large: int = 20_000
    each: int = 1000
    each_beside: int = 20
    users: int = 300
    steps: int = 20
    classes: tuple = (300, 1000, 3000)

    @property
    def run(self):
        return self.large // 10

    @property
    def step(self):
        return self.large // 4


class Figure(typing.NamedTuple):
    """One measured value. `at` is how far along a growth job it was taken."""

    what: str
    unit: str
    value: float
    mark: str = ""
    at: int | None = None


class Build:
    """One labctl, and how many orders it did not complete."""

    def __init__(self, labctl, name):
        self.labctl, self.name, self.failed = labctl, name, 0

    def run(self, folder, *words, **more):
        return Run([self.labctl, "--json", *words], folder, **more)

    def deployed(self, folder):
        """The run of a deploy, and the bytes of a store that has seen nothing else."""
        run = self.run(folder, "deploy", "--all", "--yes")
        return run, stored(folder)

    def bulk_test(self, folder, each, users=1):
        run = self.run(folder, "bulk-test", "--all", "-n", str(each), accepted=(0, 1, 3, 4))
        return Bulk(self, run, each * users)


class Bulk:
    """A bulk test that is over."""

    def __init__(self, build, run, orders):
        document = run.document()
        self.id = document["run"]["id"]
        completed = document["summary"]["outcomes"].get("COMPLETED", 0)
        self.rate, self.processor, self.mebibytes = completed / run.seconds, 1000 * run.processor / orders, run.mebibytes
        if completed != orders:
            build.failed += orders - completed
            causes = "; ".join(f"{cause['count']} {cause['text'][:100]}" for cause in document["summary"]["causes"])
            row(f"  {build.name}: not completed", f"{orders - completed} of {orders}: {document['summary']['outcomes']}: {causes}")

    def figures(self, what, mark=""):
        yield Figure(what, "/s", self.rate, mark)
        yield Figure(f"{what}: processor time an order", "ms", self.processor)


def rate(build, scale):
    """Rates, memory and bytes of one store that becomes large, and what commands cost on it."""
    with folder_with(1) as folder:
        _, empty = build.deployed(folder)
        small = build.bulk_test(folder, SMALL)
        yield from small.figures(f"bulk-test of {SMALL}", "mark 3 x")
        yield Figure(f"bulk-test of {SMALL}: peak memory", "MiB", small.mebibytes)
        yield Figure(f"bulk-test of {SMALL}: store an order", "bytes", (stored(folder) - empty) / SMALL)
        what = f"bulk-test of {scale.large:,} on the same store"
        large = build.bulk_test(folder, scale.large)
        yield from large.figures(what)
        yield Figure(f"{what}: beside the rate at {SMALL}", "x", large.rate / small.rate, "mark 0.9")
        yield Figure(f"{what}: peak memory", "MiB", large.mebibytes, "mark 150 MB")
        yield Figure("store an order, all logging and data", "bytes", (stored(folder) - empty) / (SMALL + scale.large), "mark 8,000")
        store = f"on {SMALL + scale.large:,} executions"
        yield from reading(build, folder, small.id, store, SMALL + scale.large)
        yield from ready(build, folder, store)
        yield from emptied(build, folder, store)


def reading(build, folder, run, store, executions):
    """What looks at a store of so many executions cost. Each is seen to have told all of its runs or executions."""
    commands = {
        "bulk-test --compare": (["bulk-test", "--all", "--compare", run, "--with", "last"], b'"records":', 2),
        "bulk-test --runs": (["bulk-test", "--all", "--runs"], b'"records":', 2),
        "executions": (["executions", "--all"], b'"arn":', min(50, executions)),
        "executions --limit, all": (["executions", "--all", "--limit", "10000000"], b'"arn":', executions),
    }
    for what, (words, sign, expected) in commands.items():
        done = build.run(folder, *words, count=sign)
        if done.counted != expected:
            sys.exit(f"{build.name}: {' '.join(words)} told {done.counted} instead of {expected}")
        yield Figure(f"{what} {store}", "s", done.seconds, "mark 5 s")
        yield Figure(f"{what} {store}: peak memory", "MiB", done.mebibytes, "mark 150 MB")


def wire_of(here):
    return states.Wire(here["AWS_ENDPOINT_URL"], here["AWS_ACCESS_KEY_ID"], here["AWS_SECRET_ACCESS_KEY"])


def ready(build, folder, store):
    """From the start of a server to its first answer."""
    begun = time.perf_counter()
    with served(build.labctl, folder) as (pid, here):
        wire_of(here).call("ListStateMachines", maxResults=1)
        seconds, memory = time.perf_counter() - begun, resident(pid)
    yield Figure(f"local serve {store}: first answer", "s", seconds, "mark 0.3 s")
    yield Figure(f"local serve {store}: memory then", "MiB", memory)


def emptied(build, folder, store):
    """What a cleanup leaves at once, and when it has had ten seconds, or is below the mark before."""
    before = stored(folder)
    gone = build.run(folder, "cleanup", "--all", "--yes")
    at_once, begun = stored(folder), time.perf_counter()
    while (later := stored(folder)) > EMPTY and time.perf_counter() - begun < 10:
        time.sleep(0.2)
    yield Figure(f"cleanup {store}", "s", gone.seconds)
    yield Figure(f"cleanup {store}: store before", "MB", before / 1e6)
    yield Figure(f"cleanup {store}: store at once", "MB", at_once / 1e6)
    yield Figure(f"cleanup {store}: store after at most 10 s", "MB", later / 1e6, "mark 20 MB")


def tenth(build, scale):
    """The rates of ten bulk tests on one store."""
    what, runs = f"ten bulk tests of {scale.run:,} on one store", []
    with folder_with(1) as folder:
        build.deployed(folder)
        for number in range(1, 11):
            runs.append(build.bulk_test(folder, scale.run))
            yield Figure(what, "/s", runs[-1].rate, at=number)
    yield Figure(f"{what}: the tenth beside the first", "x", runs[-1].rate / runs[0].rate, "mark 0.9")
    yield Figure(f"{what}: the same by processor time", "x", runs[0].processor / runs[-1].processor)


def memory(build, scale):
    """The server's memory over what it has run."""
    what = "memory of local serve over executions"
    with folder_with(1) as folder:
        build.deployed(folder)
        with served(build.labctl, folder) as (pid, _):
            taken = [resident(pid)]
            yield Figure(what, "MiB", taken[0], at=0)
            for number in range(1, scale.steps + 1):
                build.bulk_test(folder, scale.step)
                taken.append(resident(pid))
                yield Figure(what, "MiB", taken[-1], at=number * scale.step)
            store = f"through a server of {scale.steps * scale.step:,} executions"
            yield Figure(f"{what}: largest", "MiB", max(taken), "mark 250 MB")
            if scale.steps > 1:
                grown = (taken[-1] - taken[1]) * 1024 / ((scale.steps - 1) * scale.step)
                yield Figure(f"{what}: more for each after the first {scale.step:,}", "KiB", grown, "mark 0")
            yield from emptied(build, folder, store)
            yield Figure(f"cleanup {store}: memory of the server then", "MiB", resident(pid))


def many(build, scale):
    """A class in one bulk test."""
    each = scale.each if build.name == "this" else min(scale.each, scale.each_beside)
    with folder_with(1) as folder:
        build.deployed(folder)
        small = build.bulk_test(folder, SMALL)
    with folder_with(scale.users) as folder:
        _, empty = build.deployed(folder)
        first = build.bulk_test(folder, 1, scale.users)
        large = build.bulk_test(folder, each, scale.users)
        what = f"bulk-test --all of {scale.users:,} users"
        yield from large.figures(what)
        yield Figure(f"{what}: beside the rate at {SMALL}", "x", large.rate / small.rate, "mark 0.8")
        yield Figure(f"{what}: peak memory", "MiB", large.mebibytes, "mark 150 MB")
        yield Figure(f"{what}: store an order", "bytes", (stored(folder) - empty) / ((1 + each) * scale.users), "mark 8,000")
        yield from reading(build, folder, first.id, "of the class", (1 + each) * scale.users)
        yield from ready(build, folder, "of the class")


def deploy(build, scale, repeated=5):
    """Deploys with nothing to do, of classes of several sizes."""
    a_user = []
    for users in scale.classes:
        with folder_with(users) as folder:
            first, _ = build.deployed(folder)
            yield Figure(f"deploy of {users:,} users, nothing there", "s", first.seconds)
            runs = []
            for _ in range(repeated):
                run, _ = build.deployed(folder)
                summary = run.document()["summary"]
                if summary["created"] or summary["updated"] or not summary["unchanged"]:
                    sys.exit(f"a deploy had something to do: {json.dumps(summary)}")
                runs.append(run)
                yield Figure(f"deploy of {users:,} users, nothing to do", "s", run.seconds, "mark 2 s" if users == 1000 else "")
            yield Figure(f"deploy of {users:,} users, nothing to do: peak memory", "MiB", max(run.mebibytes for run in runs))
            a_user.append(statistics.median(run.seconds for run in runs) / users)
    if len(a_user) > 1:
        yield Figure(f"users a second, {scale.classes[-1]:,} beside {scale.classes[0]:,}", "x", a_user[0] / a_user[-1], "mark 1")


def warm(build, scale):
    """Invocations of a function that stands, from several connections."""
    with folder_with(1) as folder, served(build.labctl, folder) as (_, here):
        wire = wire_of(here)
        wire.prepare()
        wire.activate()
        event = b'{"order":"order-12345"}'
        request = wire.invocation(event)
        answer = wire.send(request)
        if json.loads(answer) != json.loads(event):
            sys.exit(f"the function answered {answer!r}")
        count = min(INVOCATIONS, scale.large)
        for is_counted in (False, True):
            begun = time.perf_counter()
            wire.blast([request] * count, CLIENTS, expected=answer)
            if is_counted:
                yield Figure(f"warm invocations, {CLIENTS} clients", "/s", count / (time.perf_counter() - begun), "mark 3 x")


JOBS = {"rate": rate, "tenth": tenth, "class": many, "memory": memory, "deploy": deploy, "warm": warm}


def in_turns(job, builds, scale, number):
    """The figures of one round, for each build. Who begins changes from round to round."""
    order = builds if number % 2 == 0 else builds[::-1]
    turns, taken = {build.name: job(build, scale) for build in order}, {build.name: [] for build in builds}
    while turns:
        for name in list(turns):
            figure = next(turns[name], None)
            if figure is None:
                del turns[name]
                continue
            taken[name].append(figure)
            at = "" if figure.at is None else f" at {figure.at:,}"
            print(f"round {number + 1}, {name}: {figure.what}{at}: {figure.value:.{DIGITS[figure.unit]}f} {figure.unit}", file=sys.stderr, flush=True)
    return taken


def gathered(rounds, builds):
    """For each figure in its order: it, and for each build the values of all rounds."""
    kinds = {}
    for taken in rounds:
        for index, build in enumerate(builds):
            for figure in taken[build.name]:
                _, values = kinds.setdefault((figure.what, figure.at), (figure, [[] for _ in builds]))
                values[index].append(figure.value)
    return list(kinds.values())


def print_rows(gathered_figures, builds):
    growing = {}
    for figure, values in gathered_figures:
        if figure.at is not None:
            growing.setdefault(figure.what, []).append((figure, values))
            continue
        digits = DIGITS[figure.unit]
        row(figure.what, spread(values[0], figure.unit, digits) if values[0] else "not measured", figure.mark)
        if len(builds) > 1 and values[1]:
            ratios = [ours / its if figure.unit in MORE_IS_BETTER else its / ours for ours, its in zip(*values) if ours > 0 and its > 0]
            row("  beside", spread(values[1], figure.unit, digits))
            if ratios:
                row("  times better, pair by pair", spread(ratios, "x", 2))
    for what, points in growing.items():
        for index, build in enumerate(builds):
            middles = (f"{figure.at:,}: {statistics.median(values[index]):.0f}" for figure, values in points if values[index])
            row(f"{what}, {build.name}", ", ".join(middles))


def charts(gathered_figures, builds, names):
    """The growth jobs among the figures, as lines to be drawn."""
    found = {}
    for figure, values in gathered_figures:
        if figure.at is not None:
            lines = found.setdefault((figure.what, figure.unit), {name: [] for name in names})
            for name, build_values in zip(names, values):
                if build_values:
                    lines[name].append((figure.at, statistics.median(build_values)))
    axes = {"/s": ("bulk test", "executions a second"), "MiB": ("executions so far", "MiB resident")}
    return [drawing.Chart(what[0].upper() + what[1:], *axes[unit], lines) for (what, unit), lines in found.items()]


def measure(labctl, beside, rounds, scale, jobs, svg=None, names=("this", "beside")):
    """Prints every job's figures; whether all orders of this build completed."""
    builds = [Build(labctl, "this")] + ([Build(beside, "beside")] if beside else [])
    for build in builds:
        row(build.name, Run([build.labctl, "--version"], "/").output.decode().strip())
    row("scale", f"{scale.large:,} orders large, {scale.run:,} a run, {scale.step:,} a step, {scale.steps} steps,")
    row("", f"{scale.users:,} users of {scale.each:,} orders (the build beside: at most {scale.each_beside:,})")
    everything = []
    for name in jobs:
        print()
        figures = gathered([in_turns(JOBS[name], builds, scale, number) for number in range(rounds)], builds)
        print_rows(figures, builds)
        everything += figures
    for build in builds:
        row(f"orders that {build.name} did not complete", str(build.failed))
    drawn = charts(everything, builds, names[: len(builds)])
    if svg and drawn:
        svg.write_text(drawing.document(drawn))
    return not builds[0].failed
