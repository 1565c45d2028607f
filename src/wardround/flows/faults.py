"""The faults that the self-test plants in a project, each drawn by a seed among several kinds."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.files import replacing, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.project.layout import Project


@dataclass(frozen=True)
class Plant:
    """One kind of fault: ``put`` plants it and says in words what was drawn.

    ``rules`` are those of which one must refuse. The stages from ``first`` to ``last`` run again; evidence of the others
    stays that of the healthy project.
    """

    name: str
    rules: tuple[str, ...]
    first: str
    last: str
    put: Callable[[Project, int], str]


def healthy_params(root: Path, seed: int) -> None:
    """Draws a small synthetic hospital network and limits that its test block can answer."""
    draw = random.Random(seed)  # noqa: S311 - a reproducible draw, nothing secret
    edit_params(
        root,
        {
            "synthetic": {
                "encounters": draw.randrange(18_000, 24_000, 1_000),
                "hospitals": draw.choice((2, 3)),
                "months": draw.choice((24, 27, 30)),
                "seed": draw.randrange(1, 2**31),
            },
            "evaluate": {"importance_repeats": 0, "stability_seeds": 0},
            # A block of some three thousand encounters cannot hold a slope as narrow as a hospital's; the lock needs a repository.
            "gate": {
                "calibration": {"slope": [0.4, 2.0], "observed_expected": [0.5, 2.0]},
                "off": ["lock.fresh", "privacy.phi"],
            },
        },
    )


def edit_params(root: Path, changes: dict[str, Any]) -> None:
    """Merges ``changes`` into ``params.yaml``, section by section."""
    from io import StringIO

    from ruamel.yaml import YAML

    path = root / "params.yaml"
    yaml = YAML()
    raw = yaml.load(path.read_text(encoding="utf-8"))
    _merge(raw, changes)
    text = StringIO()
    yaml.dump(raw, text)
    write_text(path, text.getvalue())


def _merge(into: Any, changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


#: Settings of the default model with which it learns next to nothing: one stump, or leaves too large to split.
_BAD = (
    ("a single stump", {"max_iter": 1, "max_leaf_nodes": 2}),
    ("leaves too large to split", {"max_iter": 20, "min_samples_leaf": 1_000_000}),
    ("two stumps that hardly move", {"max_iter": 2, "max_leaf_nodes": 2, "learning_rate": 0.001}),
)


def bad_model(project: Project, seed: int) -> str:
    """Takes the model's capacity away."""
    how, settings = random.Random(f"model {seed}").choice(_BAD)  # noqa: S311 - a reproducible draw
    edit_params(project.root, {"model": {"kind": "hist_gradient_boosting", "settings": settings}})
    return how


#: Features that only the future knows. A readmission is the next stay: its distance is nearly the outcome itself.
_LEAKS = (
    ("days until the next stay", 'encounters.groupby("wr_subject")["wr_time"].diff(-1).dt.total_seconds() / -86400'),
    ("number of later stays", 'encounters.groupby("wr_subject").cumcount(ascending=False).astype(float)'),
    ("whether the patient comes again", 'encounters["wr_subject"].duplicated(keep="last").astype(float)'),
)

_WRAPPER = '''

_honest_build = build


def build(encounters, settings):
    """The honest features and one that looks ahead."""
    made = _honest_build(encounters, settings)
    return made.assign(planted={expression})
'''


def leaking_feature(project: Project, seed: int) -> str:
    """Adds a feature that looks at the subject's later encounters."""
    how, expression = random.Random(f"leak {seed}").choice(_LEAKS)  # noqa: S311 - a reproducible draw
    path = project.layout.features_code
    write_text(path, path.read_text(encoding="utf-8") + _WRAPPER.format(expression=expression))
    return how


def broken_data(project: Project, seed: int) -> str:
    """Breaks one column of the snapshot in a part of the rows: another unit, a new code, or values lost."""
    from wardround.contract import Kind, load

    draw = random.Random(f"data {seed}")  # noqa: S311 - a reproducible draw, nothing secret
    columns = load(project.layout.contract).columns
    candidates = {
        "unit": [column.name for column in columns if column.kind.numeric and column.high is not None],
        "code": [column.name for column in columns if column.kind is Kind.CATEGORY],
        "lost": [column.name for column in columns if column.kind.numeric and not column.nullable],
    }
    kind = draw.choice([kind for kind, names in candidates.items() if names])
    name, share = draw.choice(candidates[kind]), draw.uniform(0.1, 0.5)
    _break(project.layout.snapshot, name, kind, (share, draw.randrange(2**31)))
    return {"unit": f"{name} in another unit", "code": f"a new code in {name}", "lost": f"values of {name} lost"}[kind]


def _break(snapshot: Path, name: str, kind: str, draw: tuple[float, int]) -> None:
    """Breaks the drawn share of the column's rows; the seed says which."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    share, seed = draw
    generator = np.random.default_rng(seed)
    for path in sorted(snapshot.glob("part-*.parquet")):
        table = pq.read_table(path)
        column = table.column(name)
        hit = pa.array(generator.random(table.num_rows) < share)
        if kind == "unit":
            # Ten thousand times as much and one more: beyond any bound of the contract, for zero too.
            broken = pc.cast(pc.add(pc.multiply(column, 10_000), 10_001), column.type)
        else:
            broken = pa.scalar("a new code" if kind == "code" else None, column.type)
        changed = pc.if_else(hit, broken, column)
        place = table.schema.get_field_index(name)
        with replacing(path) as temporary:
            pq.write_table(table.set_column(place, table.schema.field(name), changed), temporary)


PLANTS = (
    Plant("a bad model", ("performance.floor", "performance.non_inferiority"), "train", "evaluate", bad_model),
    Plant("a leaking feature", ("data.leakage",), "features", "evaluate", leaking_feature),
    Plant("broken data", ("data.contract", "data.shift"), "validate", "validate", broken_data),
)
