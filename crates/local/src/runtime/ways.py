import ctypes, glob, json, os, signal, socket, stat, subprocess, tempfile

LIBC = ctypes.CDLL(None, use_errno=True)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def holds(data, event):
    return event["secret"].encode() in data


def processes():
    return [name for name in os.listdir("/proc") if name.isdigit()]


def attempt(way, event):
    try:
        return bool(way(event))
    except Exception:
        return False


def any_of(event, path):
    """Whether a file of some process shows the secret."""
    def shows(pid):
        try:
            return holds(read(path % pid), event)
        except OSError:
            return False
    return any(shows(pid) for pid in processes())


def write(path):
    with open(path, "w") as file:
        file.write("x")
    return True


def made_writable(event):
    root = os.environ["LAMBDA_TASK_ROOT"]
    os.chmod(root, 0o755)
    return write(root + "/written")


def unmounted(event):
    LIBC.unshare(0x10000000 | 0x20000)
    return LIBC.umount2(b"/var/task", 2) == 0 or LIBC.umount2(b"/tmp", 2) == 0 or LIBC.umount2(b"/proc", 2) == 0


def in_child(way):
    """Runs a way in a process of its own, since it changes the process."""
    def run(event):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if attempt(way, event) else 1)
        return os.waitpid(pid, 0)[1] == 0
    return run


def others_folder(event):
    own = os.environ.get("TMPDIR", tempfile.gettempdir())
    around = os.path.dirname(own)
    return any(holds(read(name), event) for name in glob.glob(around + "/*/left"))


def copied(event):
    size = 4096
    local, remote = ctypes.create_string_buffer(size), ctypes.c_void_p(0x400000)
    class Vector(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
    here, there = Vector(ctypes.cast(local, ctypes.c_void_p), size), Vector(remote, size)
    result = LIBC.process_vm_readv(event["endpoint"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return result >= 0 or ctypes.get_errno() == 14


def socket_of_workers(event):
    one = socket.socket(socket.AF_UNIX)
    one.connect(event["socket"])
    return True


WAYS = {
    "environment of the endpoint": lambda event: os.path.exists("/proc/%d" % event["endpoint"]) and read("/proc/%d/environ" % event["endpoint"]),
    "environment of the user's other processes": lambda event: any_of(event, "/proc/%s/environ"),
    "arguments of the user's other processes": lambda event: any_of(event, "/proc/%s/cmdline"),
    "memory of the endpoint": lambda event: read("/proc/%d/maps" % event["endpoint"]),
    "memory of the endpoint, copied": copied,
    "open files of the endpoint": lambda event: os.listdir("/proc/%d/fd" % event["endpoint"]),
    "file tree of the endpoint": lambda event: os.listdir("/proc/%d/root/" % event["endpoint"]),
    "keys of the endpoint, beside the packages": lambda event: holds(read(os.environ["LAMBDA_TASK_ROOT"] + "/../../endpoint.json"), event),
    "keys of the endpoint, by their path": lambda event: holds(read(event["keys"]), event),
    "packages of other functions": lambda event: any(holds(read(name), event) for name in glob.glob(os.environ["LAMBDA_TASK_ROOT"] + "/../*/other.py")),
    "files of the instructor": lambda event: holds(read(event["credentials"]), event),
    "a file that another function left in `/tmp`": lambda event: holds(read("/tmp/" + event["left"]), event),
    "temporary folders of other workers": others_folder,
    "the socket that workers come from": socket_of_workers,
    "a write into its own package": lambda event: write(os.environ["LAMBDA_TASK_ROOT"] + "/written"),
    "a write into its own package, made writable first": made_writable,
    "a write into the working directory": lambda event: write("written"),
    "a signal to the endpoint": lambda event: os.kill(event["endpoint"], 0) is None,
    "a signal to its parent": lambda event: os.kill(os.getppid(), 0) is None and os.getppid() != 1,
    "becoming root": in_child(lambda event: os.setuid(0) is None and read("/proc/1/environ") is not None),
    "mounting over the system": in_child(lambda event: LIBC.mount(b"x", b"/usr", b"tmpfs", 0, None) == 0),
    "taking its own walls down": in_child(unmounted),
    "a device of the machine": in_child(lambda event: os.mknod(tempfile.mkdtemp() + "/disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0)) is None),
    "the list of the machine's processes": lambda event: len(processes()) > 8,
}


def leave(event):
    """The other function: leaves its secret where it may."""
    with open("/tmp/" + event["left"], "w") as file:
        file.write(event["secret"])
    with open(os.path.join(tempfile.gettempdir(), "left"), "w") as file:
        file.write(event["secret"])


def handler(event, context):
    if event.get("leave"):
        return leave(event)
    return sorted(name for name, way in WAYS.items() if attempt(way, event))
