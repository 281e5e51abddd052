"""What keeps a handler to its function, as far as the kernel offers it.

Three means, tried once when the parent starts (Linux only; elsewhere there is none of them):
    namespaces   a file tree, processes and shared memory of the worker's own; the package is /var/task, its folder /tmp
    Landlock     the host's file tree, of which the worker may read and write what it needs only
    a user       for root: a user of the worker's own, so that root's files and processes are another's
https://man7.org/linux/man-pages/man7/namespaces.7.html, https://man7.org/linux/man-pages/man7/landlock.7.html
"""
import os
import resource
import signal
import struct
import sys

try:
    import ctypes

    LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
except Exception:
    LIBC = None

# Of sched.h, sys/mount.h and sys/prctl.h; the numbers of system calls above 423 are the same on every machine.
NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS = 0x20000, 0x8000000, 0x10000000, 0x20000000
BIND, RECURSIVE, PRIVATE, DETACH = 0x1000, 0x4000, 0x40000, 2
READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXECUTION = 1, 2, 4, 8
END_WITH_PARENT, DUMPABLE, DROP_BOUND, ADOPT, NO_NEW_PRIVILEGES = 1, 4, 24, 36, 38
MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 442, 444, 445, 446

# Read-only and the same for everybody: the system's programs and libraries.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix/store", "/gnu/store")
DEVICES = ("null", "zero", "full", "random", "urandom")
# Users of workers that root runs: below what a container's namespace maps.
FIRST_USER, USERS = 40000, 20000
# Lambda's limits. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PROCESSES, FILES = 1024, 1024
TASK_ROOT, RUNTIME_ROOT, TEMPORARY = "/var/task", "/var/runtime", "/tmp"


def checked(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def mount(source, target, kind=None, flags=0, options=None):
    encode = lambda text: None if text is None else os.fsencode(text)  # noqa: E731
    checked(LIBC.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options)))


def set_attributes(path, attributes, recursive=True):
    """Adds attributes to a mount and those below it; what a mount was locked with stays."""
    fields = struct.pack("=QQQQ", attributes, 0, 0, 0)
    flags = 0x8000 if recursive else 0
    checked(LIBC.syscall(MOUNT_SETATTR, -100, os.fsencode(path), flags, fields, ctypes.c_size_t(len(fields))))


def prctl(option, value=0):
    return LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def adopt_orphans():
    """Asks the kernel to hand us whatever our descendants leave behind, in whatever session it hides."""
    if LIBC:
        prctl(ADOPT, 1)


