#!/usr/bin/env python3
"""The console of the local endpoint as a student and an instructor use it: the handout's Tasks 3.3, 5, 6, 7.3 and 8 with its names and inputs,
in Chromium; then what an open console costs others, who sees what, accessibility and width.

Usage: .ci/console/console.py LABCTL NODE_FOLDER CHROMIUM [SHOTS_FOLDER]
"""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MANIFEST = """[lab]
pack = "step-functions"
name = "lab6"

[target]
kind = "local"

[settings]
payment_failure_rate = 0
validation_outage_rate = 0
simulated_delay_scale = 0.2

[[users]]
name = "user1"

[[users]]
name = "user2"
"""


def main(labctl: str, node: str, chromium: str, *shots: str) -> None:
    labctl = str(pathlib.Path(labctl).resolve())
    with tempfile.TemporaryDirectory() as folder:
        lab = pathlib.Path(folder)
        def run(*arguments: str) -> None:
            ran = subprocess.run([labctl, *arguments], cwd=lab, capture_output=True, text=True, check=False)
            if ran.returncode != 0:
                sys.exit(f"labctl {' '.join(arguments)} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")

        # Students make the dashboard of Task 6 by hand, so the lab has it later than everything else.
        run("init", "--eject-templates")
        (lab / "lab-manifest.toml").write_text(MANIFEST)
        pack = lab / "templates" / "step-functions" / "pack.toml"
        text = pack.read_text()
        if text.count('stage = "task-6"\n') != 1:
            sys.exit("the pack has not one dashboard in task-6")
        pack.write_text(text.replace('stage = "task-6"\n', 'stage = "task-9"\n'))
        run("deploy", "--all", "--through", "task-5")
        script = pathlib.Path(node) / "walk.mjs"
        script.write_text((HERE / "walk.mjs").read_text())
        environment = lab / "environment"
        with subprocess.Popen([labctl, "local", "serve", "--env-file", str(environment)], cwd=lab, stderr=subprocess.DEVNULL) as server:
            try:
                settings = {"chromium": chromium, "labctl": labctl, "lab": str(lab), "shots": shots[0] if shots else None}
                ran = subprocess.run(["node", str(script), json.dumps(settings)], check=False)
            finally:
                server.terminate()
        if ran.returncode != 0:
            sys.exit("the console: see above")


if __name__ == "__main__":
    main(*sys.argv[1:])
