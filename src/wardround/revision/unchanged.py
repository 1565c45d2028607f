"""Whether a pipeline has nothing to do, asked of DVC inside this process: a second interpreter would cost most of an unchanged review."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path


def stages_if_unchanged(root: Path) -> tuple[str, ...] | None:
    """The names of the stages below ``root`` when none has anything to do and all outputs are there; None otherwise.

    None also when DVC could not tell: ``dvc repro`` then does the work, and explains what is wrong.
    """
    from dvc.repo import Repo

    pipeline = str(root / "dvc.yaml")
    try:
        with _silent(), Repo(str(root)) as repo:
            if repo.status(targets=[pipeline], with_deps=True):
                return None
            return tuple(stage.name for stage in repo.stage.collect(pipeline) if getattr(stage, "name", None))
    except Exception:  # noqa: BLE001 - any trouble here is met again by `dvc repro`, which words it
        return None


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """DVC's words would stand twice, and in the middle of ours."""
    logger = logging.getLogger("dvc")
    before = logger.disabled, logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.disabled, logger.level = before
