"""From a request's bytes to encounters: parsed, held against the contract, and refused by field where they do not fit."""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import to_json

from wardround.contract import Contract
from wardround.project.sections import Columns
from wardround.project.serve_section import ServeSection
from wardround.service import schema
from wardround.service.doubled import doubled
from wardround.service.refusal import MOST, FieldProblem, Refusal
from wardround.service.shape import misshapen
from wardround.stages.serving.encounters import Keys, Row

_JSON = "JSON: an object with encounters, or one encounter with its history"
_READABLE = (
    _JSON + "; in UTF-8 without a byte order mark, no half of a pair of surrogates, no number of thousands of digits"
)
_CLOSED = "only the fields that the contract names"


class Item(NamedTuple):
    """One encounter with the earlier encounters of its subject: values in the order of the contract's shown columns."""

    encounter: Row
    history: tuple[Row, ...]


@dataclass(frozen=True)
class Asked:
    """The encounters of one request; ``many`` whether they came as a list, which is how fields are then called."""

    items: tuple[Item, ...]
    many: bool

    @property
    def rows(self) -> int:
        """Encounters, histories included."""
        return sum(1 + len(item.history) for item in self.items)

    def field(self, number: int) -> str:
        """How the encounter's item is called in a refusal."""
        return f"encounters[{number}]." if self.many else ""


class Parser:
    """Reads bodies. One is made from a contract and serves all requests."""

    def __init__(self, contract: Contract, columns: Columns, withheld: tuple[str, ...], limits: ServeSection) -> None:
        self.columns = tuple(schema.shown(contract, withheld))
        self.keys = Keys.of(self.columns, columns)
        self.encounter = schema.encounter_model(contract, withheld)
        has_history = self.keys.subject is not None and self.keys.time is not None
        self.body = schema.body_model(self.encounter, limits, has_history=has_history)
        self._limits = limits
        self._wanted = {column.name: schema.wanted(column) for column in self.columns}
        self._names = frozenset(self._wanted) | frozenset(_STRUCTURE)
        subject = self.keys.subject
        self._one_subject = subject is not None and not self.columns[subject].unique
        self._unique = [place for place, column in enumerate(self.columns) if column.unique]

    def parse(self, body: bytes) -> Asked:
        """The request's encounters. Raises :class:`Refusal`: 400 for what is no JSON, 413 for too many, 422 by field."""
        if (place := misshapen(body, self._wanted)) is not None:
            wanted = self._wanted[str(place[-1])] if place and place[-1] in self._wanted else _CLOSED
            raise Refusal(422, "the request does not satisfy the contract", [FieldProblem(_path(place), wanted)])
        try:
            found: Any = self.body.model_validate_json(body)
        except ValidationError as error:
            raise self._refusal(error) from None
        if (found.encounters is None) == (found.encounter is None) or (found.encounters is not None and found.history):
            raise Refusal(422, "the request has not the form that is wanted", [FieldProblem("", _JSON)])
        if (name := doubled(body, _fields(found), self._names)) is not None:
            raise Refusal(400, "a field stands twice in one object", [FieldProblem(name, "each field once")])
        many = found.encounters is not None
        asked = Asked(tuple(_item(item) for item in (found.encounters if many else (found,))), many)
        self._few_of_one(asked)
        if problems := [problem for number in range(len(asked.items)) for problem in self._together(asked, number)]:
            raise Refusal(422, "the request does not satisfy the contract", problems)
        return asked

    def rows(self, item: Any) -> list[Row]:
        """The rows of an item of a golden file, history first. Raises ``ValueError`` when it does not fit the contract."""
        given = [*item["history"], item["encounter"]]
        return [tuple(self.encounter.model_validate_json(to_json(record)).__dict__.values()) for record in given]

    def _few_of_one(self, asked: Asked) -> None:
        subject, most = self.keys.subject, self._limits.max_per_subject
        if subject is None or len(asked.items) <= most:
            return
        met = Counter(item.encounter[subject] for item in asked.items)
        if met.most_common(1)[0][1] > most:
            wanted = f"at most {most} of one {self.columns[subject].name} in one request"
            raise Refusal(413, "there are too many encounters of one subject", [FieldProblem("encounters", wanted)])

    def _together(self, asked: Asked, number: int) -> list[FieldProblem]:
        """What the rows of one item have to be together: one subject's, and each there once."""
        item = asked.items[number]
        if not item.history:
            return []
        problems = []
        subject = self.keys.subject
        if self._one_subject and subject is not None:
            own = item.encounter[subject]
            problems += [
                FieldProblem(
                    f"{asked.field(number)}history[{place}].{self.columns[subject].name}", "the encounter's own subject"
                )
                for place, row in enumerate(item.history)
                if row[subject] != own
            ]
        for column in self._unique:
            values = [row[column] for row in (*item.history, item.encounter) if row[column] is not None]
            if len(set(values)) < len(values):
                problems.append(
                    FieldProblem(
                        f"{asked.field(number)}history",
                        f"each {self.columns[column].name} once, the encounter's own included",
                    )
                )
        return problems

    def _refusal(self, error: ValidationError) -> Refusal:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if any(item["type"] == "json_invalid" for item in found):
            return Refusal(400, "the body cannot be read as JSON", [FieldProblem("", _READABLE)])
        if any(item["type"] == "too_long" and item["loc"] == ("encounters",) for item in found):
            most = self._limits.max_encounters
            return Refusal(
                413, "there are too many encounters", [FieldProblem("encounters", f"at most {most} in one request")]
            )
        problems = [self._problem(item, near=number < MOST) for number, item in enumerate(found)]
        return Refusal(422, "the request does not satisfy the contract", list(dict.fromkeys(problems)))

    def _problem(self, error: Any, *, near: bool) -> FieldProblem:
        """``near`` is whether to look for the field that was meant, which takes long."""
        place, kind = error["loc"], error["type"]
        if kind == "extra_forbidden":
            # the name is the sender's own text: it may be anything, a patient's name too
            meant = difflib.get_close_matches(str(place[-1])[:100], self._wanted, n=1) if near else []
            return FieldProblem(_path(place[:-1]), _CLOSED + (f" (did you mean {meant[0]}?)" if meant else ""))
        name = place[-1] if place else ""
        inside = len(place) >= 2 and place[-2] != "encounters"
        if inside and name in self._wanted:
            return FieldProblem(_path(place), self._wanted[str(name)])
        if kind == "too_long":
            return FieldProblem(_path(place), f"at most {self._limits.max_history} earlier encounters")
        return FieldProblem(_path(place), _STRUCTURE.get(str(name), _JSON if not place else "an object"))


_STRUCTURE = {
    "encounters": "a list of at least one object with encounter and history",
    "encounter": "an object with the fields that the contract names",
    "history": "a list of earlier encounters",
}


def _fields(found: Any) -> int:
    """How many fields were given, in the whole body."""
    total = len(found.model_fields_set)
    for item in (found,) if found.encounters is None else found.encounters:
        total += len(item.encounter.model_fields_set) + (0 if item is found else len(item.model_fields_set))
        total += sum(len(row.model_fields_set) for row in item.history)
    return total


def _item(found: Any) -> Item:
    history = found.history
    return Item(
        tuple(found.encounter.__dict__.values()),
        tuple(tuple(row.__dict__.values()) for row in history) if history else (),
    )


def _path(place: Sequence[str | int]) -> str:
    text = ""
    for part in itertools.islice(place, 8):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
