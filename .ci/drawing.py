"""Charts as SVG: lines over an axis, beside each other, readable in light and dark."""

import html
import math
import typing

WIDTH, HEIGHT, GAP = 700, 300, 18
LEFT, RIGHT, TOP, BOTTOM = 62, 126, 40, 48
STYLE = """
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;font-size:13px;fill:#24292f}
.title{font-size:15px;font-weight:600}.tick{fill:#57606a;font-size:12px}.page{fill:#ffffff}.grid{stroke:#d8dee4}.axis{stroke:#57606a}
.line{fill:none;stroke-width:2.5;stroke-linejoin:round}.s0{stroke:#0969da}.s1{stroke:#bc4c00;stroke-dasharray:6 4}
.d0{fill:#0969da}.d1{fill:#bc4c00}.n0{fill:#0969da;font-weight:600}.n1{fill:#bc4c00;font-weight:600}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.tick{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#2f353d}.axis{stroke:#9198a1}
.s0{stroke:#58a6ff}.d0,.n0{fill:#58a6ff}.s1{stroke:#f0883e}.d1,.n1{fill:#f0883e}}
"""


class Chart(typing.NamedTuple):
    """Lines by name, each of points; the labels tell the units."""

    title: str
    across: str
    up: str
    lines: dict


def ticks(largest, at_most=5):
    """Round numbers from 0 to beyond the largest."""
    raw = max(largest, 1e-9) / at_most
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
    return [index * step for index in range(math.ceil(largest / step - 1e-9) + 1)]


def text(x, y, words, kind="", anchor="start", turned=False):
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{turn}>{html.escape(words)}</text>'


def apart(wanted, least=16):
    """Places of labels from above, in the given order moved down where two would touch."""
    places = {}
    for name, y in sorted(wanted.items(), key=lambda item: item[1]):
        places[name] = max([y] + [place + least for place in places.values()])
    return places


def drawn(chart, above):
    """The elements of one chart."""
    points = [point for line in chart.lines.values() for point in line]
    across, up = ticks(max(x for x, _ in points)), ticks(max(y for _, y in points))
    right, bottom, top = WIDTH - RIGHT, above + HEIGHT - BOTTOM, above + TOP
    place = lambda x, y: (LEFT + (right - LEFT) * x / across[-1], bottom - (bottom - top) * y / up[-1])
    parts = [text(LEFT, above + 22, chart.title, "title")]
    for value in up:
        _, y = place(0, value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, f"{value:,.0f}" if up[-1] >= 5 else f"{value:g}", "tick", "end"))
    for value in across:
        x, _ = place(value, 0)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 5}"/>')
        parts.append(text(x, bottom + 19, f"{value:,.0f}", "tick", "middle"))
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>')
    parts.append(text((LEFT + right) / 2, bottom + 38, chart.across, "", "middle"))
    parts.append(text(16, (top + bottom) / 2, chart.up, "", "middle", turned=True))
    ends = {}
    for index, (name, line) in enumerate(chart.lines.items()):
        places = [place(x, y) for x, y in line]
        if not places:
            continue
        parts.append(f'<polyline class="line s{index}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        parts += [f'<circle class="d{index}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in places]
        ends[index, name] = places[-1][1]
    for (index, name), y in apart(ends).items():
        last = chart.lines[name][-1]
        parts.append(text(place(*last)[0] + 9, y + 4, f"{name}: {last[1]:,.0f}", f"n{index}"))
    return parts


def document(charts):
    """The charts below each other."""
    height = len(charts) * (HEIGHT + GAP)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">\n'
        f"<title>{html.escape('; '.join(chart.title for chart in charts))}</title>\n"
        f'<style>{STYLE}</style>\n<rect class="page" width="{WIDTH}" height="{height}"/>\n'
    )
    parts = [part for number, chart in enumerate(charts) for part in drawn(chart, number * (HEIGHT + GAP))]
    return head + "\n".join(parts) + "\n</svg>\n"
