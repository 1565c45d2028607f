"""Tags that look like the registry's and do not count: each is named with its reason, and changes nothing."""

import pytest
from tagged import NAME, START, Made, git, stage_record, version_record

from wardround.errors import EnvironmentFailure
from wardround.registry.fold import fold, state_of
from wardround.registry.record import message
from wardround.registry.tags import read

V1, V2 = f"{NAME}@v1.0.0", f"{NAME}@v2.0.0"


@pytest.fixture
def sound(repository):
    """Two versions, the first one in prod; a third commit without a version."""
    made = repository(3)
    made.tag(
        Made(V1, 0, START + 1, made.version_text(0)),
        Made(V2, 1, START + 2, made.version_text(1)),
        Made(f"{NAME}#prod#1", 0, START + 3, made.stage_text("v1.0.0", 0)),
    )
    return made


def held(made, stage="prod"):
    found = state_of(made.path, NAME).at(stage)
    return found and found.tag.name


def problems(made):
    return {item.tag.name: item.what for item in state_of(made.path, NAME).problems}


def test_all_is_well(sound):
    assert (problems(sound), held(sound)) == ({}, f"{NAME}#prod#1")


def _lightweight(made):
    git(made.path, "tag", f"{NAME}#prod#2", made.commits[1])


def _without_record(made):
    made.tag(Made(f"{NAME}#prod#2", 1, START + 9, "Into prod, by hand"))


def _moved(made):
    made.tag(Made(f"{NAME}#prod#2", 2, START + 9, made.stage_text("v2.0.0", 1)))


def _of_no_version(made):
    made.tag(Made(f"{NAME}#prod#2", 2, START + 9, made.stage_text("v9.0.0", 2)))


def _other_digests(made):
    made.tag(Made(f"{NAME}#prod#2", 1, START + 9, made.stage_text("v2.0.0", 0)))


def _other_image(made):
    text = made.stage_text("v2.0.0", 1, image=None)
    made.tag(Made(f"{NAME}#prod#2", 1, START + 9, text))


def _wrong_kind(made):
    made.tag(Made(f"{NAME}#prod#2", 1, START + 9, made.version_text(1)))


def _renamed(made):
    made.tag(Made("elsewhere#prod#2", 1, START + 9, made.stage_text("v2.0.0", 1)))
    inner = git(made.path, "rev-parse", "refs/tags/elsewhere#prod#2")
    git(made.path, "update-ref", f"refs/tags/{NAME}#prod#2", inner)


def _of_a_tag(made):
    text = made.stage_text("v2.0.0", 1)
    git(made.path, "tag", "-a", "-m", text, f"{NAME}#prod#2", V2)


def _of_a_tree(made):
    git(made.path, "tag", "-a", "-m", made.stage_text("v2.0.0", 1), f"{NAME}#prod#2", f"{made.commits[1]}^{{tree}}")


def _without_tagger(made):
    text = f"object {made.commits[1]}\ntype commit\ntag {NAME}#prod#2\n\n{made.stage_text('v2.0.0', 1)}\n"
    (made.path / "tag").write_text(text)
    sha = git(made.path, "hash-object", "-t", "tag", "-w", "--literally", "tag")
    git(made.path, "update-ref", f"refs/tags/{NAME}#prod#2", sha)


def _of_year_40000(made):
    made.tag(Made(f"{NAME}#prod#2", 1, 1_200_000_000_000, made.stage_text("v2.0.0", 1)))


def _malformed(made):
    made.tag(Made(f"{NAME}#prod#02", 1, START + 9, made.stage_text("v2.0.0", 1)))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_lightweight, "lightweight"),
        (_without_record, "no record"),
        (_moved, "it was moved: v2.0.0 is commit"),
        (_of_no_version, "no version v9.0.0 that counts"),
        (_other_digests, "image or Bento"),
        (_other_image, "image or Bento"),
        (_wrong_kind, "record of a version"),
        (_renamed, "made under the name 'elsewhere#prod#2'"),
        (_of_a_tag, "points to a tag"),
        (_of_a_tree, "points to a tree"),
        (_without_tagger, "no tagger"),
        (_of_year_40000, "no time"),
        (_malformed, "not in the grammar"),
    ],
)
def test_a_stage_tag_that_does_not_count(sound, make, why):
    make(sound)
    (what,) = problems(sound).values()
    assert why in what
    assert held(sound) == f"{NAME}#prod#1"


def test_a_version_that_was_moved_takes_its_stages_along(sound):
    sound.tag(Made(V1, 2, START + 1, sound.version_text(0)))
    found = problems(sound)
    assert "it was moved: the record is of commit" in found[V1]
    assert "no version v1.0.0 that counts" in found[f"{NAME}#prod#1"]
    assert held(sound) is None


def test_a_version_that_was_made_again_elsewhere_does_not_take_the_stage_over(sound):
    """The tag was deleted and made anew, with a sound record, at another commit: the stage's tag still points to the first one."""
    sound.tag(Made(V1, 2, START + 1, sound.version_text(2)))
    assert "it was moved: v1.0.0 is commit" in problems(sound)[f"{NAME}#prod#1"]
    assert held(sound) is None


def test_two_versions_of_one_commit(sound):
    sound.tag(Made(f"{NAME}@v3.0.0", 0, START + 9, sound.version_text(0)))
    sound.tag(Made(f"{NAME}@v1.0.0#5", 2, START, sound.version_text(2)))
    found = problems(sound)
    assert "its commit is v1.0.0 already" in found[f"{NAME}@v3.0.0"]
    assert "v1.0.0 is another commit already" in found[f"{NAME}@v1.0.0#5"]
    assert held(sound) == f"{NAME}#prod#1"


