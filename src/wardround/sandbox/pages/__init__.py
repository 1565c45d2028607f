"""The sandbox's web pages: pull requests, runs and the rest, as GitHub shows them; no script, nothing from outside.

How to use it::

    with Sandbox(directory, pages=routes) as sandbox:
        print(sandbox.url)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wardround.errors import MissingExtra
from wardround.sandbox.world import World

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

__all__ = ["routes"]


def routes(world: World) -> Sequence[BaseRoute]:
    """The routes of every page of ``world``; the last ones answer wherever nothing is."""
    try:
        import jinja2  # noqa: F401 - looked for here, so that the message says which extra brings it
        import markdown_it  # noqa: F401
        import mdit_py_plugins  # noqa: F401
        import nh3  # noqa: F401
        from starlette.routing import Route
    except ImportError as error:
        raise MissingExtra("sandbox", error.name or "jinja2") from error
    # each module declares its pages when it is loaded; names with more fixed parts come before the repository's own page
    from wardround.sandbox.pages import acting, actions, code, more, pulls, pulls_forms, runs  # noqa: F401
    from wardround.sandbox.pages.answers import HANDLERS
    from wardround.sandbox.pages.site import Site, nowhere

    site = Site(world)
    made = [
        Route(path, site.endpoint(handler, form=method == "POST"), methods=[method])
        for method, path, handler in sorted(HANDLERS, key=lambda item: _order(item[1]))
    ]
    return [*made, Route("/{path:path}", site.endpoint(nowhere, form=False), methods=["GET"])]


def _order(path: str) -> list[bool]:
    """Paths with fixed parts come before those with names in the same place."""
    return [part.startswith("{") for part in path.split("/")]
