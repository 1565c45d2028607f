"""Commits, branches, files and tags through the API: never forced, found again after a break."""

import base64

import pytest
from loopback_github import GitHubServer

from wardround.forge import CouldNotCheck, Forge, NotThere, Refused
from wardround.forge.released import TagSpec
from wardround.forge.values import ChangedFile, FileCommit


@pytest.fixture
def tip(server: GitHubServer) -> str:
    return server.add_commit(files={"dvc.lock": "old", "gone.txt": "x", "kept": "k"}, ref="heads/topic")


def lock(tip: str, **more: object) -> FileCommit:
    return FileCommit("topic", tip, {"dvc.lock": b"new\n", "gone.txt": None, "raw": b"\xff\0"}, "Lock", **more)


def test_files_are_committed_on_the_tip(server: GitHubServer, forge: Forge, tip: str) -> None:
    made = forge.commit_files(lock(tip))
    assert forge.branch("topic") == made
    tree = server.tree_of("heads/topic")
    assert tree.pop("raw") in server.objects
    assert tree == {"dvc.lock": "new\n", "kept": "k"}
    commit = forge.commit(made)
    assert commit is not None
    assert (commit.parents, commit.message) == ((tip,), "Lock")


def test_a_text_needs_five_calls(forge: Forge, tip: str) -> None:
    forge.commit_files(FileCommit("topic", tip, {"dvc.lock": b"new"}, "Lock"))
    assert forge.calls == 5


def test_a_second_run_finds_its_own_commit(server: GitHubServer, forge: Forge, tip: str) -> None:
    made = forge.commit_files(lock(tip))
    assert forge.commit_files(lock(tip)) == made
    assert server.count("POST .*/git/commits") == 1


