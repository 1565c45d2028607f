"""From the marks of an SVG back to numbers: axes by their ticks, then lines, markers and bars in the units of the axes."""

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree as ET

ROLE = re.compile(r"var\(--(head|base|anchor|quiet|rule)\b|(#0072b2|#d55e00|#009e73|#58626d|#d5dae0)")
COLOURS = {"#0072b2": "head", "#d55e00": "base", "#009e73": "anchor", "#58626d": "quiet", "#d5dae0": "rule"}
#: Pixels within which two marks are at the same place; files have six decimals.
NEAR = 2e-3


@dataclass(frozen=True)
class Mark:
    """A line, a run of markers or a bar: whose it is, how thick, and its points in the units of the axes (None: no axis)."""

    kind: str
    role: str
    width: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Panel:
    """One pair of axes with all that is drawn in it."""

    title: str
    labels: tuple[str, ...]
    marks: tuple[Mark, ...]

    def of(self, kind, role, *, least=0, most=10**6):
        """The points of each mark of that kind and role with so many points."""
        return [m.points for m in self.marks if m.kind == kind and m.role == role and least <= len(m.points) <= most]


def numeral(text):
    """``-0.02``, ``+1,490`` or ``20 %`` as a number; None for words."""
    text = text.replace("\u2212", "-").replace("\u00a0", " ").replace(",", "").strip()
    found = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)( ?%)?", text)
    return None if found is None else float(found[1]) / (100 if found[2] else 1)


def panels(svg):
    """The panels of one picture, in the order in which they are drawn."""
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg.replace("xlink:href", "href"))
    root = ET.fromstring(svg[svg.index("<svg") :])
    *_, across, down = map(float, root.get("viewBox").split())
    boxes = {}
    for clip in root.iter("clipPath"):
        box = clip.find("rect")
        boxes[clip.get("id")] = tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))
    drawn = {name: [] for name in boxes}
    for element in root.iter():
        inside = re.search(r"#([^)]+)\)", element.get("clip-path", ""))
        if inside:
            drawn[inside[1]].append(element)
    texts = [(float(t.get("x")), float(t.get("y")), t.get("style", ""), t.text or "") for t in root.iter("text")]
    raw = {
        name: [mark for element in elements for mark in _raw(element, across, down)] for name, elements in drawn.items()
    }
    made = []
    for name, box in boxes.items():
        # panels above each other share their axis: one has the lines, the other the labels
        column = [other for other, at in boxes.items() if (at[0], at[2]) == (box[0], box[2])]
        upright = {at[0][0] for other in column for at in _grid(raw[other]) if abs(at[0][0] - at[1][0]) < NEAR}
        made.append(_panel(box, raw[name], upright, texts))
    return made


def _grid(raw):
    return [points for kind, role, width, points in raw if (kind, role, width) == ("line", "rule", 0.6)]


def _panel(box, raw, upright, texts):
    x = _axis(
        upright,
        [(tx, text) for tx, ty, style, text in texts if "middle" in style and ty > box[1] + box[3]],
        0.0,
    )
    y = _axis(
        {at[0][1] for at in _grid(raw) if abs(at[0][1] - at[1][1]) < NEAR},
        [(ty, text) for tx, ty, style, text in texts if "end" in style and abs(tx + 7 - box[0]) < NEAR],
        6.0,
    )
    marks = []
    for kind, role, width, points in raw:
        if (kind, role, width) != ("line", "rule", 0.6):
            marks.append(Mark(kind, role, width, tuple((x(a), y(b)) for a, b in points)))
    inside = [
        (tx, ty, text)
        for tx, ty, style, text in texts
        if box[0] - 70 <= tx <= box[0] + box[2] + 70 and "start" in style and ty <= box[1] + box[3]
    ]
    titles = [text for tx, ty, text in inside if abs(tx - box[0]) < NEAR and 0 < box[1] - ty < 40]
    return Panel(titles[0] if titles else "", tuple(text for *_, text in inside), tuple(marks))


def _raw(element, across, down):
    style = element.get("style", "")
    if element.tag == "g":  # a run of markers
        uses = [u for u in element if u.tag == "use"]
        if uses:
            yield "marker", _role(uses[0].get("style", "")), 0.0, [(float(u.get("x")), float(u.get("y"))) for u in uses]
    elif element.tag == "path":
        points = [tuple(map(float, pair)) for pair in re.findall(r"[ML] (\S+) (\S+)", element.get("d") or "")]
        # the drawing is cut a pixel outside the picture: what ends there goes on, nobody sees how far
        points = [
            (x if -0.99 < x < across + 0.99 else math.nan, y if -0.99 < y < down + 0.99 else math.nan)
            for x, y in points
        ]
        if not points:
            return
        width = re.search(r"stroke-width: ([\d.]+)", style)
        filled = "fill: none" not in style
        role = _role(style if filled else style.partition("stroke:")[2])
        yield "bar" if filled else "line", role, float(width[1]) if width else 1.0, points


def _role(style):
    found = ROLE.search(style)
    return "" if found is None else found[1] or COLOURS[found[2]]


def _axis(grid, labels, slack):
    """A function from pixels to units, from two ticks with their labels; pixels themselves where the axis has no labels."""
    known = []
    for pixel in sorted(grid):
        near = [(abs(at - pixel), numeral(text)) for at, text in labels if abs(at - pixel) < max(slack, NEAR)]
        near = [item for item in near if item[1] is not None]
        if near:
            known.append((pixel, min(near)[1]))
    if len(known) < 2:
        return lambda pixel: pixel
    (first, low), (last, high) = known[0], known[-1]
    scale = (high - low) / (last - first)
    for one, two in pairwise(known):
        assert abs((two[1] - one[1]) - scale * (two[0] - one[0])) < 1e-5 * abs(high - low), "ticks are not even"
    return lambda pixel: low + scale * (pixel - first)
