#!/usr/bin/env python3
"""Reports as a browser sees them: of a real class of 30 users, accessible with everything opened; of one student; and of 300 users made of the
same evidence, with its limits.

Usage: .ci/report/report.py LABCTL NODE_FOLDER CHROMIUM
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MANIFEST = """[lab]
pack = "step-functions"
name = "lab6"

[roster]
range = "user1..user300"

[settings]
simulated_delay_scale = 0
"""
# What no page may be larger than.
MOST_BYTES = 3_000_000
MOST_PAGES = 25


def main(labctl: str, node: str, chromium: str) -> None:
    labctl = str(pathlib.Path(labctl).resolve())
    with tempfile.TemporaryDirectory() as folder:
        lab = pathlib.Path(folder)
        (lab / "lab-manifest.toml").write_text(MANIFEST)

        def run(*arguments: str, codes: tuple[int, ...] = (0,)) -> None:
            ran = subprocess.run([labctl, *arguments], cwd=lab, capture_output=True, text=True, check=False)
            if ran.returncode not in codes:
                sys.exit(f"labctl {' '.join(arguments)} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")

        def look(page: pathlib.Path, *options: str) -> None:
            script = pathlib.Path(node) / "page.mjs"
            script.write_text((HERE / "page.mjs").read_text())
            print(f"{page.name}: {page.stat().st_size} bytes")
            ran = subprocess.run(["node", str(script), chromium, str(page), *options], check=False)
            if ran.returncode != 0 or page.stat().st_size > MOST_BYTES:
                sys.exit(f"{page.name}: see above")

        # The third user has no lab: everything fails.
        run("deploy", "--user", "user1,user2")
        run("bulk-test", "--user", "user1,user2", "-n", "20")
        run("verify", "--user", "user1,user2,user3", "--time", "jump", codes=(4,))
        runs = lab / "out" / "runs" / "verify"
        first = next(runs.glob("*.jsonl"))
        for count in (30, 300):
            multiply(first, runs / f"class{count}.jsonl", count)
            run("report", "--from", f"class{count}", "-o", f"class{count}.html")
        run("report", "--student", "user3", "-o", "student.html")
        text = (lab / "student.html").read_text()
        others = sorted(set(re.findall(r"\buser\d+\b", text)) - {"user3"})
        if others:
            sys.exit(f"the page of user3 names {others}")
        look(lab / "class30.html", "--axe")
        look(lab / "student.html", "--axe")
        look(lab / "class300.html", "--fast", "--print", str(MOST_PAGES))


def multiply(source: pathlib.Path, target: pathlib.Path, count: int) -> None:
    """A run of so many users: of ten, nine have the evidence of users with a lab, one that of the user without."""
    header, *users = source.read_text().splitlines()
    document = json.loads(source.with_suffix(".json").read_text())
    lines, views, arns = [], [], {}
    known = json.loads(header)
    for number in range(1, count + 1):
        at = 2 if number % 10 == 0 else number % 2
        name, of = f"user{number}", f"user{at + 1}"

        def renamed(text: str) -> str:
            return re.sub(rf"\b{of}\b", name, text)

        lines.append(renamed(users[at]))
        views.append(json.loads(renamed(json.dumps(document["users"][at]))))
        arns[name] = renamed(known["machine_arns"][of])
    known.update(run=target.stem, machine_arns=arns)
    document.update(run=target.stem, users=views)
    target.write_text("\n".join([json.dumps(known), *lines]) + "\n")
    target.with_suffix(".json").write_text(json.dumps(document))


if __name__ == "__main__":
    main(*sys.argv[1:])
