"""``params.yaml`` from a plan: the sections of the root's own file, with what the data say."""

from __future__ import annotations

import json
import math
from typing import Any

from wardround.scaffold.clinical import padded, recognise
from wardround.scaffold.decision import Column, Plan, Use
from wardround.scaffold.request import DataRequest

_HEAD = "# Every number and switch. What each key means, with its source: docs/reference/params.md"
#: The root's own section, with nobody in it: as the schema has it, an empty role is one that no stage may ask for.
GOVERNANCE = """\
governance:
  # Who may approve what comes into a stage, by their logins at the forge. Nothing waits for a role until approvals names it.
  roles:
    clinical: [] # answers for the patients: whether what the model says, and at which risk, is right for them
    ml: [] # answers for the model: data, features, evaluation, what the report found
    privacy: [] # answers for the data: what they may be used for, and what may leave
  # One of each role must then have approved the pull request. Nobody approves their own, and one person counts for one role.
  # approvals: {prod: [clinical, ml]}
"""
_GROUPS = ("_sex_", "_gender_", "_race_", "_ethnic", "_age_")
#: Operating thresholds to choose from: the first that lies above the prevalence (0.5 at most), with its neighbours. Project choice.
_THRESHOLDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
#: Cells that a partition holds about; whole subjects of a partition fit in memory several times. Project choice.
_PARTITION_CELLS = 10_000_000
#: Below this many rows for training, small trees keep the calibration slope near one: on the four heart hospitals
#: (552 rows for training, 10 random splits) it is 1.01, against 0.89 with the larger trees of the other setting.
_FEW_ROWS = 5_000


def params_text(name: str, title: str, plan: Plan, request: DataRequest, path: str) -> str:
    """The file's text; ``path`` is what ``data.path`` says."""
    roles = {"encounter": request.encounter, "subject": request.subject, "time": request.time, "site": request.site}
    lines = [_HEAD, "project:", f"  name: {name}", f"  title: {scalar(title)}"]
    event = (
        f"{request.outcome} {request.positive}"
        if not str(plan.positive).isidentifier()
        else f"{request.outcome} is {request.positive}"
    )
    lines += [f"  outcome: {scalar(event)}", "", "data:", "  source: files", f"  path: {scalar(path)}"]
    if plan.encoding.lower() not in ("utf-8", "utf8"):
        lines.append(f"  encoding: {plan.encoding}")
    if plan.separator != ",":
        lines.append(f"  separator: {scalar(plan.separator)}")
    lines.append("  columns:")
    lines += [f"    {role}: {scalar(column)}" for role, column in roles.items() if column]
    lines += [f"    outcome: {scalar(request.outcome)}", f"  positive: {scalar(plan.positive)}"]
    if plan.exclude:
        lines.append("  exclude:")
        lines += [f"    {scalar(column)}: {_list(values)}" for column, values in plan.exclude.items()]
    lines += [
        f"  partitions: {_partitions(plan)}",
        "",
        "contract:",
        f"  outcome_rate: {_list(_rates(plan.prevalence))}",
    ]
    tolerance = {
        f"{rule}.{column.name}": share
        for column in plan.columns
        if column.declared
        for rule, share in column.tolerance.items()
    }
    if tolerance:
        lines += [
            "  # Shares of rows that may break a rule: rare levels that the contract does not list, slips of the pen.",
            "  tolerance:",
        ]
        lines += [f"    {scalar(key)}: {_number(share)}" for key, share in tolerance.items()]
    lines += [
        "",
        "features:",
        "  probe_subjects: 200",
        "",
        "split: {train: 0.6, validation: 0.2}",
        "",
        'tune: {method: "off"}',
        "",
    ]
    lines += ["model:", "  kind: hist_gradient_boosting", f"  settings: {_model(plan)}", ""]
    lines += ["train:", "  imbalance: none", "  recalibration: intercept", ""]
    lines += ["evaluate:", f"  thresholds: {_list(_thresholds(plan.prevalence))}"]
    groups = [line for column in plan.columns if (line := _group(column))]
    lines += ["  subgroups:", *groups] if groups else []
    lines += [
        "",
        "gate:",
        "  non_inferiority: {margin: 0.01}",
        *_declaration(plan),
        "",
        "disclosure: {min_cell: 11}",
        "",
        "review: {base: main}",
        "",
        GOVERNANCE,
    ]
    return "\n".join(lines)


