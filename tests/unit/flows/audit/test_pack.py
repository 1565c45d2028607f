"""The audit pack: whole, checkable with a zip program and sha256sum alone, the same bytes twice, and red when something is wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import zipfile

import pytest
from clicktest import invoke
from traced_clinic import git

from wardround.errors import UsageError
from wardround.flows.audit.pack import AuditRequest, pack
from wardround.flows.ledger.books import BRANCH

MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))


def packed(clinic, to, first=MARCH[0], last=MARCH[1]):
    made = pack(AuditRequest(clinic.top, first, last, to))
    with zipfile.ZipFile(made.out) as archive:
        return made, {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def march(made, tmp_path_factory):
    """The pack of the whole month, made once."""
    return packed(made, tmp_path_factory.mktemp("march") / "a.zip")


def test_the_pack_of_a_month_has_everything_and_a_hash_of_each(march):
    done, files = march
    assert (done.sound, done.versions) == (True, ("v1.0.0", "v1.1.0"))
    manifest = json.loads(files["manifest.json"])
    assert set(files) == {*manifest["files"], "manifest.json", "index.html"}
    assert all(
        "sha256:" + hashlib.sha256(files[name]).hexdigest() == digest for name, digest in manifest["files"].items()
    )
    for name in (
        "lineage.json",
        "lineage.svg",
        "record.json",
        "params.yaml",
        "dvc.lock",
        "provenance.json",
        "verdicts.json",
    ):
        assert f"versions/v1.1.0/{name}" in files
    page = files["index.html"].decode()
    for words in ("grace (clinical)", "v1.1.0", "pull request 2", "Nothing was edited", "2026-03-11 14:01:00"):
        assert words in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_the_ledger_in_it_can_be_verified_with_nothing_but_a_hash(march):
    _, files = march
    seen = set()
    for line in files["ledger.jsonl"].splitlines(keepends=True):
        parents = json.loads(line)["parents"]
        assert set(parents) <= seen  # each line after those that it names
        seen.add("sha256:" + hashlib.sha256(line).hexdigest())
    assert set(json.loads(files["manifest.json"])["heads"]) <= seen
    assert len(seen) == 10  # of each version: decision, release, promotion, and the approvals of both


def test_the_same_repository_gives_the_same_bytes(made, march, tmp_path):
    one, _ = march
    other, _ = packed(made, tmp_path / "b.zip")
    assert one.digest == other.digest
    assert one.out.read_bytes() == other.out.read_bytes()


def test_what_is_outside_the_period_is_not_in_it(made, tmp_path):
    done, files = packed(made, tmp_path / "a.zip", dt.date(2026, 3, 1), dt.date(2026, 3, 5))
    assert done.versions == ("v1.0.0",)
    page = files["index.html"].decode()
    assert "v1.1.0</td>" not in page
    assert "2026-03-11 14:01:00" in page  # until when the version held
    done, files = packed(made, tmp_path / "b.zip", dt.date(2025, 1, 1), dt.date(2025, 1, 2))
    assert done.versions == ()
    assert "nothing was in a stage" in files["index.html"].decode()


def test_no_measure_and_no_count_of_patients_leaves_in_it(march):
    _, files = march
    assert not [name for name in files if name.endswith(("decision.json", "metrics.json", ".parquet"))]
    for name in ("versions/v1.0.0/verdicts.json", "versions/v1.1.0/verdicts.json"):
        assert {key for item in json.loads(files[name])["findings"] for key in item} <= {"rule", "verdict"}


def test_a_cut_ledger_makes_it_red(made, tmp_path):
    clinic = made.copy(tmp_path / "copy")
    git(clinic.top, "branch", "-f", BRANCH, f"{BRANCH}~3")
    done, files = packed(clinic, tmp_path / "a.zip")
    assert not done.sound
    assert "cannot be believed" in files["index.html"].decode()
    code, out = invoke(
        "audit",
        "--from",
        "2026-03-01",
        "--to",
        "2026-03-31",
        "--out",
        str(tmp_path / "b.zip"),
        "--project",
        str(clinic.top),
    )
    assert code == 13
    assert "red" in out


def test_names_in_it_are_inert(made, tmp_path):
    clinic = made.copy(tmp_path / "copy")
    from wardround.flows.ledger.desk import desk
    from wardround.ledger.entry import entry
    from wardround.revision.git import Git

    facts = {"text": "<script>alert(1)</script>"}
    at = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
    desk(Git(clinic.top), None, lambda: at).record(entry(kind="note", project="", about="x", by="<b>eve", facts=facts))
    _, files = packed(clinic, tmp_path / "a.zip")
    page = files["index.html"].decode()
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<b>eve" not in page


def test_a_period_that_ends_before_it_begins(made, tmp_path):
    with pytest.raises(UsageError, match="ends before it begins"):
        packed(made, tmp_path / "a.zip", MARCH[1], MARCH[0])
    assert not (tmp_path / "a.zip").exists()


def test_any_zip_program_opens_it(march):
    done, _ = march
    checked = subprocess.run(
        ["python3", "-m", "zipfile", "-t", str(done.out)], capture_output=True, text=True, check=True
    )
    assert "Done testing" in checked.stdout
