"""The statement of a release: complete, without a time, and only about what it is about."""

import copy

import pytest

from wardround.errors import GovernanceFinding
from wardround.release import provenance

MADE = provenance.Made(
    project="sepsis",
    version="v1.2.0",
    commit="c" * 40,
    repository="git+https://forge.example/acme/sepsis",
    builder="https://forge.example/acme/sepsis/.github/workflows/release.yml",
    subjects={"bento": "sha256:" + "a" * 64, "image": "sha256:" + "b" * 64},
    materials={"model": "sha256:" + "d" * 64, "data/snapshot": "md5:" + "e" * 32},
)
SUBJECTS = {"bento": "sha256:" + "a" * 64, "image": "sha256:" + "b" * 64}


def _check(plain, **changes):
    about = {"project": "sepsis", "commit": "c" * 40, "subjects": SUBJECTS, **changes}
    provenance.check(plain, **about)


def test_it_is_in_toto_with_slsa_and_names_everything():
    plain = provenance.statement(MADE)
    assert plain["_type"] == "https://in-toto.io/Statement/v1"
    assert plain["predicateType"] == "https://slsa.dev/provenance/v1"
    assert plain["subject"] == [
        {"name": "bento", "digest": {"sha256": "a" * 64}},
        {"name": "image", "digest": {"sha256": "b" * 64}},
    ]
    definition = plain["predicate"]["buildDefinition"]
    assert [item["name"] for item in definition["resolvedDependencies"]] == ["source", "data/snapshot", "model"]
    assert definition["resolvedDependencies"][0]["digest"] == {"gitCommit": "c" * 40}
    assert plain == provenance.statement(MADE)
    _check(plain)


@pytest.mark.parametrize(
    "changes",
    [
        {"project": "stroke"},
        {"commit": "d" * 40},
        {"subjects": {**SUBJECTS, "bento": "sha256:" + "0" * 64}},
        {"subjects": {**SUBJECTS, "sbom": "sha256:" + "0" * 64}},
    ],
)
def test_about_something_else_it_is_refused(changes):
    with pytest.raises(GovernanceFinding, match="not that of this version"):
        _check(provenance.statement(MADE), **changes)


@pytest.mark.parametrize("path", [("_type",), ("predicateType",), ("subject",), ("predicate", "buildDefinition")])
@pytest.mark.parametrize("value", [None, "x", 7, [], {}])
def test_a_statement_with_a_hole_is_refused(path, value):
    plain = copy.deepcopy(provenance.statement(MADE))
    place = plain
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(GovernanceFinding):
        _check(plain)
