"""``wardround card --check`` before the first review: what people have to write, and nothing of numbers."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from wardround.card.skeleton import skeleton
from wardround.cli.card import command
from wardround.errors import UsageError

PARAMS = "project: {name: sepsis}\ndata: {source: synthetic, columns: {outcome: died}}\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "card.yaml").write_text(skeleton({"purpose.summary": "It says who may fall ill."}))
    return tmp_path


def run(root, *args):
    return CliRunner().invoke(command, ["--project", str(root), *args], standalone_mode=False)


def test_the_list_of_what_a_person_must_write_needs_no_evidence(root):
    done = run(root, "--check")
    assert done.exception is None
    assert done.return_value == 0  # no form was named, so that none is asked for
    assert "there is no evidence yet" in done.output
    assert "  purpose.rationale (" in done.output
    assert "\n    " in done.output.partition("purpose.rationale (")[2], "with its hint"
    assert "purpose.summary" not in done.output
    assert not (root / "reports").exists()


def test_a_form_that_was_named_is_asked_for(root):
    done = run(root, "--check", "--profile", "tripod", "--json")
    assert done.return_value == 13
    told = json.loads(done.output)
    assert (told["written"], told["evidence"]) == ([], False)
    (item,) = told["check"]["incomplete"]
    assert item["profile"] == "tripod"
    assert "purpose.summary" not in item["fields"]


def test_the_linter_speaks_too(root):
    (root / "governance" / "card.yaml").write_text("schema_version: 1\npurpose:\n  sumary: x\n")
    done = run(root, "--check")
    assert isinstance(done.exception, UsageError)
    assert "summary" in str(done.exception.problems)


def test_without_a_card_everything_is_to_be_written(root):
    (root / "governance" / "card.yaml").unlink()
    assert "and no governance/card.yaml" in run(root, "--check").output


def test_without_check_the_error_says_where_to_begin(root):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "First version"]):
        subprocess.run(["git", *who, *words], cwd=root, check=True, timeout=60)
    done = run(root)
    assert isinstance(done.exception, UsageError)
    assert "wardround card --check" in done.exception.problems[0].next
