"""``golden.json``: synthetic encounters with the probabilities that this model gives them, for every later smoke test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wardround.contract import Contract
from wardround.files import canonical_json
from wardround.project.sections import Columns
from wardround.stages.features.building import Builder
from wardround.stages.serving.records import frame_from_records, to_records, with_keys
from wardround.stages.serving.scorer import Scorer
from wardround.stages.train.drawing import draw

#: The most earlier encounters that a golden encounter brings along.
MOST_EARLIER = 3


@dataclass(frozen=True)
class GoldenRequest:
    """What golden encounters are made from: contract and columns to draw by, features and scorer to answer by."""

    contract: Contract
    columns: Columns
    withheld: tuple[str, ...]
    builder: Builder
    scorer: Scorer
    encounters: int
    seed: int


def golden(request: GoldenRequest) -> tuple[bytes, int]:
    """The file's bytes and how many encounters it holds.

    Each has its ``history`` (earlier encounters of that subject), its own record ``encounter`` without anything known only after
    the outcome, and ``probability``.
    """
    rng = np.random.default_rng(request.seed)
    columns = request.columns
    has_history = columns.time is not None and columns.subject is not None
    earlier = (
        rng.integers(0, MOST_EARLIER + 1, size=request.encounters) if has_history else np.zeros(request.encounters, int)
    )
    drawn = draw(request.contract, columns, int(request.encounters + earlier.sum()), rng)
    shown = [column.name for column in request.contract.columns if column.name not in request.withheld]
    items, place = [], 0
    for count in earlier:
        rows = drawn.iloc[place : place + int(count) + 1]
        place += int(count) + 1
        if len(rows) <= count:
            break
        items.append(_item(request, to_records(_one_subject(rows, request)[shown])))
    return canonical_json({"encounters": items}), len(items)


def _one_subject(rows: pd.DataFrame, request: GoldenRequest) -> pd.DataFrame:
    """The rows as encounters of the last row's subject, in the order of their time."""
    columns = request.columns
    result = rows.copy()
    if columns.time is not None and len(rows) > 1:
        result = result.sort_values(columns.time, kind="stable")
    if columns.subject is not None:
        column = request.contract.column(columns.subject)
        if column is None or not column.unique:
            result[columns.subject] = result[columns.subject].iloc[-1]
    return result


def _item(request: GoldenRequest, records: list[dict[str, Any]]) -> dict[str, Any]:
    *history, encounter = records
    return {"history": history, "encounter": encounter, "probability": answer(request, history, encounter)}


def answer(request: GoldenRequest, history: list[dict[str, Any]], encounter: dict[str, Any]) -> float:
    """The probability of one encounter with its history: records, features, served form, as a service goes."""
    frame = with_keys(frame_from_records([*history, encounter], request.contract), request.columns)
    place = int(np.flatnonzero(frame.index == len(history))[0])
    features = request.builder.build(
        frame.reset_index(drop=True), "the features do not run on encounters that are drawn from the contract"
    )
    return float(request.scorer.of_features(features)[place])
