"""The data issue: a fault of supply goes to those who supply the data, with the evidence, and to no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wardround.evidence.monitor import UPSTREAM
from wardround.flows.retrain.mark import Mark
from wardround.forge.values import IssueSpec
from wardround.report.escape import in_markdown

if TYPE_CHECKING:
    from wardround.disclosure.watched import CauseView, WatchFindingView, WatchView
    from wardround.forge.protocol import Forge
    from wardround.forge.values import Issue

LABELS = ("data", "upstream")
_ASKED = {
    "units": "Which unit does the source send since then, and was the change meant? Please send the old one, or tell us the new one.",
    "coding": "Was the code system changed, and is there a mapping from the new codes to the old ones?",
    "outage": "Is the interface down, or was the field dropped? When will it be back, and can what is missing be sent later?",
}


def report(forge: Forge, watch: WatchView) -> Issue | None:
    """Opens or updates the one issue about the faults of supply that alarm; None without one, or when its episode was closed."""
    causes = faults(watch)
    if not causes:
        return None
    mark = Mark("upstream", watch.project, since=since(watch, _all(watch, causes)), until=watch.until)
    own = forge.author().casefold()
    for issue in forge.issues(LABELS[0], "closed"):
        before = Mark.read(issue.body) if issue.author.casefold() == own else None  # anybody may write such a mark
        if before is not None and not issue.is_pull and before.goes_on(mark):
            return None
    for label in LABELS:
        forge.ensure_label(label)
    body = "\n".join(_lines(watch, causes)) + f"\n\n{mark.text}\n"
    names = ", ".join(dict.fromkeys(cause.subject or cause.kind for cause in causes))
    kinds = " and ".join(dict.fromkeys(cause.kind for cause in causes))
    start = f"<!-- wardround:upstream project={watch.project} "
    return forge.open_or_update_issue(IssueSpec(start, f"{watch.project}: {kinds} of {names}", body, LABELS))


def faults(watch: WatchView) -> tuple[CauseView, ...]:
    """Causes that lie in the data's supply and alarm."""
    kinds = {kind.value for kind in UPSTREAM}
    alarming = {item.rule for item in watch.findings if item.severity == "alert"}
    return tuple(item for item in watch.causes if item.kind in kinds and alarming.intersection(item.rules))


def _about(watch: WatchView, cause: CauseView) -> tuple[WatchFindingView, ...]:
    return tuple(
        item
        for item in watch.findings
        if item.rule in cause.rules and (item.subject == cause.subject or not cause.subject)
    )


def _all(watch: WatchView, causes: tuple[CauseView, ...]) -> tuple[WatchFindingView, ...]:
    return tuple(item for cause in causes for item in _about(watch, cause))


def since(watch: WatchView, findings: tuple[WatchFindingView, ...]) -> str:
    """The first day of the findings' unbroken run of windows; the last window's where none says since when."""
    days = {window.name: window.start for window in watch.windows}
    found = [days[item.since] for item in findings if item.since in days]
    return min(found, default=max(days.values(), default=""))


def _lines(watch: WatchView, causes: tuple[CauseView, ...]) -> Iterator[str]:
    yield f"The monitor of **{watch.project}** ({watch.stage}) finds that its inputs changed on their way, not in the patients."
    yield ""
    yield "**No model is retrained for this**: a fit would learn the fault. It has to be mended where it arises."
    yield ""
    for cause in causes:
        yield f"## {in_markdown(cause.kind)}: {in_markdown(cause.subject or 'the supply')}"
        yield ""
        yield in_markdown(cause.summary)
        yield ""
        for item in _about(watch, cause):
            since = f", since the window {in_markdown(item.since)}" if item.since else ""
            yield f"- `{item.rule}` ({item.severity}{since}): {in_markdown(item.summary)}"
            for fact in item.facts:
                yield f"  - {in_markdown(fact.name)}: {in_markdown(str(fact))}"
        yield ""
        if cause.kind in _ASKED:
            yield f"**Question to the source:** {_ASKED[cause.kind]}"
            yield ""
    yield "Close this issue when the source is mended. The monitor looks again by itself; it opens another one when the fault begins anew."