def end_with_parent(parent):
    """Asks the kernel to end this process with its parent, also in the middle of a handler."""
    if LIBC:
        prctl(END_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def continue_as_first():
    """Goes on as the first of its own processes; what called this waits for its end and ends alike."""
    pid = os.fork()
    if pid == 0:
        prctl(END_WITH_PARENT, signal.SIGKILL)
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os._exit(code if code >= 0 else 1)


def drop_capabilities():
    for number in range(64):
        if prctl(DROP_BOUND, number) != 0:
            break
    header, nothing = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    checked(LIBC.capset(header, nothing))


class Confinement:
    """One of the ways; what the parent does before it forks, and what a worker does to itself."""

    def __init__(self, way, own_user, folder, packages, standin):
        self.way, self.own_user, self.folder, self.standin = way, own_user, folder, standin
        self.tree = os.path.join(folder, "tree")
        self.own_pids = None
        needed = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)]
        needed += [os.path.dirname(sys.executable)] + [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))] + packages
        needed += [os.path.realpath(path) for path in needed]
        self.python = outermost(path for path in needed if os.path.isdir(path) and path != "/")

    def describe(self):
        return self.way + (" and a user of its own" if self.own_user else "")

    # The parent's part.

    def prepare(self):
        if self.way == "namespaces":
            self.open_namespaces()
            self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
            self.plant()

    def open_namespaces(self):
        user, group = os.geteuid(), os.getegid()
        if user != 0 or LIBC.unshare(NEW_MOUNTS) != 0:
            # Processes too: who has no rights outside may only come back to processes that are its own.
            checked(LIBC.unshare(NEW_USER | NEW_MOUNTS | NEW_PIDS))
            for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)), ("gid_map", "%d %d 1" % (group, group))):
                with open("/proc/self/" + name, "w") as file:
                    file.write(text)
            continue_as_first()
        mount("none", "/", flags=RECURSIVE | PRIVATE)

    def plant(self):
        """The file tree that all workers begin with: the system and python, read-only."""
        os.makedirs(self.tree, exist_ok=True)
        mount("labctl", self.tree, "tmpfs", NO_SETUID | NO_DEVICES, "mode=755,size=1m")
        resolver = os.path.dirname(os.path.realpath("/etc/resolv.conf"))
        extra = [resolver] if resolver.startswith("/run/") else []
        for path in outermost([path for path in SYSTEM if not os.path.islink(path)] + self.python + extra + ["/sys/devices/system/cpu"]):
            if os.path.isdir(path) and not below(path, TEMPORARY):
                self.bind(path, self.tree + path)
        for path in SYSTEM:
            if os.path.islink(path):
                os.symlink(os.readlink(path), self.tree + path)
        os.makedirs(self.tree + "/dev")
        for name in DEVICES:
            open(self.tree + "/dev/" + name, "w").close()
            mount("/dev/" + name, self.tree + "/dev/" + name, flags=BIND)
        for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
            os.symlink("/proc/self/fd" + target, self.tree + "/dev/" + name)
        self.bind(self.standin, self.tree + RUNTIME_ROOT)
        for path in (TASK_ROOT, TEMPORARY, "/proc", "/opt", "/run"):
            os.makedirs(self.tree + path, exist_ok=True)
        set_attributes(self.tree, READ_ONLY | NO_SETUID)

    @staticmethod
    def bind(source, target):
        os.makedirs(target, exist_ok=True)
        mount(source, target, flags=BIND | RECURSIVE)

    def fork(self):
        """Forks; the child is the first of its own processes where there are namespaces."""
        if self.own_pids is None:
            return os.fork()
        checked(LIBC.unshare(NEW_PIDS))
        try:
            return os.fork()
        finally:
            # In the child this changes nothing: these processes are its own already.
            LIBC.setns(self.own_pids, NEW_PIDS)

    # The worker's part.

    def enter(self, order):
        """Confines this process for good. Gives the package, the temporary folder and the stand-ins as it sees them."""
        task_root, folder, standin = order["task_root"], order["folder"], self.standin
        soft = min(FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        if soft > 0:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        if LIBC is None:
            return task_root, folder, standin
        user = FIRST_USER + order["worker"] % USERS if self.own_user else None
        if user is not None:
            os.chown(folder, user, user)
        if self.way == "namespaces":
            self.move_in(task_root, folder)
            task_root, folder, standin = TASK_ROOT, TEMPORARY, RUNTIME_ROOT
        elif user is not None:
            task_root = self.readable(task_root)
        if user is not None:
            resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        elif self.way == "namespaces" or os.geteuid() == 0:
            drop_capabilities()
        prctl(NO_NEW_PRIVILEGES, 1)
        if self.way == "Landlock":
            self.fence(task_root, folder)
        # Its own entries in /proc are its own again, and the endpoint can measure it.
        prctl(DUMPABLE, 1)
        return task_root, folder, standin

    def move_in(self, task_root, folder):
        checked(LIBC.unshare(NEW_MOUNTS | NEW_IPC))
        mount(task_root, self.tree + TASK_ROOT, flags=BIND)
        set_attributes(self.tree + TASK_ROOT, READ_ONLY | NO_SETUID | NO_DEVICES)
        mount(folder, self.tree + TEMPORARY, flags=BIND)
        set_attributes(self.tree + TEMPORARY, NO_SETUID | NO_DEVICES)
        for path in self.python:
            if below(path, TEMPORARY):
                self.bind(path, self.tree + path)
                set_attributes(self.tree + path, READ_ONLY | NO_SETUID)
        mount("proc", self.tree + "/proc", "proc", NO_SETUID | NO_DEVICES | NO_EXECUTION)
        os.chdir(self.tree)
        checked(LIBC.pivot_root(b".", b"."))
        checked(LIBC.umount2(b".", DETACH))
        os.chdir("/")

    def readable(self, task_root):
        """The package, or a copy of it where the worker's user could not reach it."""
        path = task_root
        while path != "/":
            if not os.stat(path).st_mode & 0o001:
                break
            path = os.path.dirname(path)
        else:
            return task_root
        copy = os.path.join(self.folder, "task", os.path.basename(task_root.rstrip("/")))
        if not os.path.isdir(copy):
            import shutil
            import tempfile

            os.makedirs(os.path.dirname(copy), mode=0o755, exist_ok=True)
            fresh = tempfile.mkdtemp(dir=os.path.dirname(copy))
            inner = os.path.join(fresh, "package")
            shutil.copytree(task_root, inner)
            try:
                os.rename(inner, copy)
            except OSError:
                # Another worker was first.
                pass
            shutil.rmtree(fresh, ignore_errors=True)
        return copy

    def fence(self, task_root, folder):
        version = checked(LIBC.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))
        known = (1 << 13) - 1
        for since, right in ((2, 13), (3, 14), (5, 15)):
            known |= (1 << right) if version >= since else 0
        fields = struct.pack("=QQQ", known, 0, 3)
        # Sixth version: no signals to, and no abstract sockets of, others.
        size = 24 if version >= 6 else 8
        rules = checked(LIBC.syscall(LANDLOCK_CREATE, fields, ctypes.c_size_t(size), 0))
        reading = 1 | 4 | 8
        # Nothing of a file but: run, write, read, cut, control.
        of_files = (1 | 2 | 4 | 1 << 14 | 1 << 15) & known
        allowed = [(path, reading) for path in SYSTEM + tuple(self.python) + (task_root, self.standin)]
        allowed += [("/sys/devices/system/cpu", reading), ("/proc/self", reading), (folder, known)]
        allowed += [("/proc/" + name, reading) for name in ("cpuinfo", "meminfo", "stat", "sys", "loadavg", "uptime", "version")]
        allowed += [("/dev/" + name, reading | 2) for name in DEVICES]
        allowed += [(os.path.dirname(os.path.realpath("/etc/resolv.conf")), reading)]
        for path, rights in allowed:
            try:
                descriptor = os.open(path, 0o10000000)
            except OSError:
                continue
            is_folder = os.path.isdir(path)
            rule = struct.pack("=Qi", rights if is_folder else rights & of_files, descriptor)
            checked(LIBC.syscall(LANDLOCK_ADD, rules, 1, rule, 0))
            os.close(descriptor)
        checked(LIBC.syscall(LANDLOCK_RESTRICT, rules, 0))
        os.close(rules)


