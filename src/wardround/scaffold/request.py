"""What a person asks ``wardround init`` for, checked as far as it can be without looking at the data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from wardround.errors import Problem, UsageError

#: The moments at which a value can become known, in order. A feature must be known when the model is asked.
MOMENTS = ("admission", "encounter", "discharge", "outcome")
Moment = Literal["admission", "encounter", "discharge", "outcome"]


@dataclass(frozen=True)
class DataRequest:
    """A table and which column plays which part.

    ``path`` is a file, a glob or an fsspec URL. ``positive`` is the outcome's value that counts as the event, or a
    comparison such as ``>0``. ``exclude`` maps a column to the values whose encounters are not eligible. ``predict_at`` is the
    moment at which the model is asked; None means that the outcome's name decides.
    """

    path: str
    outcome: str
    positive: str
    subject: str | None = None
    encounter: str | None = None
    time: str | None = None
    site: str | None = None
    exclude: dict[str, tuple[str, ...]] = field(default_factory=dict)
    predict_at: Moment | None = None
    encoding: str | None = None
    separator: str | None = None

    def roles(self) -> dict[str, str]:
        """Option -> column, for the options that were given."""
        given = {
            "--outcome": self.outcome,
            "--subject": self.subject,
            "--encounter": self.encounter,
            "--time": self.time,
            "--site": self.site,
        }
        return {option: column for option, column in given.items() if column}


def check_name(name: str) -> None:
    """Raises :class:`UsageError` unless ``name`` can name a project (GTO's grammar of artifact names)."""
    if re.fullmatch(r"[a-z][a-z0-9-]{0,62}[a-z0-9]", name):
        return
    near = slug(name)
    raise UsageError(
        "this cannot be the name of a project",
        where=f"NAME: {name!r}",
        wanted="2 to 64 lower-case letters, digits and hyphens; a letter first, no hyphen last",
        next=f"wardround init {near}" if near else "choose a name such as sepsis-alert",
    )


def slug(text: str) -> str:
    """The nearest valid project name; empty when nothing is left of ``text``."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    plain = re.sub(r"^[^a-z]+", "", plain)[:64].rstrip("-")
    return plain if len(plain) > 1 else ""


def parse_exclude(items: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """``COL=V,…`` items as a mapping; all malformed ones are reported together."""
    found: dict[str, tuple[str, ...]] = {}
    problems = []
    for item in items:
        column, equals, values = item.partition("=")
        listed = tuple(value.strip() for value in values.split(",") if value.strip())
        if not equals or not column.strip() or not listed:
            problems.append(
                Problem(
                    "an exclusion is not readable",
                    where=f"--exclude {item!r}",
                    wanted="COLUMN=VALUE or COLUMN=VALUE,VALUE",
                    next="for instance --exclude 'discharged_to=11,13'",
                )
            )
            continue
        found[column.strip()] = tuple(dict.fromkeys((*found.get(column.strip(), ()), *listed)))
    if problems:
        raise UsageError(problems=problems)
    return found
