"""The scan in a real repository: every commit of a branch, messages, the index, hooks, and who judges the allow-list."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from wardround.cli.main import main
from wardround.errors import UsageError
from wardround.flows import phi_check
from wardround.flows.phi import KEY, PhiRequest, phi
from wardround.phi.allow import FILE
from wardround.revision.git import Git

SECRET = "patient name: Jane Whitcombe\n"
ALLOW = "allow:\n- path: 'docs/*'\n  because: The heroine of a textbook, invented.\n"


def git(root: Path, *args: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *args], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def put(root: Path, files: dict[str, str], message: str = "A change") -> str:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(KEY, raising=False)
    git(tmp_path, "init", "-qb", "main")
    put(tmp_path, {"README.md": "A model.\n", "old.txt": SECRET}, "First version")
    git(tmp_path, "checkout", "-qb", "change")
    return tmp_path


def places(root: Path, **asked) -> list[str]:
    return [f"{item.rule} {item.where}" for item in phi(PhiRequest(root, **asked)).findings]


def test_only_what_the_branch_adds(root) -> None:
    put(root, {"README.md": "A model.\nMore.\n"})
    assert places(root, base="main") == []
    assert places(root) == ["phi.name old.txt:1"]


def test_a_commit_that_deletes_it_is_not_enough(root) -> None:
    first = put(root, {"notes.txt": "one\n" + SECRET})
    assert places(root, base="main") == ["phi.name notes.txt:2"]
    put(root, {"notes.txt": "one\n"})
    assert places(root, base="main") == [f"phi.name notes.txt in commit {first[:12]}:2"]


def test_messages_work_tree_and_new_files(root) -> None:
    commit = put(root, {"a.txt": "x\n"}, "Fix the row with MRN 4471203")
    (root / "b b.txt").write_text(SECRET)
    (root / "old.txt").write_text(SECRET + "SSN 212-34-5678\n")
    assert places(root, base="main") == [
        "phi.name b b.txt:1",
        f"phi.mrn message of commit {commit[:12]}:1",
        "phi.ssn old.txt:2",
    ]


@pytest.mark.slow
def test_the_hooks_stop_a_commit(root, monkeypatch) -> None:
    made = CliRunner().invoke(main, ["phi", "--install-hook", "--project", str(root)], standalone_mode=False)
    assert made.exception is None
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{__import__('os').environ['PATH']}")
    (root / "b.txt").write_text(SECRET)
    git(root, "add", "b.txt")
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        git(root, "commit", "-qm", "More")
    assert "phi.name" in stopped.value.stdout + stopped.value.stderr
    assert "Whitcombe" not in stopped.value.stdout + stopped.value.stderr
    (root / "b.txt").write_text("nothing\n")
    git(root, "add", "b.txt")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "commit", "-qm", "For MRN 4471203")
    git(root, "commit", "-qm", "More")


def test_the_bases_list_judges(root) -> None:
    base = git(root, "rev-parse", "main")
    put(root, {"docs/a.md": SECRET, FILE: ALLOW})
    judged = phi_check.check(Git(root), base)
    assert (judged.found, judged.list_changed, judged.places[0].place) == (1, True, "docs/a.md:1")
    assert places(root, base="main") == [], "the command says what will be when the list is merged"
    again = phi_check.check(Git(root), git(root, "rev-parse", "HEAD"))
    assert (again.found, again.list_changed) == (0, False)
    first = phi_check.check(Git(root), base, first=True)
    assert [item.place for item in first.places] == ["old.txt:1"], (
        "a first version brings its own list, and everything is new"
    )


def test_fingerprints_tell_equal_texts_and_need_the_key(root, monkeypatch) -> None:
    put(root, {"a.txt": SECRET, "b.txt": SECRET, "c.txt": "patient name: John Abernathy\n"})
    marks = [item.fingerprint for item in phi(PhiRequest(root, base="main")).findings]
    assert marks[0] == marks[1] != marks[2]
    base = git(root, "rev-parse", "main")
    assert {item.fingerprint for item in phi_check.check(Git(root), base).places} == {""}, (
        "evidence is the same bytes on all machines"
    )
    monkeypatch.setenv(KEY, "a secret of the whole team")
    kept = [item.fingerprint for item in phi_check.check(Git(root), base).places]
    assert kept[0] == kept[1] != kept[2] != ""
    assert not set(kept) & set(marks)


def test_the_command(root, monkeypatch) -> None:
    monkeypatch.chdir(root)
    shown = CliRunner().invoke(main, ["phi", "-"], input="call 617-433-2211 now", standalone_mode=False)
    assert (shown.return_value, shown.output.split()[:3]) == (13, ["phi.phone", "standard", "input:1"])
    assert "433-2211" not in shown.output
    monkeypatch.setattr("tempfile.tempdir", str(root / "mr_jones"))
    (root / "mr_jones").mkdir()
    named = CliRunner().invoke(main, ["phi", "-"], input="all is well", standalone_mode=False)
    assert (named.return_value, named.output) == (0, "nothing found in 1 files\n")
    proposed = CliRunner().invoke(main, ["phi", "old.txt", "--propose"], standalone_mode=False)
    assert 'path: "old.txt"' in proposed.output
    text = proposed.output.replace('because: ""', "because: A person that was invented for this test.")
    put(root, {FILE: text})
    clean = CliRunner().invoke(main, ["phi", "--json"], standalone_mode=False)
    assert (clean.return_value, '"findings": []' in clean.output) == (0, True)
    (root / "old.txt").write_text("patient name: John Abernathy\n")
    assert CliRunner().invoke(main, ["phi"], standalone_mode=False).return_value == 13, (
        "the entry allows one text, no other"
    )


def test_unusual_names_and_kinds_of_entries(root) -> None:
    (root / "link").symlink_to("old.txt")
    put(root, {"ä ö\t.txt": SECRET, "sub/é.csv": "dob,x\n1950-01-02,1\n"})
    assert places(root, base="main") == ["phi.date sub/é.csv (column dob)", "phi.name ä ö\t.txt:1"]


def conflict(root: Path, resolved: dict[str, str]) -> str:
    """Main and the branch change one line; the merge of main into the branch says what ``resolved`` says."""
    put(root, {"a.txt": "one\nbranch\nthree\n"})
    git(root, "checkout", "-q", "main")
    put(root, {"a.txt": "one\nmain\nthree\n", "main.txt": "SSN 987-65-4329\nMRN 4471203\n"})
    git(root, "checkout", "-q", "change")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "-q", "main")
    return put(root, resolved, "Merge main")


def test_what_resolves_a_conflict_is_looked_at(root) -> None:
    put(root, {"a.txt": "one\ntwo\nthree\n"})
    git(root, "branch", "-qf", "main")
    merge = conflict(root, {"a.txt": "one\nmain\npatient name: Jane Whitcombe\nbranch\nthree\n"})
    put(root, {"a.txt": "one\nmain\nthree\n"})
    assert places(root, base="main") == [f"phi.name a.txt in commit {merge[:12]}:3"], "and nothing of main's own"


def test_what_is_slipped_into_a_merge_is_looked_at(root) -> None:
    put(root, {"a.txt": "one\ntwo\nthree\n"})
    git(root, "branch", "-qf", "main")
    new = "n n.txt"
    merge = conflict(root, {"a.txt": "one\nbranch\nthree\n", new: "x\n" + SECRET, "main.txt": "1\nSSN 212-34-5678\n"})
    put(root, {new: "gone\n", "main.txt": "gone\n"})
    said = f"in commit {merge[:12]}"
    assert places(root, base="main") == [f"phi.ssn main.txt {said}:2", f"phi.name {new} {said}:2"]


def test_of_a_clean_merge_nothing_is_new(root) -> None:
    put(root, {"b.txt": "branch\n"})
    git(root, "checkout", "-q", "main")
    put(root, {"main.txt": "MRN 4471203\n"})
    git(root, "checkout", "-q", "change")
    git(root, "merge", "-q", "--no-edit", "main")
    assert places(root, base="main") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [("params.yaml", "privacy: {names: [\n"), ("params.yaml", "privacy: {names: 3}\n"), (FILE, "allow: 3\n")],
)
def test_what_the_scan_goes_by_and_cannot_read_is_no_pass(root, name, text) -> None:
    put(root, {name: text, "notes.txt": SECRET})
    with pytest.raises(UsageError) as refused:
        places(root)
    first, *others = refused.value.problems
    assert first.what.startswith("nothing was scanned")
    assert name in first.where
    assert others
