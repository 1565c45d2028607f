"""Tags of a repository on this machine, made by gto's library."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.registry.tags import Tag, read

#: gto hands the tagger to git through this process's environment, which all threads share.
_ENVIRONMENT = threading.Lock()


@dataclass(frozen=True)
class LocalTags:
    """The repository at ``top``, its top directory. Without ``tagger`` and ``email``, git's own configuration says who we are."""

    top: Path
    tagger: str = ""
    email: str = ""
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def tags(self) -> tuple[Tag, ...]:
        """The tags as they are now."""
        return read(self.top)

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return int(self.clock())

    def wait(self, seconds: float) -> None:
        """Lets time pass."""
        self.sleep(seconds)

    def make(self, name: str, target: str, text: str, moment: int) -> bool:
        """Makes the tag; False when the name is taken.

        Raises :class:`EnvironmentFailure` with git's words when it cannot.
        """
        from gto.tag import create_tag
        from scmrepo.git import Git

        # of scmrepo's ways only the git program itself takes a time, signs as configured, and never overwrites a tag
        scm = Git(str(self.top), backends=["gitpython"])
        try:
            with _ENVIRONMENT, _dated(moment):
                create_tag(scm, name, target, text, self.tagger or None, self.email or None)
        except Exception as error:  # gto's own, scmrepo's or GitPython's: each for the same two things
            if any(tag.name == name for tag in self.tags()):
                return False
            raise EnvironmentFailure(
                "git could not make the tag",
                where=name,
                found=" ".join(str(getattr(error, "stderr", "") or error).split())[-300:],
                next="repair what git says (who you are: git config user.name, user.email), then run the same command again",
            ) from error
        finally:
            scm.close()  # type: ignore[no-untyped-call] # scmrepo's own
        return True


@contextmanager
def _dated(moment: int) -> Iterator[None]:
    """The tagger's time in git's own words, in UTC."""
    before = os.environ.get("GIT_COMMITTER_DATE")
    os.environ["GIT_COMMITTER_DATE"] = f"@{moment} +0000"
    try:
        yield
    finally:
        if before is None:
            del os.environ["GIT_COMMITTER_DATE"]
        else:
            os.environ["GIT_COMMITTER_DATE"] = before
