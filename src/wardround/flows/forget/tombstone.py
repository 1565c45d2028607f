"""What remains of a withdrawal: which objects are gone and why, and which versions had been trained on them. Nothing of who it was, nor how many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, Self

from pydantic import ValidationError

from wardround.errors import EnvironmentFailure
from wardround.evidence.base import Frozen
from wardround.files import canonical_json, sha256_json
from wardround.flows.forget.index import write
from wardround.flows.forget.stores import TOMBSTONES

if TYPE_CHECKING:
    from wardround.flows.forget.request import Plan
    from wardround.storage.place import Place


class Tombstone(Frozen):
    """``done`` is false until everything is erased: a run that was killed is finished by the next."""

    schema_version: Literal[1] = 1
    kind: Literal["withdrawal"] = "withdrawal"
    reason: str
    objects: tuple[str, ...]
    snapshots: tuple[str, ...]
    versions: tuple[str, ...]
    current: bool
    done: bool = False

    @classmethod
    def of(cls, plan: Plan, reason: str) -> Self:
        """The tombstone of a plan that was not carried out yet."""
        return cls(
            reason=reason, objects=plan.objects, snapshots=plan.snapshots, versions=plan.versions, current=plan.current
        )

    @property
    def name(self) -> str:
        """Twelve digits of a digest of what is erased: the same withdrawal has the same name whenever it is run."""
        return sha256_json([list(self.objects), list(self.snapshots)]).removeprefix("sha256:")[:12]

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def path(self) -> str:
        """Where the repository keeps it."""
        return f"governance/withdrawals/{self.name}.json"

    def keep(self, home: Place) -> None:
        """Writes it to the storage, and its name into the list there."""
        names = [*dict.fromkeys([*listed(home), self.name])]
        write(home, f"{TOMBSTONES}/{self.name}.json", self.content)
        write(home, f"{TOMBSTONES}/index.json", canonical_json(names))


def listed(home: Place) -> list[str]:
    """The names of all tombstones in the storage, oldest first."""
    content = home.read(f"{TOMBSTONES}/index.json")
    try:
        return [str(name) for name in json.loads(content)] if content else []
    except ValueError:
        return []


def all_in(home: Place) -> tuple[Tombstone, ...]:
    """All tombstones in the storage. Raises :class:`EnvironmentFailure` for one that cannot be read: something may be half erased."""
    found = []
    for name in listed(home):
        content = home.read(f"{TOMBSTONES}/{name}.json")
        try:
            found.append(Tombstone.model_validate_json(content or b""))
        except ValidationError as error:
            raise EnvironmentFailure(
                "a tombstone in the storage cannot be read",
                where=f"{TOMBSTONES}/{name}.json",
                next="restore it from governance/withdrawals/",
            ) from error
    return tuple(found)
