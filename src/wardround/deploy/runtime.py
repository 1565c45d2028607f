"""How the service runs, whatever runs it: one description for Kubernetes, compose and systemd."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from wardround.deploy.stage_file import StageFile
from wardround.project.stages_section import StageSection

#: The port that a Bento's server listens on.
PORT = 3000
#: The user of a Bento's image (its own ``bentoml``), and so of the files that the service writes.
USER = 1034
#: Where the service may write: its segments and, where no storage is named, the prediction log.
DATA = "/var/lib/wardround"
WAL = f"{DATA}/wal"
#: Where the key of the subjects' hash is put.
KEY = "/run/secrets/wardround-log-key"
#: How long a service that is asked to end may take to answer what is under way, in seconds.
GRACE = 60
#: How long a cluster may take to send a pod that ends no more requests, in seconds; within :data:`GRACE`, project choice.
LEAVING = 5
#: Names in Kubernetes are labels of DNS: at most 63 characters; something is left for what clusters add.
_LONGEST = 52


@dataclass(frozen=True)
class Runtime:
    """A stage as it runs: its file and what params say. ``image`` has a name and a digest."""

    file: StageFile
    section: StageSection

    @property
    def image(self) -> str:
        """The image by digest."""
        assert self.file.image is not None
        return self.file.image

    @property
    def name(self) -> str:
        """PROJECT-STAGE, cut to what a label of DNS may be."""
        return label(f"{self.file.project}-{self.file.stage}")

    @property
    def keeps_log(self) -> bool:
        """Whether the prediction log itself lies on the service's volume."""
        return not self.section.run.predictions

    def environment(self, own: str = "") -> dict[str, str]:
        """The service's environment beside what its image sets. ``own`` is what this replica's part of the segments' directory is called."""
        return {
            "WARDROUND_PREDICTIONS": self.section.run.predictions or f"{DATA}/predictions",
            "WARDROUND_WAL": f"{WAL}/{own}" if own else WAL,
            **({"WARDROUND_WAL_SHARED": WAL} if own else {}),
            "WARDROUND_LOG_KEY_FILE": KEY,
            "WARDROUND_STAGE": self.file.stage,
            **({"WARDROUND_SHADOW": self.section.run.shadow} if self.section.run.shadow else {}),
        }


def runnable(file: StageFile) -> bool:
    """Whether there is an image that can be fetched: with a name, not a digest alone."""
    return file.image is not None and "@" in file.image


def label(text: str) -> str:
    """``text`` if it is short enough; otherwise its beginning and a digest, so that two of them stay two."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 9].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
