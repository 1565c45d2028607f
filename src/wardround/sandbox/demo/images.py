"""Whether the demonstration can build images: an engine, a base image and wheels must be here already, for it reaches no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wardround.errors import WardroundError

#: Where ``make supplies`` puts wheels, below the directory that the demonstration is called from.
WHEELHOUSE = Path(".dvc/tmp/wardround/wheelhouse")


@dataclass(frozen=True)
class Images:
    """``engine`` as ``wardround release --engine`` takes it; with ``none``, ``why`` says what is missing."""

    engine: str
    wheelhouse: Path | None = None
    why: str = ""


def images_here(wanted: str, place: Path) -> Images:
    """What builds images here. A named engine that lacks something is used all the same, so that the release says what it lacks."""
    from wardround.flows.release.supplies import OWN_BASE
    from wardround.release import engine

    wheelhouse = (place / WHEELHOUSE).resolve()
    filled = wheelhouse.is_dir() and any(wheelhouse.glob("*.whl"))
    if wanted != "auto":
        return Images(wanted, wheelhouse if filled else None, "it was not asked for" if wanted == "none" else "")
    chosen = engine.choose("auto")
    if chosen is None:
        return Images("none", why="there is no container engine that works here")
    if not filled:
        return Images("none", why="there are no wheels for it: make supplies")
    try:
        base = chosen.base(OWN_BASE)
    except WardroundError:
        base = None
    if base is None:
        return Images("none", why=f"{chosen.name} has no base image: make supplies")
    return Images(chosen.name, wheelhouse)
