#!/usr/bin/env python3
"""What a page of the console costs the endpoint that is busy, and how soon a change is on it. Not part of .ci/run.

Usage: live.py [--rate N] [--seconds N] [--rounds N] LABCTL

A server with one user is given so many executions a second for so many seconds, in turns with nobody looking and with the stream of the state machine's page open. Printed are
the server's processor time for each second, and, of the executions on the page, the time from their start to the moment at which the stream brought it.
"""

import argparse
import datetime
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import threading
import time
import urllib.parse

from processes import Run, folder_with, row, served, spread

PAGE = "/_console/us-east-1/machines/user1-order-processing-workflow"
# A row of the table of executions: name, status, outcome, started.
STARTED = re.compile(r'executions/([^"]+)">.*?<td>([A-Z][a-z]{2} \d\d, \d{4}, [\d:.]+) \(UTC\)</td>')


def processor(pid):
    """Seconds of processors that a process has had, without its children."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Page:
    """A browser's stream of the page."""

    def __init__(self, labctl, folder):
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        address = subprocess.run([labctl, "console"], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout.strip()
        place = urllib.parse.urlsplit(address)
        headers = {"Origin": f"http://{place.netloc}", "Content-Type": "application/x-www-form-urlencoded"}
        connection = http.client.HTTPConnection(place.netloc)
        connection.request("POST", "/_console/session", urllib.parse.urlencode({"token": place.fragment}), headers)
        cookie = connection.getresponse().getheader("set-cookie").split(";")[0]
        self.connection = http.client.HTTPConnection(place.netloc)
        self.connection.request("GET", f"/_console/stream?page={urllib.parse.quote(PAGE, safe='')}", headers={"Cookie": cookie})
        self.answer = self.connection.getresponse()
        self.pages, self.lags, self.known = 0, [], None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.answer:
            if not line.startswith(b"data: "):
                continue
            now = time.time()
            found = {name: moment(text) for name, text in STARTED.findall(json.loads(line[6:]))}
            self.pages += 1
            # What was there before the page was opened is nobody's change.
            if self.known is not None:
                self.lags += [1000 * (now - at) for name, at in found.items() if name not in self.known]
            self.known = (self.known or set()) | set(found)


def moment(text):
    at = datetime.datetime.strptime(text, "%b %d, %Y, %H:%M:%S.%f")
    return at.replace(tzinfo=datetime.timezone.utc).timestamp()


def load(labctl, folder, pid, rate, seconds):
    """The server's processor time a second under load."""
    before, begun = processor(pid), time.perf_counter()
    Run([labctl, "--json", "bulk-test", "--all", "-n", str(rate * seconds), "--rate", str(rate)], folder, accepted=(0, 1, 3, 4))
    return (processor(pid) - before) / (time.perf_counter() - begun)


def main():
    parser = argparse.ArgumentParser(description="What a page of the console costs.")
    parser.add_argument("labctl", type=lambda path: pathlib.Path(path).resolve(strict=True), help="a release build")
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with folder_with(1) as folder, served(given.labctl, folder) as (pid, _):
        Run([given.labctl, "deploy", "--all"], folder)
        load(given.labctl, folder, pid, given.rate, 3)
        alone, watched, lags = [], [], []
        for _ in range(given.rounds):
            alone.append(load(given.labctl, folder, pid, given.rate, given.seconds))
            page = Page(given.labctl, folder)
            watched.append(load(given.labctl, folder, pid, given.rate, given.seconds))
            page.connection.sock.close() if page.connection.sock else page.answer.close()
            lags += page.lags
            row(f"  {page.pages} pages", f"{len(page.lags)} executions seen")
        row(f"processor time a second at {given.rate} executions a second", spread(alone))
        row("the same with the page open", spread(watched))
        row("more", f"{statistics.median(watched) - statistics.median(alone):+.3f} s")
        lags.sort()
        if lags:
            row("from a start to the page: p50, p95, longest", *(f"{lags[min(int(part * len(lags)), len(lags) - 1)]:,.0f} ms" for part in (0.5, 0.95, 1)))


if __name__ == "__main__":
    main()
