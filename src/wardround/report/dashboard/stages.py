"""Which version was in which stage, and when: a bar for each stage through time, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterable

from wardround.report.dashboard.shell import row, table
from wardround.report.dashboard.svg import Axis
from wardround.report.dashboard.values import Model, moment
from wardround.report.escape import in_html

_ROW, _TOP, _LEFT, _WIDTH = 26, 18, 110, 960


def stages(model: Model) -> Iterable[str]:
    """The picture and the table; nothing where no version was ever in a stage."""
    if not model.spells:
        if model.releases:
            yield table("Versions; none was in a stage yet", ("Version", "Registered"), _releases(model))
        return
    yield f"<figure>{_bars(model)}</figure>"
    rows = [
        row(
            (
                f"<code>{in_html(spell.stage)}</code>",
                f"<code>{in_html(spell.version)}</code>",
                in_html(moment(spell.start)),
                in_html(moment(spell.end) if spell.end else "until now"),
            )
        )
        for spell in reversed(model.spells)
    ]
    yield table("Stages over time", ("Stage", "Version", "From", "To"), rows)


def _releases(model: Model) -> list[str]:
    return [
        row((f"<code>{in_html(item.version)}</code>", in_html(moment(item.moment))))
        for item in reversed(model.releases)
    ]


def _bars(model: Model) -> str:
    """To the newest thing that is known, because the page knows no present."""
    known = [spell.start for spell in model.spells] + [spell.end for spell in model.spells if spell.end]
    known += [look.ran_at for look in model.looks[-1:]]
    first, last = min(known).timestamp(), max(known).timestamp()
    x = Axis(first, last if last > first else first + 1, _LEFT, _WIDTH - 10)
    parts, said = [], []
    for place, stage in enumerate(model.stages):
        y = _TOP + place * _ROW
        parts.append(f"<text x='{_LEFT - 8}' y='{y + 14}' text-anchor='end'>{in_html(stage)}</text>")
        for number, spell in enumerate(item for item in model.spells if item.stage == stage):
            left = x.at(spell.start.timestamp())
            right = x.at(spell.end.timestamp() if spell.end else last)
            end = moment(spell.end) if spell.end else "until now"
            told = f"{stage}: {spell.version} from {moment(spell.start)}, {end}"
            said.append(told)
            odd = " odd" if number % 2 else ""
            parts.append(
                f"<rect class='spell{odd}' x='{left}' y='{y}' width='{max(round(right - left, 1), 2)}' height='{_ROW - 8}'>"
                f"<title>{in_html(told)}</title></rect>"
            )
    for when, anchor in ((min(known), "start"), (max(known), "end")):
        parts.append(f"<text x='{x.at(when.timestamp())}' y='11' text-anchor='{anchor}'>{when:%Y-%m-%d}</text>")
    height = _TOP + len(model.stages) * _ROW
    return f"<svg role='img' aria-label='{in_html('; '.join(said))}' viewBox='0 0 {_WIDTH} {height}' class='chart'>{''.join(parts)}</svg>"
