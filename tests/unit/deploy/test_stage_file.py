"""`deploy/STAGE.yaml`: one form, closed, and the same to every reader of YAML."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wardround.deploy import yaml_text
from wardround.deploy.stage_file import StageFile, parse
from wardround.errors import UsageError
from wardround.registry.record import StageRecord

DIGEST = "sha256:" + "a" * 64
GIVEN = {"project": "readmission", "stage": "prod", "version": "v1.4.0", "bento": DIGEST, "decision": DIGEST}
IMAGE = f"registry.example.org/models/readmission@{DIGEST}"

texts = st.text(st.characters(codec="utf-8"), max_size=40)
lines = texts.map(lambda text: " ".join("".join(c for c in text if c.isprintable()).split()))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(value=st.dictionaries(texts, values, max_size=5))
@settings(deadline=None)
def test_what_is_written_is_what_is_read(value):
    """By YAML 1.1 as Kubernetes' tools read it, and by 1.2."""
    text = yaml_text.text(value, "a comment\nof two lines")
    assert yaml.safe_load(text) == value
    assert YAML(typ="safe", pure=True).load(text) == value
    assert text.startswith("# a comment\n# of two lines\n")
    assert all(line == line.rstrip() for line in text.splitlines())


def test_other_values_have_no_place():
    for value in (1j, object(), {"x": b"bytes"}):
        with pytest.raises(TypeError):
            yaml_text.text(value)


@given(reason=lines, who=lines)
@settings(deadline=None)
def test_a_stage_file_is_read_again(reason, who):
    file = StageFile(**GIVEN, image=IMAGE, reason=reason, requested_by=who)
    assert parse(file.text().encode(), "deploy/prod.yaml") == file
    assert parse(file.text().encode(), "deploy/prod.yaml").text() == file.text()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"more": 1}, "more"),
        ({"version": "1.4.0"}, "version"),
        ({"version": "v1.4.0-rc1"}, "version"),
        ({"bento": "md5:1"}, "bento"),
        ({"bento": DIGEST + "\n"}, "bento"),
        ({"image": "registry.example.org/readmission:latest"}, "image"),
        ({"stage": "Prod"}, "stage"),
        ({"stage": "../prod"}, "stage"),
        ({"reason": "two\nlines"}, "reason"),
        ({"reason": " spaces "}, "reason"),
        ({"decision": None}, "decision"),
    ],
)
def test_what_is_no_stage_file(change, where):
    text = yaml_text.text({**GIVEN, "image": IMAGE, **change})
    with pytest.raises(UsageError) as refused:
        parse(text.encode(), "deploy/prod.yaml")
    assert [problem.where for problem in refused.value.problems] == [f"deploy/prod.yaml: {where}"]
    assert all("wardround promote" in problem.next for problem in refused.value.problems)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b"a: &x [*x]", b"project: 1\nproject: 2\n"])
def test_what_cannot_be_read(content):
    with pytest.raises(UsageError):
        parse(content, "deploy/prod.yaml")


def test_a_file_and_a_record_of_the_same_version():
    file = StageFile(**GIVEN, image=IMAGE)
    given = {"version": "v1.4.0", "bento": DIGEST, "decision": DIGEST, "card": None, "pull": 1, "commit": "c" * 40}
    assert file.same_as(StageRecord(**given, image=IMAGE))
    assert file.same_as(StageRecord(**given, image=DIGEST)), "the registry may be another"
    other = "sha256:" + "b" * 64
    for change in (
        {"version": "v1.4.1"},
        {"image": None},
        {"image": other},
        {"bento": other},
        {"decision": other},
        {"card": other},
    ):
        assert not file.same_as(StageRecord(**{**given, "image": IMAGE, **change}))