def test_a_second_name_that_was_dated_back_takes_no_commit_over(sound):
    """A tagger's time is what the tagger says: the stage's tag names v1.0.0, so the other one is the problem."""
    sound.tag(Made(f"{NAME}@v9.9.9", 0, START - 10**8, sound.version_text(0)))
    assert list(problems(sound)) == [f"{NAME}@v9.9.9"]
    assert "its commit is v1.0.0 already" in problems(sound)[f"{NAME}@v9.9.9"]
    assert held(sound) == f"{NAME}#prod#1"
    assert state_of(sound.path, NAME).latest.version == "v2.0.0"


@pytest.mark.parametrize("stage", ["prod#2", "prod", "other#7"])
def test_nor_does_one_with_a_stage_of_its_own(sound, stage):
    """A number that a tag has is taken: a stage's tag that comes later has a larger one, or none."""
    early = START - 10**8
    sound.tag(Made(f"{NAME}@v9.9.9", 0, early, sound.version_text(0)))
    sound.tag(Made(f"{NAME}#{stage}", 0, early + 1, sound.stage_text("v9.9.9", 0)))
    assert set(problems(sound)) == {f"{NAME}@v9.9.9", f"{NAME}#{stage}"}
    assert held(sound) == f"{NAME}#prod#1"


def test_where_taggers_are_named_theirs_is_the_first(sound):
    """In no stage yet, only the time is left, and who made it."""
    early, mallory = START - 10**8, {"GIT_COMMITTER_NAME": "Mallory", "GIT_COMMITTER_EMAIL": "m@example.org"}
    for name, text, commit in (
        (f"{NAME}@v9.9.9", sound.version_text(1), 1),
        (f"{NAME}#aside#1", sound.stage_text("v9.9.9", 1), 1),
    ):
        git(
            sound.path,
            "tag",
            "-a",
            "-m",
            text,
            name,
            sound.commits[commit],
            GIT_COMMITTER_DATE=f"@{early} +0000",
            **mallory,
        )
    assert fold(read(sound.path), NAME).latest.version == "v9.9.9"
    state = fold(read(sound.path), NAME, ["bob@example.org"])
    assert state.latest.version == "v2.0.0"
    assert {item.tag.name for item in state.problems} == {f"{NAME}@v9.9.9", f"{NAME}#aside#1"}


def test_where_taggers_are_named_nobody_else_empties_a_stage(sound):
    sound.tag(Made(f"{NAME}#prod!#2", 0, START + 9), Made(f"{NAME}@v2.0.0!", 1, START + 9))
    assert (fold(read(sound.path), NAME).at("prod"), len(state_of(sound.path, NAME).removals)) == (None, 2)
    assert len(fold(read(sound.path), NAME, ["Bob"]).removals) == 2
    state = fold(read(sound.path), NAME, ["wardround-app[bot]"])
    assert state.at("prod").tag.name == f"{NAME}#prod#1"
    assert {item.what for item in state.problems} == {
        "it was made by Bob, who is none of stages.taggers in params.yaml"
    }


def test_removals_that_point_nowhere(sound):
    sound.tag(Made(f"{NAME}#prod!#2", 2, START + 9), Made(f"{NAME}@v1.0.0!", 1, START + 9))
    assert set(problems(sound)) == {f"{NAME}#prod!#2", f"{NAME}@v1.0.0!"}
    assert held(sound) == f"{NAME}#prod#1"


def test_a_tag_that_was_dated_back_never_takes_effect(sound):
    """As with gto: the order is the taggers' times, not the numbers."""
    sound.tag(Made(f"{NAME}#prod#2", 1, START + 2, sound.stage_text("v2.0.0", 1)))
    assert (problems(sound), held(sound)) == ({}, f"{NAME}#prod#1")
    sound.tag(Made(f"{NAME}#prod#3", 1, START + 4, sound.stage_text("v2.0.0", 1)))
    assert held(sound) == f"{NAME}#prod#3"


def test_other_projects_and_other_tags_are_left_alone(sound):
    other = f"{NAME}-2"
    sound.tag(
        Made("v7", 2, START), Made("backup/may", 2, START), Made(f"{other}@v1.0.0", 2, START, sound.version_text(2))
    )
    assert problems(sound) == {}
    assert state_of(sound.path, other).latest.commit == sound.commits[2]
    assert state_of(sound.path, "nothing").latest is None


def test_a_signed_tag_is_read_without_its_signature(sound):
    signature = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n-----END PGP SIGNATURE-----"
    sound.tag(Made(f"{NAME}#prod#2", 1, START + 9, f"{sound.stage_text('v2.0.0', 1)}\n{signature}"))
    assert (problems(sound), held(sound)) == ({}, f"{NAME}#prod#2")


def test_a_record_of_any_size_and_letter_survives_git(sound):
    reason = "größer " * 3000 + '\u2028\x85\x1b[31m "quoted" \\ \n#'
    record = stage_record("v2.0.0", version_record(sound.commits[1]), sound.commits[2], reason=reason)
    git(sound.path, "tag", "-a", "-m", message(["Into prod."], record), f"{NAME}#prod#2", sound.commits[1])
    assert problems(sound) == {}
    assert next(item.record for item in state_of(sound.path, NAME).assignments if item.number == 2) == record


def test_no_repository_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(EnvironmentFailure, match="git cannot list the tags"):
        read(tmp_path)
