"""How every figure looks, and how it becomes the same bytes each time.

Colours are names (``ink``, ``head``…) until the very end: a file of its own gets the light palette, a figure inside a page gets
CSS variables, so that it follows the page's light and dark. Palette: Okabe and Ito (2008), distinguishable with any common
colour blindness; line style and marker differ as well, so that no meaning hangs on colour alone.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from wardround.report.escape import in_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Stand-ins that the drawing uses and nothing else has; exchanged in the finished file.
INK, QUIET, RULE, PAPER = "#010101", "#020202", "#030303", "#fefefe"
HEAD, BASE, ANCHOR, WARN = "#040404", "#050505", "#060606", "#070707"

#: Stand-in: (CSS variable, colour on white). Contrast with white is at least 3 for lines, 4.5 for text.
LIGHT = {
    INK: ("--ink", "#1d2329"),
    QUIET: ("--quiet", "#58626d"),
    RULE: ("--rule", "#d5dae0"),
    PAPER: ("--paper", "#ffffff"),
    HEAD: ("--head", "#0072b2"),
    BASE: ("--base", "#d55e00"),
    ANCHOR: ("--anchor", "#009e73"),
    WARN: ("--warn", "#a3324f"),
}
FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans',sans-serif"


@dataclass(frozen=True)
class Look:
    """How one model is drawn."""

    colour: str
    line: str
    marker: str
    label: str


LOOKS = {
    "head": Look(HEAD, "-", "o", "New model (head)"),
    "base": Look(BASE, (0, (5, 2)), "s", "Current model (base)"),  # type: ignore[arg-type]
    "anchor": Look(ANCHOR, (0, (1.2, 1.6)), "^", "Anchor"),  # type: ignore[arg-type]
}

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 11,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": PAPER,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.frameon": True,
    "legend.framealpha": 1,
    "legend.facecolor": PAPER,
    "legend.edgecolor": PAPER,
    "legend.fancybox": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.9,
    "lines.markersize": 5.5,
    "figure.facecolor": PAPER,
    "figure.dpi": 72,
    "savefig.facecolor": PAPER,
    "path.simplify": False,
}


@contextmanager
def settings(name: str) -> Iterator[None]:
    """The style while one figure is drawn and saved; ``name`` seeds the identifiers in the file."""
    defaults: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
    }
    with mpl.rc_context({**defaults, **_SETTINGS, "svg.hashsalt": f"wardround-{name}"}):
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure, in inches of 72 points; 9.6 wide is a page's full width."""
    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(made)
    return made


def label(axes: Axes, place: float, text: str, **look: str) -> None:
    """Text in row ``place``, left of the axes, or with ``ha="left"`` right of them. Never read as a formula."""
    look = {"ha": "right", **look}
    axes.text(
        -0.02 if look["ha"] == "right" else 1.02,
        place,
        text,
        va="center",
        transform=axes.get_yaxis_transform(),
        fontsize=10,
        parse_math=False,
        **look,  # type: ignore[arg-type]
    )


def share_axis(axes: Axes, which: str, top: float, label: str) -> None:
    """An axis of probabilities from 0 to ``top``, labelled in per cent."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xlim if which == "x" else axes.set_ylim)(0, top)
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{100 * value:g} %"))
    axis.set_label_text(label)


@dataclass(frozen=True)
class Drawing:
    """A drawn figure. ``raw`` still holds stand-ins for colours; ``name`` is part of every identifier in it."""

    name: str
    alt: str
    raw: str

    def file(self) -> bytes:
        """A file of its own, in the light palette: no date, no program version, the same bytes for the same values."""
        text = self.raw
        for stand_in, (_variable, colour) in LIGHT.items():
            text = text.replace(stand_in, colour)
        head, root, rest = text.partition("<svg ")
        attributes, close, body = rest.partition(">")
        title = f"<title>{in_html(self.alt)}</title>"
        return f'{head}{root}role="img" {attributes}{close}{title}{body}'.encode()

    def inline(self) -> str:
        """An element of an HTML page, in the page's colours: no name spaces, identifiers that meet no other figure's."""
        text = self.raw
        for stand_in, (variable, colour) in LIGHT.items():
            text = text.replace(stand_in, f"var({variable}, {colour})")
        _head, root, rest = text.partition("<svg ")
        attributes, close, body = rest.partition(">")
        box = re.search(r'viewBox="[^"]*"', attributes)
        assert box is not None
        body = body.replace("xlink:href", "href")
        label = in_html(self.alt)
        return f'{root}role="img" aria-label="{label}" {box.group()}{close}{body}'.rstrip()


def draw(made: Figure, name: str, alt: str) -> Drawing:
    """The figure as SVG text without whatever differs between two runs or two versions of the library."""
    stream = io.BytesIO()
    with warnings.catch_warnings():
        # names may be in scripts that the measuring font lacks; the reader's own fonts draw the text
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        made.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue().decode()
    for pattern in (r"<!--.*?-->\s*", r"<metadata>.*?</metadata>\s*", r"<!DOCTYPE[^>]*>\s*"):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    text = text.replace("'DejaVu Sans'", FONTS)
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    text = re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', text)
    return Drawing(name, alt, re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))
