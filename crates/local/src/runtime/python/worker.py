"""One worker: loads one function's code, then answers one request at a time, as Lambda's Python runtime does.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html and python-exceptions.html give the contract; what is written
how, https://github.com/aws/aws-lambda-python-runtime-interface-client.
A message is two frames: a JSON header, then the bytes of the payload.
"""
import datetime  # noqa: F401  (imported here once, so that no handler pays for it; more is in zygote.py)
import decimal  # noqa: F401
import hashlib  # noqa: F401
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

import answer
import temporary

# What Lambda's Python runtime has besides the standard library; everything else belongs into the package.
RUNTIME_PACKAGES = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"}
OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + "/"
TASK_ROOT = "/var/task/"

# What one reservation may ask for beyond the configured memory: stacks of threads that libraries start, and their heaps,
# of which there are some per processor.
SPARE_BYTES = (256 << 20) + (96 << 20) * max((os.cpu_count() or 1) - 2, 0)
STACK_BYTES = 9 << 20

# Bytes that are asked for at once.
AT_ONCE = 64 << 10

# The host's Node.js, where there is one.
NODE = None

# Stands for a line's end within one log event; the endpoint puts it back.
INNER_LINE_END = "\x1e"


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


class Identity:
    """Of a caller that is no mobile application's."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, facts, request):
        self.aws_request_id = request["request_id"]
        self.log_group_name = facts["log_group"]
        self.log_stream_name = facts["log_stream"]
        self.function_name = facts["name"]
        self.memory_limit_in_mb = str(facts["memory_mb"])
        self.function_version = facts["version"]
        self.invoked_function_arn = request["arn"]
        self.tenant_id = None
        self.client_context = None
        self.identity = Identity()
        self._deadline = time.monotonic() + request["timeout_ms"] / 1000

    def get_remaining_time_in_millis(self):
        return max(int((self._deadline - time.monotonic()) * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        shown = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version "
            "invoked_function_arn client_context identity tenant_id"
        ).split()
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in shown)


class Channel:
    def __init__(self, path, worker, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        hello = json.dumps({"worker": worker, "channel": name}).encode()
        self.socket.sendall(struct.pack(">I", len(hello)) + hello)

        self.ahead = b""

    def read(self, size):
        """So many bytes. What comes with them is kept: a small request is one call of the system."""
        have = self.ahead
        if len(have) < size:
            pieces, missing = [have], size - len(have)
            while missing > 0:
                piece = self.socket.recv(max(missing, AT_ONCE))
                if not piece:
                    raise EOFError
                pieces.append(piece)
                missing -= len(piece)
            have = b"".join(pieces)
        self.ahead = have[size:]
        return have[:size]

    def read_frame(self):
        return self.read(struct.unpack(">I", self.read(4))[0])

    def send(self, header, payload=b""):
        header = json.dumps(header).encode()
        self.socket.sendall(struct.pack(">I", len(header)) + header + struct.pack(">I", len(payload)) + payload)


class LambdaLog(logging.Handler):
    """What Lambda hangs on the root logger. A record is one log event, however many lines it has."""

    def __init__(self):
        super().__init__()
        self.request_id = ""
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        logging.Formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record):
        record.aws_request_id = self.request_id
        try:
            sys.stdout.write(self.format(record).replace("\n", INNER_LINE_END) + "\n")
        except Exception:
            self.handleError(record)


def limit_memory(order):
    """What is resident the endpoint measures; here only reservations are refused that no such memory could ever hold."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[5]) * resource.getpagesize()
    except OSError:
        return
    room = now + order["memory_bytes"] + SPARE_BYTES
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (room, hard))
    import _thread
    import threading

    start = _thread.start_new_thread

    def start_with_room(*arguments, **settings):
        # A thread's stack is address space, not memory.
        soft = resource.getrlimit(resource.RLIMIT_DATA)[0]
        resource.setrlimit(resource.RLIMIT_DATA, (soft + STACK_BYTES, hard))
        return start(*arguments, **settings)

    for module, name in ((_thread, "start_new_thread"), (threading, "_start_new_thread")):
        if hasattr(module, name):
            setattr(module, name, start_with_room)
    joinable = getattr(_thread, "start_joinable_thread", None)
    if joinable is not None:

        def start_joinable_with_room(*arguments, **settings):
            soft = resource.getrlimit(resource.RLIMIT_DATA)[0]
            resource.setrlimit(resource.RLIMIT_DATA, (soft + STACK_BYTES, hard))
            return joinable(*arguments, **settings)

        for module, name in ((_thread, "start_joinable_thread"), (threading, "_start_joinable_thread")):
            if hasattr(module, name):
                setattr(module, name, start_joinable_with_room)


