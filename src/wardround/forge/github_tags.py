"""Annotated tags: an object, and a reference that is only ever made once."""

from __future__ import annotations

from wardround.forge.base import Part, quoted
from wardround.forge.calls import understood
from wardround.forge.errors import Refused
from wardround.forge.released import Tag, TagObject, TagReference, TagSpec


class TagsPart(Part):
    """Reading and making tags. Nothing here moves or deletes one."""

    def tag(self, name: str) -> Tag | None:
        """A tag, or None."""
        raw = self._calls.read_or_none(f"{self._root}/git/ref/tags/{quoted(name)}")
        if raw is None:
            return None
        with understood("the tag"):
            target = str(raw["object"]["sha"])
            if raw["object"]["type"] != "tag":
                return Tag(name, target, "", target)
            annotated = self._calls.read(f"{self._root}/git/tags/{target}")
            return Tag(name, str(annotated["object"]["sha"]), str(annotated["message"]), target)

    def tag_references(self, start: str) -> tuple[TagReference, ...]:
        """All tags whose name begins with ``start``, lightweight ones too."""
        found = []
        with understood("the tags"):
            for raw in self._calls.pages(f"{self._root}/git/matching-refs/tags/{quoted(start)}"):
                name, made = str(raw["ref"]).removeprefix("refs/tags/"), raw["object"]
                found.append(TagReference(name, str(made["sha"]), str(made["type"])))
        return tuple(found)

    def tag_object(self, sha: str) -> TagObject:
        """An annotated tag's object; :class:`NotThere` when it is not there."""
        raw = self._calls.read(f"{self._root}/git/tags/{quoted(sha)}")
        with understood("the tag object"):
            who = raw.get("tagger") or {}
            return TagObject(
                name=str(raw["tag"]),
                target=str(raw["object"]["sha"]),
                kind=str(raw["object"]["type"]),
                message=str(raw["message"]),
                tagger=str(who.get("name") or ""),
                email=str(who.get("email") or ""),
                date=str(who.get("date") or ""),
            )

    def annotated_tag(self, spec: TagSpec) -> Tag:
        """Makes a tag object and its reference; :class:`Refused` when the name has another target or message."""
        if (there := self.tag(spec.name)) is not None:
            return _same(there, spec)
        body = {"tag": spec.name, "message": spec.message, "object": spec.target, "type": "commit"}
        # an object without a reference is not seen by anybody, so making it twice does no harm
        raw = self._calls.change("POST", f"{self._root}/git/tags", body)
        with understood("the new tag object"):
            made = Tag(spec.name, spec.target, spec.message, str(raw["sha"]))
        try:
            reference = {"ref": f"refs/tags/{spec.name}", "sha": made.object}
            found = self._calls.change("POST", f"{self._root}/git/refs", reference, look=lambda: self.tag(spec.name))
        except Refused:
            if (there := self.tag(spec.name)) is None:
                raise
            return _same(there, spec)  # somebody was faster
        return _same(found, spec) if isinstance(found, Tag) else made


def _same(there: Tag, spec: TagSpec) -> Tag:
    if there.target == spec.target and there.message.strip() == spec.message.strip():
        return there
    wanted = f"{spec.target}: {spec.message.strip()}"
    found = f"{there.target}: {there.message.strip() or 'no message'}"
    raise Refused(
        "a tag of this name is there already, and is another",
        where=spec.name,
        wanted=wanted,
        found=found,
        next="tags never move: take a new name, or find out who made this one",
    )