@pytest.mark.parametrize("match", ["POST .*/git/trees", "POST .*/git/commits", "PATCH .*/git/refs"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["reset", "status"])
def test_a_break_at_any_step_ends_in_one_commit(
    server: GitHubServer, forge: Forge, tip: str, match: str, after: bool, kind: str
) -> None:
    server.fail(match, kind, after=after)
    made = forge.commit_files(lock(tip))
    assert forge.branch("topic") == made
    assert server.ancestors(made) == {made, tip}


def test_a_branch_that_moved_is_left_alone(server: GitHubServer, forge: Forge, tip: str) -> None:
    other = server.add_commit(tip, files={"a": "b"}, ref="heads/topic")
    with pytest.raises(Refused, match="moved"):
        forge.commit_files(lock(tip))
    assert forge.branch("topic") == other
    assert server.count("POST .*/git/commits") == 0


def test_a_branch_that_moves_in_between_is_left_alone(server: GitHubServer, forge: Forge, tip: str) -> None:
    other = server.add_commit(tip, files={"a": "b"})
    original = server.create_commit

    def racing() -> object:
        server.refs["heads/topic"] = {"type": "commit", "sha": other}
        return original()

    server.create_commit = racing  # type: ignore[method-assign]
    with pytest.raises(Refused, match="fast forward"):
        forge.commit_files(lock(tip))
    assert forge.branch("topic") == other


def test_a_deleted_branch_stays_deleted_unless_asked(server: GitHubServer, forge: Forge, tip: str) -> None:
    del server.refs["heads/topic"]
    with pytest.raises(NotThere):
        forge.commit_files(lock(tip))
    assert forge.branch("topic") is None
    made = forge.commit_files(lock(tip, create=True))
    assert forge.branch("topic") == made
    assert forge.commit_files(lock(tip, create=True)) == made


def test_no_change_is_no_commit(server: GitHubServer, forge: Forge, tip: str) -> None:
    assert forge.commit_files(FileCommit("topic", tip, {"kept": b"k"}, "Nothing")) == tip
    assert forge.branch("topic") == tip


def test_a_parent_that_is_not_there(forge: Forge, tip: str) -> None:
    with pytest.raises(NotThere):
        forge.commit_files(lock("b" * 40))


def test_a_branch_is_made_once(server: GitHubServer, forge: Forge, tip: str) -> None:
    server.fail("POST .*/git/refs", "reset", after=True)
    forge.create_branch("new/branch", tip)
    forge.create_branch("new/branch", tip)
    assert forge.branch("new/branch") == tip
    other = server.add_commit(tip)
    with pytest.raises(Refused, match="another commit"):
        forge.create_branch("new/branch", other)


def test_commits_and_comparisons_that_are_not_there(forge: Forge, tip: str) -> None:
    assert forge.commit("c" * 40) is None
    assert forge.compare(tip, "c" * 40) is None


def test_a_comparison(server: GitHubServer, forge: Forge, tip: str) -> None:
    head = server.add_commit(tip)
    server.files[0] = [{"filename": "b", "status": "renamed", "previous_filename": "a"}]
    found = forge.compare(tip, head)
    assert found is not None
    assert (found.merge_base, found.ahead, found.behind, found.complete) == (tip, 1, 0, True)
    assert found.files == (ChangedFile("b", "renamed", "a"),)
    server.files[0] = [{"filename": str(i), "status": "added"} for i in range(400)]
    found = forge.compare(tip, head)
    assert found is not None
    assert not found.complete


def test_files_come_as_bytes(server: GitHubServer, forge: Forge) -> None:
    small, large = b"\x00\xffsmall", b"large" * 9
    server.contents = {
        "a/small": {"type": "file", "encoding": "base64", "content": base64.encodebytes(small).decode()},
        "a/large": {"type": "file", "encoding": "none", "content": "", "sha": server.store("blob", large)},
        "a": [{"type": "file"}],
        "link": {"type": "symlink", "target": "/etc/passwd"},
    }
    assert forge.read_file("a/small", "main") == small
    assert forge.read_file("a/large", "main") == large
    assert forge.read_file("a", "main") is None
    assert forge.read_file("link", "main") is None
    assert forge.read_file("nowhere", "main") is None


TAG = "readmission@v1.4.0"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("match", ["POST .*/git/tags", "POST .*/git/refs"])
def test_a_tag_is_object_and_reference(server: GitHubServer, forge: Forge, tip: str, match: str, after: bool) -> None:
    server.fail(match, "reset", after=after)
    made = forge.annotated_tag(TagSpec(TAG, tip, "approved"))
    found = forge.tag(TAG)
    assert found is not None
    assert (found.target, found.message.strip(), found.object) == (tip, "approved", made.object)
    assert forge.annotated_tag(TagSpec(TAG, tip, "approved")).object == made.object
    assert server.objects[made.object]["kind"] == "tag"


def test_a_tag_never_moves(server: GitHubServer, forge: Forge, tip: str) -> None:
    forge.annotated_tag(TagSpec(TAG, tip, "approved"))
    before = dict(server.refs)
    for spec in (TagSpec(TAG, server.add_commit(tip), "approved"), TagSpec(TAG, tip, "other")):
        with pytest.raises(Refused, match="never move"):
            forge.annotated_tag(spec)
    assert server.refs == before


@pytest.mark.parametrize("message", ["approved", "not approved"])
def test_somebody_faster_with_the_same_tag_is_fine_with_another_not(
    server: GitHubServer, forge: Forge, tip: str, message: str
) -> None:
    original = server.create_tag

    def racing() -> object:
        server.refs[f"tags/{TAG}"] = {"type": "tag", "sha": server.store("tag", {"message": message, "object": tip})}
        return original()

    server.create_tag = racing  # type: ignore[method-assign]
    if message == "approved":
        assert forge.annotated_tag(TagSpec(TAG, tip, "approved")).object == server.refs[f"tags/{TAG}"]["sha"]
    else:
        with pytest.raises(Refused, match="never move"):
            forge.annotated_tag(TagSpec(TAG, tip, "approved"))


def test_a_lightweight_tag_and_none(server: GitHubServer, forge: Forge, tip: str) -> None:
    server.refs["tags/readmission#prod#7"] = {"type": "commit", "sha": tip}
    found = forge.tag("readmission#prod#7")
    assert found is not None
    assert (found.target, found.object, found.message) == (tip, tip, "")
    assert forge.tag("nothing") is None


def test_an_unreadable_tree_answer_is_no_answer(server: GitHubServer, forge: Forge, tip: str) -> None:
    server.fail("POST .*/git/trees", status=201, body={"tree": []})
    with pytest.raises(CouldNotCheck, match="shape"):
        forge.commit_files(lock(tip))
