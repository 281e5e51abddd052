"""One worker: loads one function's code, then answers one request at a time, as Lambda's Python runtime does.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html and python-exceptions.html give the contract.
A message is two frames: a JSON header, then the bytes of the payload.
"""
import base64  # noqa: F401  (imported here once, so that no handler pays for it)
import datetime  # noqa: F401
import decimal
import hashlib  # noqa: F401
import hmac  # noqa: F401
import http.client  # noqa: F401
import importlib
import importlib.machinery
import json
import logging
import os
import random  # noqa: F401
import resource
import signal
import socket
import struct
import sys
import time
import traceback
import urllib.parse  # noqa: F401
import uuid  # noqa: F401

# What Lambda's Python runtime has besides the standard library; everything else belongs into the package.
RUNTIME_PACKAGES = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"}
OWN_FILE = os.path.abspath(__file__)


class RuntimePackages:
    """Finds boto3 and what it needs among the host's packages, and nothing else there."""

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, name, path=None, target=None):
        if path is None and name in RUNTIME_PACKAGES:
            return importlib.machinery.PathFinder.find_spec(name, self.folders, target)
        return None


def offer_packages(folders):
    sys.meta_path.append(RuntimePackages(folders))


class Fault(Exception):
    """The runtime's own errors: `Runtime.ImportModuleError` and its kin."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, facts, request):
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["arn"]
        self.function_name = facts["name"]
        self.function_version = facts["version"]
        self.memory_limit_in_mb = str(facts["memory_mb"])
        self.log_group_name = facts["log_group"]
        self.log_stream_name = facts["log_stream"]
        self.client_context = None
        self.identity = None
        self._deadline = time.monotonic() + request["timeout_ms"] / 1000

    def get_remaining_time_in_millis(self):
        return max(int((self._deadline - time.monotonic()) * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


class Channel:
    def __init__(self, path, worker, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        hello = json.dumps({"worker": worker, "channel": name}).encode()
        self.socket.sendall(struct.pack(">I", len(hello)) + hello)

    def read(self, size):
        data = bytearray(size)
        view, have = memoryview(data), 0
        while have < size:
            count = self.socket.recv_into(view[have:])
            if count == 0:
                raise EOFError
            have += count
        return bytes(data)

    def read_frame(self):
        return self.read(struct.unpack(">I", self.read(4))[0])

    def send(self, header, payload=b""):
        header = json.dumps(header).encode()
        self.socket.sendall(struct.pack(">I", len(header)) + header + struct.pack(">I", len(payload)) + payload)


class LambdaLog(logging.Handler):
    """What Lambda hangs on the root logger."""

    def __init__(self):
        super().__init__()
        self.request_id = ""
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record):
        record.aws_request_id = self.request_id
        try:
            sys.stdout.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def tie_life_to_parent():
    """Asks the kernel to end this process with the zygote, also in the middle of a handler (Linux)."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    except Exception:
        # Elsewhere the zygote ends its workers, and an idle worker ends when its channel does.
        pass


def limit_memory(bytes_more):
    try:
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + bytes_more, now + bytes_more))
    except (OSError, ValueError):
        pass
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def settle(order, output):
    """Turns the fork into a worker: descriptors, environment, folder, path, limits."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(output.socket.fileno(), 1)
    os.dup2(output.socket.fileno(), 2)
    output.socket.close()
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.umask(0o022)
    os.chdir(order["folder"])
    own = os.path.dirname(OWN_FILE)
    sys.path[:] = [order["task_root"]] + [path for path in sys.path if path != own] + [order["standin"]]
    sys.argv = [order["handler"]]
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None
    limit_memory(order["memory_bytes"])


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name,
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        line = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [line])
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name)
        )


def to_json(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8")
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


class Worker:
    def __init__(self, order, channel):
        self.channel = channel
        self.facts = order["facts"]
        self.task_root = order["task_root"].rstrip("/") + "/"
        self.handler = None
        self.log = LambdaLog()
        logging.getLogger().addHandler(self.log)
        self.name = order["handler"]

    def start(self):
        """Loads the handler; the first message says how that went."""
        begun = time.monotonic()
        header, payload = {"kind": "ready"}, b""
        try:
            self.handler = load_handler(self.name)
        except Exception as error:
            header, payload = self.failure(error, None)
        header["init_ms"] = (time.monotonic() - begun) * 1000
        self.answer(header, payload)
        return self.handler is not None

    def serve(self):
        while True:
            request = json.loads(self.channel.read_frame())
            event = self.channel.read_frame()
            self.log.request_id = request["request_id"]
            os.environ["_X_AMZN_TRACE_ID"] = request.get("trace_id", "")
            self.answer(*self.run(request, event))

    def run(self, request, event):
        try:
            try:
                event = json.loads(event)
            except ValueError as error:
                raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
            result = self.handler(event, Context(self.facts, request))
            return {"kind": "result"}, self.marshal(result)
        except MemoryError:
            return {"kind": "memory"}, b""
        except Exception as error:
            return self.failure(error, request["request_id"])

    def marshal(self, result):
        if isinstance(result, bytes):
            return result
        try:
            return json.dumps(result, ensure_ascii=False, default=to_json).encode("utf-8", "surrogatepass")
        except MemoryError:
            raise
        except Exception as error:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)

    def failure(self, error, request_id):
        if isinstance(error, Fault):
            kind, message, trace = error.kind, error.message, error.trace
        else:
            kind, message = type(error).__name__, self.text(error)
            trace = traceback.format_list(self.frames(error))
        report = {"errorMessage": message, "errorType": kind}
        if request_id is not None:
            report["requestId"] = request_id
        report["stackTrace"] = trace
        log = "[ERROR] %s: %s\nTraceback (most recent call last):\n%s" % (kind, message, "".join(trace))
        payload = json.dumps(report, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return {"kind": "failure", "log": log.rstrip("\n").encode("utf-8", "replace").decode()}, payload

    @staticmethod
    def text(error):
        try:
            return str(error)
        except Exception:
            return type(error).__name__

    def frames(self, error):
        """The user's frames, with the package where Lambda keeps it."""
        frames = []
        for frame in traceback.extract_tb(error.__traceback__):
            name = frame.filename
            if name == OWN_FILE or name.startswith("<frozen importlib"):
                continue
            if name.startswith(self.task_root):
                # The line's text is read now, from the real place.
                frame.line  # noqa: B018
                frame.filename = "/var/task/" + name[len(self.task_root):]
            frames.append(frame)
        return frames

    def answer(self, header, payload):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        header["memory_kb"] = peak // 1024 if sys.platform == "darwin" else peak
        self.channel.send(header, payload)


def live(order, socket_path, standin):
    """The whole life of a worker. Returns the status to exit with."""
    os.setsid()
    tie_life_to_parent()
    control = Channel(socket_path, order["worker"], "control")
    output = Channel(socket_path, order["worker"], "output")
    order["standin"] = standin
    settle(order, output)
    worker = Worker(order, control)
    try:
        if worker.start():
            worker.serve()
    except EOFError:
        return 0
    except SystemExit as end:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        if end.code is None:
            return 0
        if isinstance(end.code, int):
            return end.code & 0xFF
        os.write(2, (str(end.code) + "\n").encode("utf-8", "replace"))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
