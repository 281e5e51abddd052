"""Whole processes of labctl and the folders they run in; measure.py, bulk.py and soak.py share them."""

import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

SETTINGS = {"simulated_delay_scale": 0, "validation_outage_rate": 0, "payment_failure_rate": 0}


class Run:
    """One finished command: seconds on the wall and of processors (with the children it waited for), mebibytes at its peak, what it printed."""

    def __init__(self, command, folder, environment=None, accepted=(0,), count=None):
        """With `count`, the output is not kept, only how often these bytes are in its lines: what is kept counts towards the memory of processes that are started later."""
        base = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            begun = time.perf_counter()
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=base | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
            )
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            self.processor = usage.ru_utime + usage.ru_stime
            # Kilobytes on Linux, bytes on macOS.
            self.mebibytes = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
            output.seek(0)
            self.counted = sum(line.count(count) for line in output) if count else None
            self.output = None if count else output.read()
            if process.returncode not in accepted:
                errors.seek(0)
                words = " ".join(str(word) for word in command)
                sys.exit(f"{words}: exit {process.returncode}\n{errors.read().decode(errors='replace')}")

    def document(self):
        return json.loads(self.output)


@contextlib.contextmanager
def folder_with(users, **settings):
    """A folder with the manifest of so many users."""
    with tempfile.TemporaryDirectory(prefix="labctl-measure-") as name:
        folder = pathlib.Path(name)
        lines = "".join(f"{key} = {value}\n" for key, value in (SETTINGS | settings).items())
        (folder / "lab-manifest.toml").write_text(
            '[lab]\npack = "step-functions"\nname = "lab6"\n\n[target]\nkind = "local"\n\n'
            f'[settings]\n{lines}\n[roster]\nrange = "user1..user{users}"\n'
        )
        yield folder


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_moto(folder, port):
    """The process of a moto that answers, on a loopback port."""
    program = pathlib.Path(sys.executable).parent / "moto_server"
    log = open(folder / "moto.log", "wb")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    server = subprocess.Popen([str(program), "-H", "127.0.0.1", "-p", str(port)], env=environment, cwd=folder, stdout=log, stderr=log)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=1).read()
            return server
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    sys.exit("moto did not start:\n" + (folder / "moto.log").read_text(errors="replace"))


def row(what, *figures):
    print(f"{what:<72} " + "  ".join(figures), flush=True)


def spread(values, unit="s", digits=2):
    values = sorted(values)
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} {unit} ({values[0]:,.{digits}f}–{values[-1]:,.{digits}f}, n={len(values)})"


@contextlib.contextmanager
def served(labctl, folder, *options):
    """`labctl local serve` with these options on the folder's store; commands there then use it."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    server = subprocess.Popen(
        [str(labctl), "local", "serve", "--port", "0", *options],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        lines = [server.stdout.readline().decode() for _ in range(6)]
        yield server.pid, dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
    finally:
        server.terminate()
        server.wait(timeout=120)


def resident(pid):
    """MiB of memory that a process has now."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / (1 << 10)


def stored(folder):
    """Bytes of all files of the endpoint's store. One that goes while they are counted has none."""
    total = 0
    for file in (folder / "out" / "local").rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size if file.is_file() else 0
    return total
