"""What differs between the last version and this commit: whether a release is needed, and which number of the version grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.errors import UsageError
from wardround.project.params import parse
from wardround.registry.bump import Changed

if TYPE_CHECKING:
    from wardround.project.params import Params
    from wardround.registry.entries import Version
    from wardround.release.digests import Digests
    from wardround.revision.git import Git

#: Params that say what an answer means.
_MEANING = (
    ("project", "outcome"),
    ("project", "encounter"),
    ("data", "columns", "outcome"),
    ("data", "columns", "encounter"),
    ("data", "positive"),
    ("data", "exclude"),
)


def changed(git: Git, latest: Version, commit: str, digests: Digests) -> Changed:
    """What a consumer of the answers would notice. Params of the last version that cannot be read count as another meaning."""
    before, after = _params(git, latest.commit), _params(git, commit)
    if before is None or after is None:
        return Changed(meaning=True)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    code = "pipelines/features.py"
    return Changed(
        meaning=any(_at(old, key) != _at(new, key) for key in _MEANING),
        contract=digests.contract != latest.record.contract,
        features=git.file(latest.commit, code) != git.file(commit, code) or old["features"] != new["features"],
    )


def words(change: Changed, differing: tuple[str, ...]) -> tuple[str, ...]:
    """What differs, for people: from the most noticeable to the least."""
    said = []
    if change.meaning:
        said.append("what an answer means")
    if change.contract:
        said.append("the contract")
    if change.features:
        said.append("the features")
    said += [f"the {name}" for name in ("model", "service", "environment") if name in differing]
    return tuple(said)


def _params(git: Git, commit: str) -> Params | None:
    content = git.file(commit, "params.yaml")
    try:
        return None if content is None else parse(content.decode("utf-8", "replace"))
    except UsageError:
        return None


def _at(values: Any, key: tuple[str, ...]) -> Any:
    for part in key:
        values = values[part]
    return values
