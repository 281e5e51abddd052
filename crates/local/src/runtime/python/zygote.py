"""The warmed parent of all workers. It runs no handler itself: told to by the endpoint, it forks.

Commands come on standard input, events leave on standard output; both are frames (four bytes of length, then JSON).
    {"do": "fork", "worker": 7, ...}    ->  nothing: the worker itself connects; or {"failed": 7, "reason": "..."}
    {"do": "kill", "worker": 7}
    {"do": "ping"}                      ->  {"pong": true}
    {"do": "end"}
    a worker's end                      ->  {"ended": 7, "status": 1}  or  {"ended": 7, "signal": 9}
When standard input ends, the endpoint is gone, and so are all workers.

On Linux each worker has a keeper: a process between this one and the worker that outlives it only to end what it left.
"""
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import struct
import sys
import time

# Imported after so many seconds without an order, or when so many workers were made: the first orders do not wait for it.
LIBRARY = ("base64", "hmac", "http.client", "urllib.parse", "uuid")
LULL, MANY = 1.0, 16


def read_exactly(descriptor, size):
    data = b""
    while len(data) < size:
        piece = os.read(descriptor, size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_frame(descriptor):
    (size,) = struct.unpack(">I", read_exactly(descriptor, 4))
    return json.loads(read_exactly(descriptor, size))


def tell(event):
    data = json.dumps(event).encode()
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(1, data):]


def end_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass


def children():
    """Our children as the kernel lists them; none where there is no /proc. Whoever just ended may be missing, or another with it."""
    try:
        with open("/proc/self/task/%d/children" % os.getpid()) as file:
            return [int(pid) for pid in file.read().split()]
    except (OSError, ValueError):
        # A kernel without that list.
        return children_among_all()


def children_among_all():
    found = []
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return found
    for name in names:
        try:
            with open("/proc/%s/stat" % name, "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == os.getpid():
            found.append(int(name))
    return found


def end_descendants(patience=2.0):
    """Ends our children until none is left: those of a child that ended have become ours."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        for pid in children():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return


class Ended(Exception):
    """A keeper was told to end."""


def raise_ended(*_):
    # Once is enough: what follows must not be cut short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Ended


class Zygote:
    def __init__(self, socket_path, confinement):
        self.socket_path, self.confinement = socket_path, confinement
        self.workers = {}
        self.warm_boto3 = False
        self.forks = 0
        self.is_full = False
        self.alarm, self.alarm_end = os.pipe()
        for end in (self.alarm, self.alarm_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self.alarm_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self):
        while True:
            ready, _, _ = select.select([0, self.alarm], [], [], None if self.is_full else LULL)
            if not self.is_full and (not ready or self.forks >= MANY):
                self.is_full = True
                self.preload_library()
            if self.alarm in ready:
                try:
                    os.read(self.alarm, 4096)
                except BlockingIOError:
                    pass
                self.reap()
            if 0 in ready:
                try:
                    self.obey(read_frame(0))
                except EOFError:
                    break
        for pid in list(self.workers):
            self.end_worker(pid)
        if self.confinement.way != "namespaces":
            end_descendants()
            return
        # What is left of them ends with them, in their own namespaces.
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            pass

    def obey(self, order):
        if order["do"] == "end":
            raise EOFError
        if order["do"] == "ping":
            tell({"pong": True})
            return
        if order["do"] == "kill":
            for pid, worker in self.workers.items():
                if worker == order["worker"]:
                    self.end_worker(pid)
            return
        if order["boto3"] and not self.warm_boto3:
            self.warm_boto3 = True
            self.preload_boto3()
        self.forks += 1
        try:
            pid = self.confinement.fork()
        except OSError as error:
            tell({"failed": order["worker"], "reason": str(error)})
            return
        if pid == 0:
            status = 1
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(self.alarm)
                os.close(self.alarm_end)
                if self.confinement.own_pids is not None:
                    os.close(self.confinement.own_pids)
                status = self.keep(order) if KEEPS else self.live(order)
            except Exception as error:
                # On standard error the endpoint listens for as long as this process lives.
                sys.stderr.write("%s: %s\n" % (type(error).__name__, error))
                sys.stderr.flush()
            finally:
                os._exit(status)
        self.workers[pid] = order["worker"]

    def end_worker(self, pid):
        """Ends a worker by its keeper, or where there is none itself."""
        if not KEEPS:
            end_group(pid)
        try:
            if not KEEPS or self.confinement.way == "namespaces":
                # With its first process all the others of a namespace end; a worker may not have made its group yet.
                os.kill(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGTERM)
                os.kill(pid, signal.SIGCONT)
        except OSError:
            pass

    def live(self, order):
        import worker

        return worker.live(order, self.socket_path, self.confinement)

    def keep(self, order):
        """The keeper: makes the worker, waits for its end, tells it, and ends what the worker left behind."""
        confine.end_with_parent(os.getppid())
        confine.adopt_orphans()
        signal.signal(signal.SIGTERM, raise_ended)
        keeper = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            confine.end_with_parent(keeper)
            return self.live(order)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        try:
            while True:
                ended, status = os.wait()
                if ended == pid:
                    break
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            # In a namespace the others end with this process; elsewhere they are looked for.
            end_group(pid)
            event = {"ended": order["worker"]}
            if os.WIFSIGNALED(status):
                event["signal"] = os.WTERMSIG(status)
            else:
                event["status"] = os.WEXITSTATUS(status)
            tell(event)
        except Ended:
            end_group(pid)
        if self.confinement.way != "namespaces":
            end_descendants()
        return 0

    def preload_library(self):
        """Pays once for what many handlers import and the first workers did not wait for."""
        for name in LIBRARY:
            try:
                importlib.import_module(name)
            except Exception:
                # The worker imports it again, and there the handler sees the error.
                pass
        gc.freeze()

    def preload_boto3(self):
        """Pays for the import of the installed boto3 once, and only when a function wants it."""
        try:
            if importlib.util.find_spec("boto3") is not None:
                import boto3  # noqa: F401
        except Exception:
            # The worker imports it again, and there the handler sees the error.
            pass

    def reap(self):
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            # A worker's group is ended before the pid can be used again.
            if ended.si_pid in self.workers and not KEEPS:
                end_group(ended.si_pid)
            pid, status = os.waitpid(ended.si_pid, 0)
            if pid not in self.workers:
                # What a worker had left behind.
                continue
            # Where there is a keeper it has told how its worker ended, unless it was ended itself: the first word counts.
            event = {"ended": self.workers.pop(pid)}
            if os.WIFSIGNALED(status):
                event["signal"] = os.WTERMSIG(status)
            else:
                event["status"] = os.WEXITSTATUS(status)
            tell(event)


def main():
    (packages, worker_node), socket_path, standin, most = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    import worker

    worker.offer_packages(packages)
    worker.NODE = worker_node
    # What workers may read beside the system: python's folders, and those of Node.js.
    seen = packages + ([os.path.dirname(os.path.dirname(worker_node))] if worker_node else [])
    confinement = confine.choose(most, os.path.dirname(socket_path), seen, standin)
    confinement.prepare()
    confine.adopt_orphans()
    version = ".".join(str(part) for part in sys.version_info[:3])
    tell({"python": version, "confinement": confinement.describe()})
    gc.freeze()
    Zygote(socket_path, confinement).serve()


# A keeper needs what only Linux has: an end with the parent, and orphans that come back.
KEEPS = sys.platform == "linux"

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import confine

    main()
