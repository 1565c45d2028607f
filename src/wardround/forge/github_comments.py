"""Comments of a pull request, and the one that a review keeps.

A comment is ours when our marker begins it *and* our own author wrote it: anybody can copy a marker.
"""

from __future__ import annotations

from wardround.forge import reading
from wardround.forge.base import Part
from wardround.forge.calls import understood
from wardround.forge.errors import CouldNotCheck, NotThere
from wardround.forge.values import Comment, CommentSpec
from wardround.forge.words import check_words

#: Looking and writing by turns ends after so many writes: two publishers at once need two or three.
_ROUNDS = 5


class CommentsPart(Part):
    """Finding, writing and keeping comments."""

    def find_comments(self, number: int, marker: str) -> tuple[Comment, ...]:
        """Comments of our own author whose body begins with the marker, oldest first, from all pages."""
        return tuple(comment for comment in self._own(number) if comment.body.lstrip().startswith(marker))

    def _own(self, number: int) -> tuple[Comment, ...]:
        author = self.author().casefold()
        with understood("comments"):
            found = {
                comment.id: comment
                for comment in map(reading.comment, self._calls.pages(f"{self._root}/issues/{number:d}/comments"))
                if comment.author.casefold() == author
            }
        return tuple(found[key] for key in sorted(found))

    def create_comment(self, number: int, body: str) -> Comment:
        """Adds a comment. Retried only when a comment of ours with that body is not there."""

        def look() -> Comment | None:
            return next((comment for comment in self._own(number) if same_body(comment.body, body)), None)

        made = self._calls.change("POST", f"{self._root}/issues/{number:d}/comments", {"body": body}, look=look)
        if isinstance(made, Comment):
            return made
        with understood("the new comment"):
            comment = reading.comment(made)
        if comment.author:
            self._login = comment.author  # the forge knows better who we are than what we were told
        return comment

    def edit_comment(self, comment: int, body: str) -> None:
        """Replaces a comment's body; :class:`NotThere` when it was deleted."""
        self._calls.change("PATCH", f"{self._root}/issues/comments/{comment:d}", {"body": body})

    def delete_comment(self, comment: int) -> None:
        """Deletes a comment; one that is not there is done."""
        try:
            self._calls.change("DELETE", f"{self._root}/issues/comments/{comment:d}")
        except NotThere:
            return

    def upsert_comment(self, spec: CommentSpec) -> Comment:
        """Finds, creates or edits the one comment, and removes our own duplicates.

        After each write it looks again, and writes again while what is there is not what it composes from it. So two
        that write at once end in one comment with what both had to say: the oldest stays.
        """
        made: Comment | None = None
        for turn in range(_ROUNDS):
            own = self._with(self.find_comments(spec.number, spec.marker), made)
            body = spec.compose(own)
            if not body.lstrip().startswith(spec.marker):
                msg = "the composed body must begin with the marker, or the comment would not be found again"
                raise ValueError(msg)
            check_words(f"pull request {spec.number}", {"body": body})  # ``post`` goes another way than the calls
            if len(own) == 1 and same_body(own[0].body, body):
                return own[0]
            if own:
                made = None
                self._settle(own, body)
            elif turn or not self._posted(spec, body):
                made = self.create_comment(spec.number, body)
            spec.written()
        raise CouldNotCheck(
            "the comment does not stay as it was written",
            where=f"pull request {spec.number}",
            found=f"changed or deleted after each of {_ROUNDS} writes",
            next="look for another workflow or person that edits it, then run the same command again",
        )

    @staticmethod
    def _with(found: tuple[Comment, ...], made: Comment | None) -> tuple[Comment, ...]:
        """What a list says, and what was just made: lists of a large forge lag behind."""
        if made is None or any(comment.id == made.id for comment in found):
            return found
        return tuple(sorted((*found, made), key=lambda comment: comment.id))

    def _posted(self, spec: CommentSpec, body: str) -> bool:
        """Whether the other means made the comment; what the forge shows counts, not what the program says."""
        if spec.post is None:
            return False
        if not spec.post(body):
            return bool(self.find_comments(spec.number, spec.marker))
        return True

    def _settle(self, own: tuple[Comment, ...], body: str) -> None:
        """The oldest gets the body, then the others go: a kill in between leaves nothing unsaid."""
        if not same_body(own[0].body, body):
            try:
                self.edit_comment(own[0].id, body)
            except NotThere:
                return  # deleted by hand: the next look decides
        for duplicate in own[1:]:
            self.delete_comment(duplicate.id)


def same_body(one: str, other: str) -> bool:
    """The forge stores line ends in its own way, and drops white space at the end."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
