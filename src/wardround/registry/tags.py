"""The tags of a repository as git has them, in one ``git for-each-ref``: lightweight and odd ones too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run

#: What git is asked of each tag. ``object``, ``type`` and ``tag`` stand in the tag object itself, whose name may be another
#: than the reference's; fields of the tag's target begin with ``*``.
_FIELDS = (
    "refname",
    "objecttype",
    "objectname",
    "type",
    "object",
    "tag",
    "taggername",
    "taggeremail:trim",
    "taggerdate:raw",
    "*subject",
    "contents:signature",
    "contents",
)
_PREFIX = "refs/tags/"
_SIGNATURES = ("-----BEGIN PGP SIGNATURE-----", "-----BEGIN SSH SIGNATURE-----", "-----BEGIN SIGNED MESSAGE-----")


@dataclass(frozen=True)
class Tag:
    """One tag.

    ``object`` is what the reference points to; ``target`` what the tag points to, a commit if ``target_kind`` says so.
    For a lightweight tag both are the same, and what follows is empty. ``inner`` is the name in the tag object. ``time`` is the tagger's,
    in seconds since 1970 (None: the tag has none), ``offset`` their time zone's, in seconds. ``subject`` is the target's first line.
    """

    name: str
    object: str
    target: str
    target_kind: str
    annotated: bool = False
    inner: str = ""
    tagger: str = ""
    email: str = ""
    time: int | None = None
    offset: int = 0
    message: str = ""
    subject: str = ""

    @property
    def moment(self) -> dt.datetime | None:
        """When the tag was made, as its tagger's clock said; in UTC."""
        return None if self.time is None else dt.datetime.fromtimestamp(self.time, dt.UTC)


def read(repository: Path) -> tuple[Tag, ...]:
    """All tags of the repository that holds ``repository``, sorted by name.

    Raises :class:`EnvironmentFailure` when git cannot answer.
    """
    form = "".join(f"%({field})%00" for field in _FIELDS)
    finished = run(Command(["git", "for-each-ref", f"--format={form}", _PREFIX], cwd=repository, env={"LC_ALL": "C"}))
    if not finished.ok:
        raise EnvironmentFailure(
            "git cannot list the tags",
            where=str(repository),
            found=finished.err.strip()[-400:],
            next="run this in a git repository; repair what git says, then run the same command again",
        )
    return tuple(_tags(finished.out))


def unsigned(message: str) -> str:
    """A message without the signature that git writes below it."""
    cuts = [at for mark in _SIGNATURES if (at := message.find("\n" + mark)) >= 0]
    return message[: min(cuts) + 1] if cuts else message


def _tags(text: str) -> Iterator[Tag]:
    parts = text.split("\0")
    for at in range(0, len(parts) - 1, len(_FIELDS)):
        values = dict(zip(_FIELDS, parts[at : at + len(_FIELDS)], strict=True))
        name, made = values["refname"].removeprefix("\n").removeprefix(_PREFIX), values["objectname"]
        if values["objecttype"] != "tag":
            yield Tag(name, made, made, values["objecttype"])
            continue
        time, offset = _when(values["taggerdate:raw"])
        yield Tag(
            name=name,
            object=made,
            target=values["object"],
            target_kind=values["type"],
            annotated=True,
            inner=values["tag"],
            tagger=values["taggername"],
            email=values["taggeremail:trim"],
            time=time,
            offset=offset,
            message=values["contents"].removesuffix(values["contents:signature"]),
            subject=values["*subject"],
        )


def _when(raw: str) -> tuple[int | None, int]:
    """``1700000000 +0130`` as seconds and an offset in seconds."""
    seconds, _, zone = raw.partition(" ")
    if not seconds.lstrip("-").isdigit():
        return None, 0
    digits = zone[1:]
    if len(digits) != 4 or not digits.isdigit():
        return int(seconds), 0
    offset = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return int(seconds), -offset if zone.startswith("-") else offset
