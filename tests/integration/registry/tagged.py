"""Repositories with tags, made by one ``git fast-import`` each, and histories drawn by a seed."""

import os
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from wardround.registry.record import StageRecord, VersionRecord, message

NAME = "readmission"
STAGES = ("prod", "staging")
START = 1_700_000_000
ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "Ann" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ann@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def git(where: Path, *args: str, **env: str) -> str:
    done = subprocess.run(
        ["git", *args], cwd=where, check=True, capture_output=True, text=True, env={**os.environ, **ENV, **env}
    )
    return done.stdout.strip()


def digest(seed: object) -> str:
    return f"sha256:{random.Random(str(seed)).getrandbits(256):064x}"


def version_record(commit: str, **changes: object) -> VersionRecord:
    parts = ("model", "service", "contract", "environment", "decision", "bento", "sbom", "provenance", "smoke")
    plain = {part: digest((commit, part)) for part in parts}
    image = f"registry.example.org/{NAME}@{digest((commit, 'image'))}"
    given = {"image": image, "smoke_network": "none", "previous": None, "reason": "a refit", **plain, **changes}
    return VersionRecord(commit=commit, **given)


def stage_record(version: str, made: VersionRecord, commit: str, **changes: object) -> StageRecord:
    given = {"image": made.image, "bento": made.bento, "decision": made.decision, "card": None, "pull": 7, **changes}
    return StageRecord(version=version, commit=commit, **given)


@dataclass(frozen=True)
class Made:
    """A tag to make. ``commit`` counts from 0; ``time`` is in seconds since 1970."""

    name: str
    commit: int
    time: int
    text: str = "a tag"
    zone: str = "+0000"


@dataclass
class Tagged:
    """A repository with a line of empty commits on ``main``."""

    path: Path
    commits: list[str] = field(default_factory=list)

    @classmethod
    def create(cls, path: Path, commits: int) -> "Tagged":
        path.mkdir(parents=True)
        git(path, "init", "-q", "-b", "main")
        parts = [
            f"commit refs/heads/main\nmark :{number + 1}\ncommitter Ann <ann@example.org> {START + number} +0000\n"
            f"data {len(subject)}\n{subject}\n"
            for number, subject in ((number, f"Change {number} (#{number + 1})") for number in range(commits))
        ]
        cls._import(path, "".join(parts), f"--export-marks={path / '.git' / 'marks'}")
        lines = (path / ".git" / "marks").read_text().split()
        marks = dict(zip(lines[::2], lines[1::2], strict=True))
        return cls(path, [marks[f":{number + 1}"] for number in range(commits)])

    @staticmethod
    def _import(path: Path, stream: str, *args: str) -> None:
        subprocess.run(
            ["git", "fast-import", "--quiet", "--force", *args],
            cwd=path,
            check=True,
            input=stream.encode(),
            env={**os.environ, **ENV},
        )

    def tag(self, *tags: Made) -> None:
        """Annotated tags, in one process."""
        parts = []
        for made in tags:
            data = made.text.encode() + b"\n"
            parts.append(
                f"tag {made.name}\nfrom {self.commits[made.commit]}\n"
                f"tagger Bob <bob@example.org> {made.time} {made.zone}\ndata {len(data)}\n{data.decode()}\n"
            )
        self._import(self.path, "".join(parts))

    def version_text(self, number: int, **changes: object) -> str:
        return message(["A version."], version_record(self.commits[number], **changes))

    def stage_text(self, version: str, number: int, **changes: object) -> str:
        record = stage_record(version, version_record(self.commits[number]), self.commits[-1], **changes)
        return message(["Into a stage."], record)


def history(repository: Tagged, seed: int, length: int = 14, *, versions_first: bool = False) -> list[Made]:  # noqa: C901 - one branch a kind of tag
    """Tags of one project, as GTO and Wardround both read them: ties, other zones, times out of order, numbers out of order."""
    draw = random.Random(seed)
    free, versions = list(range(len(repository.commits))), dict[str, int]()
    used = set[int]()
    made: list[Made] = []
    span = draw.choice((3, 20, 100_000))

    def number() -> int:
        while (drawn := draw.randint(1, 99)) in used:
            pass
        used.add(drawn)
        return drawn

    def add(name: str, commit: int, text: str = "by hand", late: int = 0) -> None:
        zone = draw.choice(("+0000", "+0530", "-0800"))
        made.append(Made(name, commit, START + 1000 + draw.randint(0, span) + late, text, zone))

    for _ in range(length):
        kind = draw.choices(
            ("register", "assign", "unassign", "deregister", "again", "deprecate"), (4, 8, 3, 1, 1, 0.6)
        )[0]
        if kind == "register" or not versions:
            if not free:
                continue
            commit = free.pop(draw.randrange(len(free)))
            version = f"v{draw.randint(0, 2)}.{len(versions)}.{draw.randint(0, 11)}"
            versions[version] = commit
            add(f"{NAME}@{version}", commit, repository.version_text(commit), late=-span - 1 if versions_first else 0)
            continue
        version = draw.choice(sorted(versions))
        commit, stage = versions[version], draw.choice(STAGES)
        if kind == "assign":
            add(f"{NAME}#{stage}#{number()}", commit, repository.stage_text(version, commit, pull=draw.randint(1, 99)))
        elif kind == "unassign":
            add(f"{NAME}#{stage}!#{number()}", commit)
        elif kind == "deregister":
            add(f"{NAME}@{version}!#{number()}", commit)
        elif kind == "again":
            add(f"{NAME}@{version}#{number()}", commit, repository.version_text(commit))
        else:
            add(f"{NAME}@deprecated#{number()}", commit, late=draw.choice((0, span + 1)))
    return made