def below(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def outermost(paths):
    """These folders without those inside others of them."""
    kept = []
    for path in sorted(set(os.path.normpath(path) for path in paths), key=len):
        if not any(below(path, outer) for outer in kept):
            kept.append(path)
    return kept


def choose(most, folder, packages, standin):
    """The strongest way that works here, of those up to `most`, tried in a child each."""
    ways = ["namespaces", "Landlock", "none"]
    users = [True, False] if os.geteuid() == 0 else [False]
    if LIBC is not None:
        for way in ways[ways.index(most):]:
            for own_user in users:
                one = Confinement(way, own_user, folder, packages, standin)
                if works(one):
                    return one
    return Confinement("none", False, folder, packages, standin)


def works(one):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = rehearse(one)
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def rehearse(one):
    """Does all that a worker will: the package is an empty folder here."""
    import tempfile

    folder = tempfile.mkdtemp(dir=one.folder)
    task_root = tempfile.mkdtemp(dir=one.folder)
    os.chmod(task_root, 0o755)
    one.prepare()
    pid = one.fork()
    if pid == 0:
        status = 1
        try:
            seen, temporary, _ = one.enter({"task_root": task_root, "folder": folder, "worker": 0})
            os.listdir(seen)
            open(os.path.join(temporary, "probe"), "w").close()
            open(os.__file__).close()
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    status = os.waitpid(pid, 0)[1]
    os.rmdir(task_root)
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    return os.waitstatus_to_exitcode(status)
