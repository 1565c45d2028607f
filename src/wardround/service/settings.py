"""Where a service finds its project, model, release and prediction log: the environment, or what lies beside ``pipelines/``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: What WARDROUND_PREDICTIONS says when nothing is to be logged.
OFF = "off"


@dataclass(frozen=True)
class LogPlace:
    """Where the prediction log goes: ``url`` (fsspec) for Parquet, ``wal`` for segments, ``key`` the file of the subjects' hash.

    ``shared`` holds the segments of all replicas, each in a directory of its own, ``wal`` among them: what dead ones left is seen to. None: nobody
    else's. ``own_key`` says that the key may be made when it is not there: on a laptop, where the place is the project's own.
    """

    url: str
    wal: Path
    key: Path
    own_key: bool = False
    shared: Path | None = None


@dataclass(frozen=True)
class Settings:
    """What a service runs. ``project`` holds ``params.yaml`` and ``pipelines/``; ``release`` is its release file, if it was released.

    ``log`` None answers without a log; ``stage`` is written beside every answer. ``shadow`` is the address of a candidate that is asked the same
    in silence; empty for none.
    """

    project: Path
    model: Path
    release: Path | None = None
    log: LogPlace | None = None
    stage: str = ""
    shadow: str = ""

    @property
    def card(self) -> Path:
        """The model card that the release took along; there only in a released service."""
        return self.project / "cards" / "model.html"

    @classmethod
    def from_environment(cls, project: Path, environ: Mapping[str, str] | None = None) -> Settings:
        """What the variables ``WARDROUND_*`` say; for those that are not set, the project's own places."""
        given = os.environ if environ is None else environ
        own = project / ".wardround"
        release = given.get("WARDROUND_RELEASE", "")
        packed = project / "release.json"
        key = given.get("WARDROUND_LOG_KEY_FILE", "")
        url = given.get("WARDROUND_PREDICTIONS", "") or str(own / "predictions")
        return cls(
            project=project,
            model=Path(given.get("WARDROUND_MODEL_DIR", "") or project / "models" / "model"),
            release=Path(release) if release else packed if packed.is_file() else None,
            log=None
            if url == OFF
            else LogPlace(
                url=url,
                wal=Path(given.get("WARDROUND_WAL", "") or own / "wal"),
                key=Path(key or own / "log.key"),
                own_key=not key,
                shared=Path(shared) if (shared := given.get("WARDROUND_WAL_SHARED", "")) else None,
            ),
            stage=given.get("WARDROUND_STAGE", ""),
            shadow=given.get("WARDROUND_SHADOW", ""),
        )
