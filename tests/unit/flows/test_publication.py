"""The file that crosses the trust boundary: read as it was written, or not at all."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

sys.path.insert(0, str(Path(__file__).parent))

import publication_sample as made
import report_sample as sample

from wardround.flows.publication import FILE, Bounds, Trusted, content, read, schema, write
from wardround.flows.publish.artifact import take
from wardround.flows.publish.judge import judge
from wardround.flows.publish.render import render

MEASURE = ("published", "decision", "findings", 2, "facts", 0)


@pytest.mark.parametrize("published", [sample.publish(), sample.first()], ids=["good", "first"])
def test_it_is_read_as_it_was_written(published, tmp_path):
    publication = made.publication(published)
    digest = write(publication, tmp_path / FILE)
    found = read(tmp_path / FILE, made.TRUSTED)
    assert found.reason == ""
    assert found.value == publication
    assert content(found.value) == (tmp_path / FILE).read_bytes()
    assert digest.startswith("sha256:")


def test_the_schema_is_current_and_a_schema(repository):
    spec = importlib.util.spec_from_file_location("generate", repository / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    stored = (repository / "docs" / "reference" / "publication.schema.json").read_text(encoding="utf-8")
    assert stored == generate.publication_schema(), "run: python docs/generate.py"
    Draft202012Validator.check_schema(json.loads(stored))


def test_the_schema_is_closed_everywhere():
    definitions = schema()["$defs"]
    assert {"Publication", "Published", "Context", "Count", "Quantity", "GroupView", "DecisionView"} <= set(definitions)
    for item in definitions.values():
        assert item["additionalProperties"] is False
        assert item["required"] == list(item["properties"])


@pytest.mark.parametrize(
    ("path", "new", "wanted"),
    [
        (("surprise",), 1, "breaks the schema (additionalProperties)"),
        (("lock",), ..., "breaks the schema (required)"),
        (("lock",), 5, "lock: breaks the schema"),
        (("lock",), "x" * 500_001, "lock: breaks the schema"),
        (("mode",), "both", "mode: breaks the schema (enum)"),
        (("schema_version",), 2, "schema_version: breaks the schema"),
        (("schema_version",), True, "schema_version: breaks the schema"),
        (("project",), "../../x", "project: breaks the schema (pattern)"),
        (("project",), "readmission\n", "project: "),
        (("head_commit",), "HEAD", "head_commit: breaks the schema"),
        (("head_commit",), "9F1C" * 10, "head_commit: breaks the schema"),
        (("context", "dirty"), "no", "context.dirty: breaks the schema"),
        (("context", "revisions", 0, "commit"), "$(id)", "context.revisions[0].commit: breaks the schema"),
        (("context", "encounter"), "x" * 61, "context.encounter: breaks the schema"),
        (("context", "changes", "data", "rows_before"), {"value": 3, "withheld": ""}, "rows_before: a count is"),
        (("context", "changes", "data", "rows_before"), {"value": 7, "withheld": ""}, "rows_before: a count is"),
        (("context", "changes", "code", 0, "added"), -1, "added: breaks the schema"),
        (("context", "stages", 0, "seconds"), 1e400, "not finite|finite number|breaks the schema"),
        (("published", "decision", "head_commit"), "0" * 40, "decision.head_commit: is not the publication's own"),
        (("published", "decision", "subject_digest"), "", "decision.subject_digest: is not the publication's own"),
        (("context", "project"), "other", "context.project: is not the publication's project"),
        (("published", "min_cell"), 10, "min_cell is not 11"),
        ((*MEASURE, "quantity", "value"), 0.123456, "more precise than its decimals say"),
    ],
)
def test_what_is_not_as_it_must_be_is_a_reason(path, new, wanted):
    found = read(made.written(made.spoilt(made.small(), path, new)), made.TRUSTED)
    assert found.value is None
    assert any(part in found.reason for part in wanted.split("|")), found.reason


def test_another_limit_is_told():
    assert "min_cell is not 20" in read(made.written(made.small()), Trusted(20)).reason


def test_reasons_name_known_keys_alone():
    value = made.spoilt(made.small(), ("context", "@octocat"), "<img>")
    value["published"]["decision"]["[x](y)"] = "http://evil.example"
    reason = read(made.written(value), made.TRUSTED).reason
    assert "context: breaks the schema" in reason
    assert "published.decision: breaks the schema" in reason
    assert not set("@<[") & set(reason)


def test_files_that_cannot_be_read(tmp_path):
    assert read(tmp_path / "none.json", made.TRUSTED).reason == "the file is missing"
    assert "cannot be read" in read(tmp_path, made.TRUSTED).reason
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 2000)
    assert "is larger than" in read(large, made.TRUSTED, Bounds(size=1000)).reason
    for content_ in (b"", b"null", b"[]", b"3", b'"x"', b"[" * 10_000, b"\x00"):
        assert read(content_, made.TRUSTED).reason


def test_the_whole_way_from_an_artifact_to_a_comment(tmp_path):
    import zipfile

    write(made.judged(), tmp_path / FILE)
    with zipfile.ZipFile(tmp_path / "artifact.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / FILE, FILE)
    found = read(take(tmp_path / "artifact.zip").value, made.TRUSTED)
    outcome = judge(made.FACTS, found)
    drawn = render(found.value, made.KNOWN, outcome)
    assert outcome.state == "success"
    assert drawn.value.comment.startswith("## 30-day readmission")
    assert "Pass" in drawn.value.comment


def test_the_trusted_side_knows_better():
    """Commits, branches, titles and the verdict are those of the forge, whatever the run says."""
    publication = made.publication(
        context=sample.context(
            title="Forged title",
            encounter="forged",
            revisions=(sample.Revision("head", "forged-branch", "f" * 40, "forged note"),),
            lineage=(sample.LineageRow("head commit", "e" * 40, "forged"),),
            rules="https://evil.example",
            dirty=False,
        )
    )
    outcome = judge(made.FACTS, made.Checked(publication))
    assert outcome.verdict == "cannot tell"  # the sample has no finding of most rules
    drawn = render(publication, made.KNOWN, outcome).value
    for text in (drawn.comment, drawn.html, drawn.markdown, "\n".join(drawn.summary)):
        assert "orged" not in text
        assert "evil" not in text
        assert "feature/x" in text or text == "\n".join(drawn.summary)
        assert "annot tell" in text or "CANNOT TELL" in text
    assert "publish.rules" in drawn.comment


def test_what_cannot_be_drawn_is_a_reason(monkeypatch):
    def broken(*_args, **_named):
        raise ZeroDivisionError("patient 7")

    monkeypatch.setattr("wardround.flows.publish.render.review_editions", broken)
    publication = made.judged()
    drawn = render(publication, made.KNOWN, judge(made.FACTS, made.Checked(publication)))
    assert drawn.value is None
    assert "ZeroDivisionError" in drawn.reason
    assert "patient" not in drawn.reason
