"""The newest numbers in Prometheus' text format, for the textfile collector of its node exporter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wardround.disclosure.watched import SignalView
from wardround.report.dashboard.values import Model

_HELP = {
    "wardround_monitor_last_look_timestamp_seconds": "When the monitor looked last.",
    "wardround_monitor_due_timestamp_seconds": "When the next look is late.",
    "wardround_monitor_findings": "Findings of the last look by severity.",
    "wardround_stage_info": "1 for the version that a stage holds.",
    "wardround_signal": "The newest published value of a measure.",
    "wardround_signal_low": "Lower end of its 95 % interval.",
    "wardround_signal_high": "Upper end of its 95 % interval.",
    "wardround_signal_crossed": "1 where it lies beyond what is tolerated.",
    "wardround_open_proposals": "Open pull requests of the loop by kind.",
}


def metrics(models: Sequence[Model]) -> str:
    """The file: every metric with its help, its samples sorted."""
    samples: dict[str, list[str]] = {name: [] for name in _HELP}
    for model in models:
        for name, labels, value in _of(model):
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
            samples[name].append(f"{name}{{{told}}} {value}")
    parts = []
    for name, lines in samples.items():
        if lines:
            parts.append(f"# HELP {name} {_HELP[name]}\n# TYPE {name} gauge\n" + "\n".join(sorted(lines)) + "\n")
    return "".join(parts)


_Sample = tuple[str, tuple[tuple[str, str], ...], str]


def _of(model: Model) -> Iterable[_Sample]:
    own = (("project", model.name), ("stage", model.stage))
    if model.last is not None:
        yield "wardround_monitor_last_look_timestamp_seconds", own, f"{model.last.ran_at.timestamp():.0f}"
        for severity in ("alert", "warning", "note"):
            count = sum(item.severity == severity for item in model.last.watch.findings)
            yield "wardround_monitor_findings", (*own, ("severity", severity)), str(count)
    if model.due is not None:
        yield "wardround_monitor_due_timestamp_seconds", own, f"{model.due.timestamp():.0f}"
    for stage in model.stages:
        held = model.now(stage)
        if held is not None:
            yield "wardround_stage_info", (("project", model.name), ("stage", stage), ("version", held.version)), "1"
    for kind in sorted({item.kind for item in model.proposals or ()}):
        count = sum(item.kind == kind for item in model.proposals or ())
        yield "wardround_open_proposals", (("project", model.name), ("kind", kind)), str(count)
    yield from _signals(model, own)


def _signals(model: Model, own: tuple[tuple[str, str], ...]) -> Iterable[_Sample]:
    for item in _newest(model.signals):
        labels = (
            *own,
            ("rule", item.rule),
            ("measure", item.measure),
            ("column", item.column),
            ("level", item.level),
        )
        value = item.estimate
        for name, number in (("", value.value), ("_low", value.low), ("_high", value.high)):
            if number is not None:
                yield f"wardround_signal{name}", labels, repr(float(number))
        yield "wardround_signal_crossed", labels, str(int(item.crossed))


def _newest(signals: Iterable[SignalView]) -> list[SignalView]:
    """Of each measure and group the newest window that shows a number. A window is no label: there would be ever more series."""
    found: dict[tuple[str, str, str, str], SignalView] = {}
    for item in signals:
        key = (item.rule, item.measure, item.column, item.level)
        if item.estimate.shown and (key not in found or found[key].window < item.window):
            found[key] = item
    return list(found.values())


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
