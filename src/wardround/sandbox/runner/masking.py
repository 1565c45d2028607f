"""Hides secrets in whatever a run prints."""

from __future__ import annotations

import base64
from collections.abc import Iterable

#: Shorter texts are not hidden: every line would be full of holes.
SHORTEST = 4


class Mask:
    """Replaces each of ``secrets``, their lines, and their usual encodings by ``***``."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._hidden: tuple[str, ...] = ()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """One more, as a step's ``add-mask`` says."""
        forms = {secret, *secret.splitlines()}
        forms |= {base64.b64encode(f"{user}{secret}".encode()).decode() for user in ("", "x-access-token:")}
        kept = {form.strip() for form in forms if len(form.strip()) >= SHORTEST} | set(self._hidden)
        self._hidden = tuple(sorted(kept, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """``text`` without the secrets."""
        for hidden in self._hidden:
            text = text.replace(hidden, "***")
        return text
