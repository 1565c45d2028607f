"""Where a release comes from: an in-toto statement (SLSA provenance 1.0) about the Bento, the image and their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wardround import __version__
from wardround.errors import GovernanceFinding

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
#: What ``externalParameters`` and ``resolvedDependencies`` mean docs/how-to/release.md says.
BUILD_TYPE = "urn:wardround:release:v1"


@dataclass(frozen=True)
class Made:
    """What a release says of itself.

    ``subjects``: name -> digest of everything that was made. ``materials``: name -> digest of what it was made from.
    ``builder`` names who built: the workflow on a forge, else ``local``.
    """

    project: str
    version: str
    commit: str
    repository: str
    builder: str
    subjects: Mapping[str, str]
    materials: Mapping[str, str]


def statement(made: Made) -> dict[str, Any]:
    """The statement. It holds no time: the same release is the same bytes."""
    materials = [{"name": name, "digest": _digest(digest)} for name, digest in sorted(made.materials.items())]
    source = {"name": "source", "uri": made.repository, "digest": {"gitCommit": made.commit}}
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": _digest(digest)} for name, digest in sorted(made.subjects.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "project": made.project,
                    "version": made.version,
                    "repository": made.repository,
                    "commit": made.commit,
                },
                "resolvedDependencies": [source, *materials],
            },
            "runDetails": {"builder": {"id": made.builder, "version": {"wardround": __version__}}},
        },
    }


def check(plain: Any, *, project: str, commit: str, subjects: Mapping[str, str]) -> None:
    """Compares an opened statement with what a tag says. :class:`GovernanceFinding` when it is about something else."""
    try:
        told = {item["name"]: "sha256:" + item["digest"]["sha256"] for item in plain["subject"]}
        given = plain["predicate"]["buildDefinition"]["externalParameters"]
        about = {"project": given["project"], "commit": given["commit"]}
        right = plain["_type"] == STATEMENT and plain["predicateType"] == PREDICATE
    except (KeyError, TypeError) as error:
        raise _another("it is no statement of a release") from error
    if not right or about != {"project": project, "commit": commit}:
        raise _another("it is about another project or commit")
    wrong = sorted(name for name, digest in subjects.items() if told.get(name) != digest)
    if wrong:
        raise _another(f"it is about another {', '.join(wrong)}")


def _another(found: str) -> GovernanceFinding:
    return GovernanceFinding(
        "the provenance is not that of this version",
        where="provenance.json",
        found=found,
        next="find out who changed it; release the version's commit again",
    )


def _digest(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm: value}
