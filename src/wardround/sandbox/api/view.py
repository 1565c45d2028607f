"""The host that a request was made on, and the addresses that its answers name."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

from wardround.sandbox.world import World

API = "/api/v3"


@dataclass(frozen=True)
class View:
    """``base`` is the scheme and host asked on, without a slash at the end."""

    world: World
    base: str

    def api(self, *parts: object) -> str:
        """An address of the API."""
        return self.base + API + "".join(f"/{quote(str(part), safe='/')}" for part in parts)

    def html(self, *parts: object) -> str:
        """An address of a page."""
        return self.base + "".join(f"/{quote(str(part), safe='/')}" for part in parts)


def node_id(kind: str, number: object) -> str:
    """An opaque id, as GraphQL would use it."""
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode()