def settle(order, output, confinement):
    """Turns the fork into a worker: descriptors, confinement, environment, folder, path, limits."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(output.socket.fileno(), 1)
    os.dup2(output.socket.fileno(), 2)
    output.socket.close()
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    own = order["task_root"]
    task_root, folder, standin = confinement.enter(order)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.environ.update({"LAMBDA_TASK_ROOT": task_root, "PWD": task_root})
    if folder == temporary.LITERAL:
        # As on AWS: `/tmp` is the worker's own, and there is no home.
        for name in ("TMPDIR", "HOME"):
            os.environ.pop(name, None)
    else:
        temporary.redirect(folder, [task_root, standin] + confinement.python)
    time.tzset()
    os.umask(0o022)
    os.chdir(task_root)
    sys.path[:] = [task_root] + [path for path in sys.path if path + "/" != OWN_FOLDER] + [standin]
    forget_own_modules()
    sys.argv = [order["handler"]]
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None
    order["places"] = [(place.rstrip("/") + "/", TASK_ROOT) for place in (task_root, own)]
    order["standin"] = standin
    if not is_node(order):
        limit_memory(order)


def is_node(order):
    return order.get("runtime", "").startswith("nodejs")


def become_node(order, control):
    """Goes on as the host's Node.js with the same connections and walls; without one the function fails, and says why."""
    if NODE is None or not os.path.exists(NODE):
        message = "the local endpoint found no `node` on the PATH, with which it would run %s" % order["runtime"]
        kind = "Runtime.InvalidEntrypoint"
        payload = json.dumps({"errorType": kind, "errorMessage": message, "trace": []}).encode()
        control.send({"kind": "failure", "log": "%s: %s" % (kind, message), "init_ms": 0, "memory_kb": 0}, payload)
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.set_inheritable(control.socket.fileno(), True)
    places = order["places"] + [(order["standin"].rstrip("/") + "/", "/var/runtime/")]
    own = {"handler": order["handler"], "facts": order["facts"], "places": places}
    arguments = [NODE, os.path.join(order["standin"], "index.mjs"), str(control.socket.fileno()), json.dumps(own)]
    os.execv(NODE, arguments)


def forget_own_modules():
    """Gives the names of the runtime's own modules free: a package may have a `worker.py` too, and it is that which is meant."""
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if name != "__main__" and os.path.dirname(os.path.abspath(place)) + "/" == OWN_FOLDER:
            del sys.modules[name]


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise answer.Fault(
            "Runtime.MalformedHandlerName",
            "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name,
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise answer.Fault(
            "Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise answer.Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        line = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise answer.Fault(
            "Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [line]
        )
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise answer.Fault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name)
        )


