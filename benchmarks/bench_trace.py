"""`wardround trace` in a repository with 1,000 versions and 100,000 ledger entries: under 3 seconds; beside `gto history`, which lists the tags alone.

The repository is made with git fast-import: every version has a commit, a lock, a tag of its own and one of a stage; the ledger is one
file per entry, on its branch, each version's entries before its tags. ``--spread 1``: the entries about a change are written over all
the years instead, so that proving the last of them means going through the whole ledger. The first trace in a clone unpacks the ledger's
files, later ones find them unpacked: both are measured.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from timing import arguments, paired, process, tell

from wardround.deploy.stage_file import StageFile
from wardround.ledger import heads_line, path_of
from wardround.ledger.entry import Entry, entry, written
from wardround.registry.record import StageRecord, VersionRecord, message

NAME = "readmission"
PARAMS = f"project: {{name: {NAME}}}\ndata: {{source: synthetic, columns: {{outcome: died}}}}\n"
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def digest(word: str) -> str:
    return "sha256:" + sha256(word.encode()).hexdigest()


def lock(number: int) -> str:
    md5 = sha256(f"data {number // 4}".encode()).hexdigest()[:32]
    return (
        "schema: '2.0'\nstages:\n  ingest:\n    cmd: wardround stage ingest\n    outs:\n    - path: data/snapshot\n"
        f"      hash: md5\n      md5: {md5}.dir\n"
    )


def version_record(number: int, commit: str) -> VersionRecord:
    parts = {name: digest(f"{name} {number}") for name in ("model", "service", "contract", "environment", "decision", "bento", "sbom", "provenance", "smoke")}  # fmt: skip
    before = f"v1.{(number - 1) // 100}.{(number - 1) % 100}" if number else None
    return VersionRecord(commit=commit, image=None, smoke_network="none", previous=before, reason="the model", **parts)


def git(top: Path, *words: str, data: bytes | None = None) -> str:
    done = subprocess.run(["git", *words], cwd=top, input=data, capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode()[-2000:])
    return done.stdout.decode().strip()


def blob(mark: int, content: bytes) -> bytes:
    return b"blob\nmark :%d\ndata %d\n%s\n" % (mark, len(content), content)


def who(moment: dt.datetime) -> bytes:
    return f"Ada <ada@hospital.example> {int(moment.timestamp())} +0000".encode()


def code(versions: int) -> Iterator[bytes]:
    """Two commits a version: the code that is released, and the merge that puts it into prod."""
    yield b"feature done\n"
    for number in range(versions):
        moment = START + dt.timedelta(days=number)
        name = f"v1.{number // 100}.{number % 100}"
        record = version_record(number, "0" * 40)
        stage = StageFile(
            project=NAME, stage="prod", version=name, image=None, bento=record.bento, decision=record.decision
        )
        files = {"params.yaml": PARAMS, "dvc.yaml": "stages: {}\n", "dvc.lock": lock(number)}
        for extra, written_now, hours in ((files, f"Merge pull request #{number + 1} from x", 0), ({"deploy/prod.yaml": stage.text()}, "promote", 1)):  # fmt: skip
            said = written_now.encode()
            at = who(moment + dt.timedelta(hours=hours))
            yield b"commit refs/heads/main\ncommitter %s\ndata %d\n%s\n" % (at, len(said), said)
            for path, text in extra.items():
                content = text.encode()
                yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
    yield b"done\n"


def entries(count: int, versions: int, *, spread: bool) -> list[Entry]:
    made: list[Entry] = []
    for number in range(count):
        of = number % versions if spread else number * versions // count
        version = f"v1.{of // 100}.{of % 100}"
        new = entry(
            kind="approval",
            project=NAME,
            about=f"pull/{of + 1}",
            by="ada",
            facts={"pull": of + 1, "role": "clinical", "login": "ada", "reviewed": f"{number:040x}", "what": f"{version} into prod", "review": number},
        )  # fmt: skip
        moment = START + dt.timedelta(days=number * versions / count)  # entries and tags are made side by side
        made.append(written(new, moment, (made[-1].digest,) if made else ()))
    return made


def build(top: Path, versions: int, lines: int, *, spread: bool = False) -> None:
    git(top, "init", "-q", "-b", "main")
    git(top, "fast-import", "--quiet", data=b"".join(code(versions)))
    commits = git(top, "rev-list", "--reverse", "main").split()
    made = entries(lines, versions, spread=spread)
    stream = [b"feature done\ncommit refs/heads/wardround/ledger\ncommitter %s\ndata 6\nledger\n" % who(START)]
    stream += [
        b"M 100644 inline %s\ndata %d\n%s\n" % (path_of(item.digest).encode(), len(item.content), item.content)
        for item in made
    ]
    git(top, "fast-import", "--quiet", data=b"".join((*stream, b"done\n")))
    tags = [b"feature done\n"]
    for number in range(versions):
        name, moment = f"v1.{number // 100}.{number % 100}", START + dt.timedelta(days=number, hours=2)
        commit, merge = commits[2 * number : 2 * number + 2]
        record = version_record(number, commit)
        head = made[(number + 1) * len(made) // versions - 1].digest
        stage = StageRecord(version=name, image=None, bento=record.bento, decision=record.decision, card=None, pull=number + 1, commit=merge)  # fmt: skip
        for tag, text in ((f"{NAME}@{name}", message([name, heads_line([head])], record)), (f"{NAME}#prod#{number + 1}", message([name, heads_line([head])], stage))):  # fmt: skip
            data = text.encode()
            moment += dt.timedelta(seconds=1)
            tags.append(b"tag %s\nfrom %s\ntagger %s\ndata %d\n%s\n" % (tag.encode(), commit.encode(), who(moment), len(data), data))  # fmt: skip
    git(top, "fast-import", "--quiet", data=b"".join((*tags, b"done\n")))
    git(top, "pack-refs", "--all")
    git(top, "reset", "-q", "--hard")


if __name__ == "__main__":
    options = arguments(__doc__, runs=5, versions=1000, lines=100_000, spread=0)
    with tempfile.TemporaryDirectory() as place:
        top = Path(place)
        build(top, options.versions, options.lines, spread=bool(options.spread))
        bin_ = Path(sys.executable).parent
        middle = options.versions // 2
        snapshot = sha256(f"data {middle // 4}".encode()).hexdigest()[:32]
        version = f"v1.{middle // 100}.{middle % 100}"

        def anew() -> float:
            (top / ".git" / "wardround" / "ledger").unlink(missing_ok=True)
            return process([str(bin_ / "wardround"), "trace", version], top)

        history = [str(bin_ / "gto"), "history", NAME]
        result = paired(anew, lambda: process(history, top), options.runs)
        tell(f"wardround trace {version}, the first in a clone", "gto history", "3 s", result, options.out)
        for what in (version, "prod", f"pull/{middle}", f"md5:{snapshot}.dir"):
            result = paired(
                lambda what=what: process([str(bin_ / "wardround"), "trace", what], top),
                lambda: process(history, top),
                options.runs,
            )
            tell(f"wardround trace {what}", "gto history", "3 s", result, options.out)
