"""What a repository holds: files, commits, branches and tags."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.sandbox.gitread import CommitData, Entry, TagData
from wardround.sandbox.model import Comment
from wardround.sandbox.pages.answers import Page, Send, get
from wardround.sandbox.pages.checks import checks_of, total
from wardround.sandbox.pages.diffs import diffs
from wardround.sandbox.pages.visit import Visit
from wardround.sandbox.refusal import missing

_REPO = "/{owner}/{repo}"
#: A larger file is not shown on a page, in bytes.
_LARGEST = 1 << 20
_COMMITS = 50


@dataclass(frozen=True)
class Place:
    """A path at a revision: ``ref`` is how the address names it, ``sha`` the commit."""

    ref: str
    sha: str
    path: str = ""

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """Each directory above, and the path itself: its name and its path."""
        parts = [part for part in self.path.split("/") if part]
        return [(part, "/".join(parts[: at + 1])) for at, part in enumerate(parts)]


@dataclass(frozen=True)
class TagLine:
    """A tag: ``data`` is None for a lightweight one."""

    name: str
    commit: CommitData | None
    data: TagData | None


def place_of(visit: Visit) -> Place:
    """Where an address with a revision and a path points; a branch's own slashes come first."""
    parts = visit.params["rest"].strip("/").split("/")
    for length in range(len(parts), 0, -1):
        ref = "/".join(parts[:length])
        sha = visit.bare.resolve(ref)
        if sha is not None:
            return Place(ref, sha, "/".join(parts[length:]))
    raise missing()


@get(_REPO)
def repository(visit: Visit) -> Page:
    """The front page: files and README of the default branch."""
    branch = visit.repository.default_branch
    sha = visit.bare.branch(branch)
    if sha is None:
        return Page("empty.html", {"title": visit.name, "tab": "code"})
    return _tree(visit, Place(branch, sha))


@get(_REPO + "/tree/{rest:path}")
def tree(visit: Visit) -> Page:
    """A directory."""
    return _tree(visit, place_of(visit))


def _tree(visit: Visit, place: Place) -> Page:
    bare = visit.bare
    entries = sorted(bare.entries(f"{place.sha}:{place.path}"), key=lambda entry: (entry.kind == "blob", entry.path))
    if not entries and place.path:
        raise missing()
    last = bare.log(place.sha, path=place.path, limit=1)
    checks = checks_of(visit.world, visit.repository, last[0].sha) if last else ()
    values = {
        "place": place,
        "entries": entries,
        "last": last[0] if last else None,
        "total": total(checks),
        "commits": int(bare.must("rev-list", "--count", place.sha)),
        "branches": list(_names(visit, "refs/heads/")),
        "tags": len(_names(visit, "refs/tags/")),
        "readme": _readme(visit, entries),
    }
    return Page("tree.html", {"title": visit.name, "tab": "code", **values})


def _names(visit: Visit, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): sha for name, sha in visit.bare.refs(prefix).items()}


def _readme(visit: Visit, entries: list[Entry]) -> str | None:
    for entry in entries:
        if entry.kind == "blob" and entry.path.lower() in {"readme.md", "readme.markdown"} and entry.size <= _LARGEST:
            return (visit.bare.blob(entry.sha) or b"").decode("utf-8", "replace")
    return None


def _file(visit: Visit, place: Place) -> bytes:
    content = visit.bare.file(place.sha, place.path)
    if content is None:
        raise missing()
    return content


@get(_REPO + "/blob/{rest:path}")
def blob(visit: Visit) -> Page:
    """A file, as numbered lines or as the document that it is."""
    place = place_of(visit)
    content = _file(visit, place)
    text = None
    if len(content) <= _LARGEST and b"\0" not in content:
        text = content.decode("utf-8", "replace")
    rendered = place.path.lower().endswith((".md", ".markdown")) and visit.query.get("plain") != "1"
    values = {"place": place, "text": text, "size": len(content), "rendered": rendered}
    return Page("blob.html", {"title": place.path, "tab": "code", **values})


@get(_REPO + "/raw/{rest:path}")
def raw(visit: Visit) -> Send:
    """A file's bytes; never shown as anything but plain text."""
    place = place_of(visit)
    return Send(_file(visit, place), "text/plain; charset=utf-8", place.path.rsplit("/", maxsplit=1)[-1])


@get(_REPO + "/commits")
def commits_of_default(visit: Visit) -> Page:
    """The commits of the default branch."""
    return _commits(visit, visit.repository.default_branch)


@get(_REPO + "/commits/{rest:path}")
def commits(visit: Visit) -> Page:
    """The commits of a revision, newest first."""
    return _commits(visit, visit.params["rest"])


def _commits(visit: Visit, revision: str) -> Page:
    found = visit.bare.log(visit.commit(revision), limit=_COMMITS)
    states = {item.sha: total(checks_of(visit.world, visit.repository, item.sha)) for item in found}
    return Page(
        "commits.html", {"title": "Commits", "tab": "code", "ref": revision, "commits": found, "states": states}
    )


@get(_REPO + "/commit/{sha}")
def commit(visit: Visit) -> Page:
    """A commit: what it changes, and its statuses."""
    sha = visit.commit(visit.params["sha"])
    data = visit.bare.commit(sha)
    assert data is not None
    empty = visit.bare.must("hash-object", "-t", "tree", "--stdin", stdin="").strip()
    checks = checks_of(visit.world, visit.repository, sha)
    values = {
        "commit": data,
        "files": diffs(visit.bare.diff(data.parents[0] if data.parents else empty, sha)),
        "checks": checks,
        "total": total(checks),
        "comments": visit.world.store.find(Comment, visit.name, sha=sha),
    }
    return Page("commit.html", {"title": data.message.split("\n", maxsplit=1)[0], "tab": "code", **values})


@get(_REPO + "/compare/{rest:path}")
def compare(visit: Visit) -> Page:
    """What one revision has that another has not."""
    before, _, after = visit.params["rest"].partition("...")
    base, head = visit.commit(before), visit.commit(after)
    files = diffs(visit.bare.diff(visit.bare.merge_base(base, head) or base, head))
    found = visit.bare.log(head, exclude=base)
    return Page(
        "compare.html",
        {"title": "Compare", "tab": "code", "before": before, "after": after, "files": files, "commits": found},
    )


@get(_REPO + "/branches")
def branches(visit: Visit) -> Page:
    """The branches and their tips."""
    found = [(name, visit.bare.commit(sha)) for name, sha in _names(visit, "refs/heads/").items()]
    found.sort(key=lambda item: item[0] != visit.repository.default_branch)
    states = {name: total(checks_of(visit.world, visit.repository, tip.sha)) for name, tip in found if tip}
    return Page("branches.html", {"title": "Branches", "tab": "code", "branches": found, "states": states})


@get(_REPO + "/tags")
def tags(visit: Visit) -> Page:
    """The tags: annotated ones with who made them and what they say."""
    bare = visit.bare
    found = [
        TagLine(name, bare.commit(f"refs/tags/{name}"), bare.tag(sha))
        for name, sha in _names(visit, "refs/tags/").items()
    ]
    found.sort(key=lambda tag: (_date(tag), tag.name), reverse=True)
    return Page("tags.html", {"title": "Tags", "tab": "code", "tags": found})


def _date(tag: TagLine) -> str:
    if tag.data is not None and tag.data.tagger.name:
        return tag.data.tagger.date
    return tag.commit.committer.date if tag.commit is not None else ""
