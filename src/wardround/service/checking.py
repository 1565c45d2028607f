"""The contract's own checks at the time of a request: which of them can be asked, and whose encounter fails one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wardround.contract import Contract
from wardround.contract.rows import Failures, RowCheck, row_checks, tried
from wardround.service.asking import Parser
from wardround.service.refusal import FieldProblem
from wardround.stages.serving.encounters import arrange


def kept(agreed: Contract, parser: Parser, withheld: tuple[str, ...], model: Path) -> tuple[list[RowCheck], list[str]]:
    """The contract's own checks that can be asked at the time of a request, tried on the model's golden encounters."""
    checks = row_checks(agreed, withheld)
    if not checks:
        return [], []
    found = json.loads((model / "golden.json").read_bytes())["encounters"]
    items = [{"encounter": item["encounter"], "history": item["history"]} for item in found]
    if not items:
        return checks, []
    rows = [row for item in items for row in parser.rows(item)]
    return tried(checks, arrange(rows, parser.keys)[0])


def by_item(
    wrong: Failures, where: NDArray[np.int64], places: list[int], ends: list[int]
) -> dict[int, list[FieldProblem]]:
    """Failing rows of the sorted frame as problems of the items that they came with."""
    came = np.empty(len(where), dtype=np.int64)
    came[where] = np.arange(len(where))
    found: dict[int, list[FieldProblem]] = {}
    for row, checks in sorted(wrong.items()):
        number = int(came[row])
        turn = int(np.searchsorted(ends, number))
        begin = ends[turn - 1] + 1 if turn else 0
        field = ".encounter" if number == ends[turn] else f".history[{number - begin}]"
        found.setdefault(places[turn], []).extend(
            FieldProblem(field + (f".{check.column.name}" if check.column is not None else ""), check.words)
            for check in checks
        )
    return found