def scalar(value: Any) -> str:
    """A YAML scalar; text is quoted unless it is a plain word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    plain = value.replace("_", "").replace("-", "").replace(" ", "")
    safe = (
        plain.isascii()
        and plain.isalnum()
        and value[:1].isalpha()
        and value == value.strip()
        and value.lower() not in _WORDS
    )
    return value if safe else json.dumps(value, ensure_ascii=not value.isprintable())


_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "nan", "inf"})


def _list(values: tuple[Any, ...]) -> str:
    return "[" + ", ".join(scalar(value) for value in values) + "]"


def _number(value: float) -> str:
    if float(value).is_integer():
        return str(int(value))
    return f"{value:.12f}".rstrip("0")


def _rates(prevalence: float) -> tuple[float, float]:
    """A third and three times the odds seen, rounded: outside, something is wrong with the label. Project choice."""
    odds = prevalence / max(1e-9, 1 - prevalence)
    low, high = odds / 3 / (1 + odds / 3), 3 * odds / (1 + 3 * odds)
    digits = 2 - math.floor(math.log10(max(low, 1e-6))) - 1
    scale = 10**digits
    return math.floor(low * scale) / scale, min(0.999, math.ceil(high * 100) / 100)


def _thresholds(prevalence: float) -> tuple[float, ...]:
    place = max(1, next(i for i, item in enumerate(_THRESHOLDS) if item >= min(prevalence, 0.5)))
    return _THRESHOLDS[place], _THRESHOLDS[place - 1], _THRESHOLDS[place + 1]


def _partitions(plan: Plan) -> int:
    if plan.rows < 2 * _FEW_ROWS:
        return 1
    return max(4, math.ceil(plan.rows * len(plan.columns) / _PARTITION_CELLS))


def _model(plan: Plan) -> str:
    if plan.eligible < _FEW_ROWS:
        return "{max_iter: 100, learning_rate: 0.05, max_leaf_nodes: 6, min_samples_leaf: 20, l2_regularization: 1.0}"
    return "{max_iter: 100, learning_rate: 0.06, max_leaf_nodes: 15, min_samples_leaf: 40, l2_regularization: 1.0}"


def _declaration(plan: Plan) -> list[str]:
    """How owners declare the gap between ages, as a comment: only they can say that risk is the reason."""
    age = next((column.name for column in plan.columns if "bands" in _group(column)), None)
    if age is None:
        return []
    return [
        "  # Risk rises with age, so at one threshold any model finds fewer events among the young. If the report shows that predictions",
        "  # are right there, too, those who own the decision say how large a gap they tolerate, and why (docs/rules/fairness.gap.md):",
        f'  # fairness: {{gaps: [{{column: {scalar(age)}, gap: 0.5, because: "…"}}]}}',
    ]


def _group(column: Column) -> str:
    """A line of ``evaluate.subgroups`` for a column that fairness is usually asked about."""
    if column.use not in (Use.NUMBER, Use.CATEGORY, Use.CODE) or not any(
        word in padded(column.name) for word in _GROUPS
    ):
        return ""
    quantity = recognise(column.name)
    if column.use is Use.NUMBER and quantity is not None and quantity.name == "age" and column.unit == "years":
        return f"    - {{column: {scalar(column.name)}, bands: [18, 50, 65, 80]}}"
    if "_age_" in padded(column.name) and column.use is Use.NUMBER and (column.high or 0) > 1:
        return ""
    return f"    - {{column: {scalar(column.name)}}}"
