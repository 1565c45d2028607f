"""The files of a project that are no code of the team: ``.gitignore``, the pipeline's dependency on the data, README."""

from __future__ import annotations

import json
import re

from wardround.errors import EnvironmentFailure, UsageError
from wardround.scaffold.decision import Plan, Use
from wardround.scaffold.request import DataRequest

#: What stages and reviews make: DVC keeps it, git does not.
IGNORED = (
    "__pycache__/",
    ".venv/",
    "/data/snapshot",
    "/data/features",
    "/data/split.parquet",
    "/data/scores.parquet",
    "/models/model",
    "/models/tuned.json",
    "/reports/",
    "/.wardround/",
    "/deploy/*/wardround-log-key",
)
IGNORED_TEXT = "# made by `wardround review`; DVC keeps what the pipeline needs\n" + "".join(
    f"{line}\n" for line in IGNORED
)

_SYNTHETIC = re.compile(r"(\n  ingest:\n(?:    .*\n)*?)      - synthetic\n")
_INGEST = re.compile(r"(\n  ingest:\n(?:    .*\n)*?    deps: \[)([^\]\n]*)\]")


def pipeline_text(template: str, dependency: str | None) -> str:
    """``dvc.yaml`` for a project with data of its own.

    The data are among the dependencies of *ingest* (unless DVC cannot watch them: None), so that changed data are read again;
    the section ``synthetic`` is not, because such a project has none.
    """
    if dependency is not None and "${" in dependency:
        raise UsageError(
            "DVC would take ${ in the path for a variable", where=f"--data {dependency}", next="rename the file"
        )
    more = "" if dependency is None else f", {json.dumps(dependency, ensure_ascii=False)}"
    text, count = _INGEST.subn(lambda match: f"{match[1]}{match[2]}{more}]", template)
    text, without = _SYNTHETIC.subn(r"\1", text)
    if count != 1 or without != 1:
        raise EnvironmentFailure(
            "the pipeline's template has another form than expected", where="dvc.yaml: stages.ingest"
        )
    return text


def config_text(storage: str) -> str:
    """``.dvc/config``: the remote ``storage``, a directory unless the person names another place; and quarantine inside it."""
    return f"""[core]
    analytics = false
    check_update = false
    remote = storage
['remote "storage"']
    url = {storage}
['remote "quarantine"']
    url = {storage.rstrip("/")}/quarantine
"""


_README = """# {title}

A Wardround project: every change to the model is a pull request.

```
wardround review                                # reproduce what changed, compare with main, judge, report
git add dvc.lock && git commit -m 'First version'   # what the review made, by its digests
dvc push                                        # put data and model where colleagues and CI find them
```

- `pipelines/` is what you write: `contract.py` (what the table must look like), `features.py`, `model.py`.
- `params.yaml` holds every number and switch; `dvc.yaml` the stages; `reports/` what a review wrote.
- The storage is `{storage}` (`.dvc/config`). Another place: `dvc remote modify storage url s3://bucket/path`.
"""


def readme_text(title: str, storage: str, *, data: str = "") -> str:
    """The project's README; ``data`` is a section about where the data lie and what was decided."""
    return _README.format(title=title, storage=storage) + (f"\n{data}" if data else "")


def data_section(plan: Plan, request: DataRequest, path: str, *, copied: bool) -> str:
    """What a reader must know about the data: where they lie, and why columns are no features."""
    place = (
        f"The raw table is `{path}`, tracked by DVC and not by git."
        if copied
        else f"The raw table is `{path}`. It is neither in git nor in DVC: a colleague needs it at the same place, or changes\n`data.path`."
    )
    lines = ["## The data", "", place, ""]
    lines += [
        f"The event is `{request.outcome}`, `{request.positive}`. The model is asked "
        + (f"at {plan.predict_at}" if plan.predict_at != "encounter" else "during the encounter")
        + f" ({plan.predict_why}).",
        "",
        "Written by `wardround init`; decisions to check with someone who knows how the data arise:",
        "",
        "| column | used as | why |",
        "|---|---|---|",
    ]
    for column in plan.columns:
        if column.why or not column.use.feature:
            lines.append(f"| {_cell(column.name)} | {column.use.value} | {_cell('; '.join(column.why))} |")
    lines += ["", "Limitations:", "", *(f"- {_cell(note)}" for note in plan.notes)] if plan.notes else []
    return "\n".join(lines) + "\n"


def headline(plan: Plan) -> str:
    """What the table is, in one sentence; small counts are not told."""
    share = f"{plan.prevalence:.1%}" if min(plan.positives, plan.negatives) >= 11 else "very few"
    excluded = plan.rows - plan.eligible
    text = f"{plan.rows:,} rows, {len(plan.columns)} columns"
    if excluded >= 11:
        text += f", {plan.eligible:,} eligible"
    moment = f"at {plan.predict_at}" if plan.predict_at != "encounter" else "during the encounter"
    return f"{text}; {share} with the event; the model is asked {moment}: {plan.predict_why}"


def decisions(plan: Plan) -> list[tuple[str, str, str]]:
    """For each column: its name, what it is used as, and why."""
    rows = []
    for column in plan.columns:
        what = column.kind if column.use is Use.NUMBER else column.use.value
        if column.use.feature and column.use is not Use.NUMBER and column.levels:
            what = f"{column.use.value} ({len(column.levels)}{'+' if column.open else ''})"
        empty = f"{column.missing_share:.0%} missing" if column.missing_share >= 0.01 else ""
        rows.append((column.name, what, "; ".join(filter(None, (*column.why, empty)))))
    return rows


def _cell(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words).replace("|", "\\|").replace("<", "&lt;")