class Worker:
    def __init__(self, order, channel):
        self.channel = channel
        self.facts = order["facts"]
        self.memory_kb = order["memory_bytes"] >> 10
        self.places = order["places"]
        self.writer = answer.Writer(os.environ.get("AWS_EXECUTION_ENV", ""))
        self.handler = None
        self.log = LambdaLog()
        logging.getLogger().addHandler(self.log)
        self.name = order["handler"]

    def start(self):
        """Loads the handler; the first message says how that went."""
        begun = time.monotonic()
        header, payload, loaded = {"kind": "ready"}, b"", False
        try:
            self.handler = load_handler(self.name)
            loaded = True
        except MemoryError:
            header = {"kind": "memory"}
        except Exception as error:
            header, payload = self.failure(error, "")
        header["init_ms"] = (time.monotonic() - begun) * 1000
        self.answer(header, payload)
        return loaded

    def serve(self):
        while True:
            request = json.loads(self.channel.read_frame())
            event = self.channel.read_frame()
            self.log.request_id = request["request_id"]
            if os.environ.get("_X_AMZN_TRACE_ID") != request.get("trace_id", ""):
                os.environ["_X_AMZN_TRACE_ID"] = request.get("trace_id", "")
            self.answer(*self.run(request, event))

    def run(self, request, event):
        try:
            try:
                event = json.loads(event)
            except ValueError as error:
                raise answer.Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
            result = self.handler(event, Context(self.facts, request))
            return {"kind": "result"}, self.writer.result(result)
        except MemoryError:
            return {"kind": "memory"}, b""
        except Exception as error:
            return self.failure(error, request["request_id"])

    def failure(self, error, request_id):
        if isinstance(error, answer.Fault):
            kind, message, trace = error.kind, error.message, error.trace
        else:
            kind, message = type(error).__name__, text_of(error)
            trace = traceback.format_list(self.frames(error))
        message, trace = self.as_on_aws(message), [self.as_on_aws(line) for line in trace]
        log, payload = self.writer.failure(kind, message, request_id, trace)
        return {"kind": "failure", "log": log}, payload

    def as_on_aws(self, text):
        for place, name in self.places:
            text = text.replace(place, name) if place != name else text
        return text

    @staticmethod
    def frames(error):
        """The user's frames; where there are none, the runtime's own, as Lambda shows it."""
        found = traceback.extract_tb(error.__traceback__)
        frames = [one for one in found if not one.filename.startswith((OWN_FOLDER, "<frozen importlib"))]
        if frames or not found:
            return frames
        line = "response = request_handler(event, lambda_context)"
        return [traceback.FrameSummary("/var/runtime/bootstrap.py", 188, "handle_event_request", lookup_line=False, line=line)]

    def answer(self, header, payload):
        flush()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        header["memory_kb"] = peak // 1024 if sys.platform == "darwin" else peak
        is_suspect = header["kind"] != "memory" and header["memory_kb"] > self.memory_kb
        if is_suspect and header["memory_kb"] - shared_kb() > self.memory_kb:
            # It went by too quickly to be seen from outside.
            header, payload = {"kind": "memory", "memory_kb": header["memory_kb"]}, b""
        self.channel.send(header, payload)


def flush():
    """What was printed leaves, also a line without an end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def text_of(error):
    try:
        return str(error)
    except Exception:
        return type(error).__name__


def shared_kb():
    """Of what is resident, that which belongs to files: programs and libraries."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[2]) * resource.getpagesize() >> 10
    except OSError:
        return 0


def live(order, socket_path, confinement):
    """The whole life of a worker. Returns the status to exit with."""
    os.setsid()
    control = Channel(socket_path, order["worker"], "control")
    output = Channel(socket_path, order["worker"], "output")
    settle(order, output, confinement)
    if is_node(order):
        become_node(order, control)
        return 0
    worker = Worker(order, control)
    try:
        if worker.start():
            worker.serve()
    except EOFError:
        return 0
    except SystemExit as end:
        flush()
        if end.code is None:
            return 0
        if isinstance(end.code, int):
            return end.code & 0xFF
        os.write(2, (str(end.code) + "\n").encode("utf-8", "replace"))
        return 1
    except KeyboardInterrupt:
        flush()
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        # What is no Exception nobody catches, here as on AWS: the process ends.
        flush()
        traceback.print_exc()
        return 1
    return 0
