"""A lineage as an SVG picture: from what came of it on the left to where it came from on the right. Readable without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.ledger.lineage import Proof
from wardround.report.escape import in_html
from wardround.report.lineage.text import MARK

if TYPE_CHECKING:
    from wardround.ledger.lineage import Lineage, Link, Node

_WIDTH, _HEIGHT, _ACROSS, _DOWN, _EDGE = 210, 44, 90, 22, 24
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1b1b1b}.k{font-size:10px;fill:#555}.b{fill:#fff;stroke:#555}.s{stroke-width:2.5}"
    "path{fill:none;stroke:#2a6f4e;stroke-width:1.4}.u{stroke:#777;stroke-dasharray:5 4}.x{stroke:#b00020;stroke-width:3}"
    ".w{fill:#b00020;font-weight:bold}"
    "@media(prefers-color-scheme:dark){text{fill:#eee}.k{fill:#bbb}.b{fill:#1e1e1e;stroke:#aaa}path{stroke:#7fd1a8}.u{stroke:#999}"
    ".x{stroke:#ff6b81}.w{fill:#ff6b81}}"
)
_CLASS = {Proof.VERIFIED: "v", Proof.UNSEEN: "u", Proof.BROKEN: "x"}


def picture(lineage: Lineage) -> str:
    """The picture; the same lineage is the same bytes."""
    columns = _columns(lineage)
    places = {
        name: (_EDGE + column * (_WIDTH + _ACROSS), _EDGE + row * (_HEIGHT + _DOWN))
        for column, names in enumerate(columns)
        for row, name in enumerate(names)
    }
    width = 2 * _EDGE + len(columns) * _WIDTH + (len(columns) - 1) * _ACROSS
    height = 2 * _EDGE + 30 + max(len(names) for names in columns) * (_HEIGHT + _DOWN)
    starts = ", ".join(lineage.nodes[start].name for start in lineage.starts)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="t d">',
        f'<title id="t">Lineage of {in_html(starts)}</title>',
        f'<desc id="d">{len(lineage.nodes)} things and {len(lineage.links)} links; left is what came of it, right where it came from.</desc>',
        f"<style>{_STYLE}</style>",
        *(_arrow(link, places) for link in lineage.links),
        *(_box(lineage.nodes[name], place, start=name in lineage.starts) for name, place in places.items()),
        f'<text class="k" x="{_EDGE}" y="{height - 12}">solid: verified; dashed: not checked; thick, with a word: broken</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _columns(lineage: Lineage) -> list[list[str]]:
    """The things by their distance from what was asked about: what came of it first."""
    rank = dict.fromkeys(lineage.starts, 0)
    for back, step in ((True, 1), (False, -1)):
        for start in lineage.starts:
            for depth, _, other, _ in lineage.walk(start, back=back):
                rank.setdefault(other, depth * step)
    for name in lineage.nodes:  # beside the way: next to whatever it is linked with
        if name not in rank:
            near = [rank[link.target] - 1 for link in lineage.back(name) if link.target in rank]
            near += [rank[link.source] + 1 for link in lineage.on(name) if link.source in rank]
            rank[name] = near[0] if near else 0
    return [[name for name in lineage.nodes if rank[name] == value] for value in sorted(set(rank.values()))]


def _box(node: Node, place: tuple[int, int], *, start: bool) -> str:
    x, y = place
    name = node.name if len(node.name) <= 28 else node.name[:16] + "…" + node.name[-8:]
    facts = "; ".join(f"{key}: {value}" for key, value in node.facts if value)
    return (
        f"<g><title>{in_html(f'{node.kind} {node.name}. {facts}')}</title>"
        f'<rect class="b{" s" if start else ""}" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>'
        f'<text class="k" x="{x + 8}" y="{y + 16}">{node.kind}</text><text x="{x + 8}" y="{y + 34}">{in_html(name)}</text></g>'
    )


def _arrow(link: Link, places: dict[str, tuple[int, int]]) -> str:
    (x1, y1), (x2, y2) = places[link.source], places[link.target]
    right = x2 > x1
    a, b = (x1 + (_WIDTH if right else 0), y1 + _HEIGHT // 2), (x2 + (0 if right else _WIDTH), y2 + _HEIGHT // 2)
    middle = (a[0] + b[0]) // 2
    title = in_html(f"{link.says}: {MARK[link.proof]}; {link.how}")
    line = f'<path class="{_CLASS[link.proof]}" d="M{a[0]} {a[1]}C{middle} {a[1]} {middle} {b[1]} {b[0]} {b[1]}"><title>{title}</title></path>'
    if link.proof is Proof.BROKEN:
        line += f'<text class="w" x="{middle - 22}" y="{(a[1] + b[1]) // 2 - 4}">broken</text>'
    return line
