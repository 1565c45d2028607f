"""Encounters drawn from the contract, arranged as a hospital's are: subjects return, times lie in the window, some have the event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from wardround.contract import Contract, ContractColumn, Kind
from wardround.errors import UsageError
from wardround.files import replacing
from wardround.project.sections import DataSection
from wardround.stages.rehearsal import arranging
from wardround.stages.rehearsal.satisfiable import satisfiable
from wardround.stages.train.drawing import draw, passing


@dataclass(frozen=True)
class Wish:
    """What is drawn: ``rows`` encounters with ``rate`` (0 to 1) of them having the event, by ``seed``."""

    rows: int = 2_400
    rate: float = 0.3
    seed: int = 20260101


@dataclass(frozen=True)
class Drawn:
    """The table, and the names of the contract's own checks that no drawn row could satisfy."""

    table: pd.DataFrame
    unmet: tuple[str, ...] = ()


def encounters(contract: Contract, data: DataSection, wish: Wish) -> Drawn:
    """The table; rows that the contract refuses are left out. Raises :class:`UsageError` when hardly a row is left.

    An arrangement that the contract refuses for most rows (each subject once, say) is left as it was drawn.
    """
    rng = np.random.default_rng(wish.seed)
    declared = _with_roles(contract, data)
    loose, unmet = satisfiable(declared, data.columns, rng)
    table = draw(loose, data.columns, wish.rows, rng)
    steps: tuple[Callable[[pd.DataFrame], pd.DataFrame], ...] = (
        lambda frame: arranging.times(frame, declared, data, rng),
        lambda frame: arranging.subjects(frame, declared, data.columns, rng),
        lambda frame: arranging.sites(frame, declared, data.columns, rng),
        lambda frame: arranging.outcomes(frame, declared, data, wish.rate, rng),
    )
    for step in steps:
        arranged = step(table)
        good = arranged[passing(loose, arranged)].reset_index(drop=True)
        table = good if 2 * len(good) >= len(table) else table
    if 4 * len(table) < wish.rows:
        raise UsageError(
            "hardly any encounter could be drawn that satisfies the contract",
            where=contract.where,
            wanted=f"{wish.rows:,} encounters",
            found=f"{len(table):,}" + (f"; checks that no drawn row meets: {', '.join(unmet)}" if unmet else ""),
            next="declare ranges and levels (ge, le, isin), so that values can be drawn inside them",
        )
    return Drawn(table, unmet)


def write(drawn: Drawn, contract: Contract, path: Path) -> None:
    """Writes the table as Parquet, with the contract's types."""
    arrays, names = [], []
    for name in map(str, drawn.table.columns):
        column = contract.column(name)
        kind = column.arrow_type if column is not None else None
        arrays.append(pa.array(drawn.table[name], type=kind, from_pandas=True))
        names.append(name)
    with replacing(path) as temporary:
        pq.write_table(pa.table(arrays, names=names), temporary)


def _with_roles(contract: Contract, data: DataSection) -> Contract:
    """The contract and, for each role whose column it leaves undeclared, a plain column."""
    from dataclasses import replace

    roles = data.columns
    plain: dict[str, Any] = {roles.outcome: _kind_of(data)}
    for name, kind in (
        (roles.encounter, Kind.TEXT),
        (roles.subject, Kind.TEXT),
        (roles.time, _time_kind(data)),
        (roles.site, Kind.TEXT),
        (roles.outcome_time, Kind.DATETIME),
        *((name, Kind.TEXT) for name in data.exclude),
    ):
        if name is not None:
            plain.setdefault(name, kind)
    added = tuple(ContractColumn(name, kind) for name, kind in plain.items() if contract.column(name) is None)
    return replace(contract, columns=(*contract.columns, *added)) if added else contract


def _time_kind(data: DataSection) -> Kind:
    return Kind.INTEGER if isinstance(data.window.start, int) or isinstance(data.window.end, int) else Kind.DATETIME


def _kind_of(data: DataSection) -> Kind:
    """The kind of an outcome that the contract leaves open, by what counts as the event."""
    value = data.positive
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, str):
        return Kind.FLOAT if value.lstrip()[:1] in "<>=!" else Kind.TEXT
    return Kind.INTEGER if isinstance(value, int) else Kind.FLOAT
