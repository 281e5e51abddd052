"""Makes `docs/rehearse.svg`, the README's picture, of what `labctl rehearse` prints now.

Usage: PYTHON .ci/picture.py LABCTL, with a python that has `rich` (`pip install rich`). Runs in a folder of its own with the shipped manifest.
"""

import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = 104
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def rehearsed(labctl):
    """What a rehearsal prints on a terminal, colours included."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "lab-manifest.toml", folder)
        environment = os.environ | {"COLUMNS": str(COLUMNS), "LANG": "C.UTF-8"}
        command = [labctl, "rehearse", "--color", "always"]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def drawn(text):
    """The picture: the reader's own fonts, nothing from elsewhere, a window without buttons."""
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.S)
    form = re.sub(r"<!--.*?-->\s*", "", form).replace("Fira Code, monospace", FONTS)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ labctl rehearse\n"))
    console.print(Text.from_ansi(text))
    picture = console.export_svg(title="labctl rehearse", code_format=form)
    return re.sub(r'<g transform="translate\(26,22\)">.*?</g>', "", picture, flags=re.S).rstrip() + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "rehearse.svg").write_text(drawn(rehearsed(os.path.abspath(sys.argv[1]))))
