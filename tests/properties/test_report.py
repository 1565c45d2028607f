"""Whatever names hold, no mention, link, image, HTML, table cell or terminal escape of theirs survives."""

import dataclasses
import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "report"))

import report_sample as sample

from wardround.evidence.decision import Fact
from wardround.report.build import build
from wardround.report.comment import LIMIT
from wardround.report.comment import render as comment
from wardround.report.context import Changes, FileChange, LineageRow, Revision, StageRun, ValueChange
from wardround.report.escape import in_html, in_markdown, in_markdown_code
from wardround.report.html.render import page
from wardround.report.markdown import Style
from wardround.report.markdown import render as markdown
from wardround.report.terminal import summary
from wardround.values import Verdict

EVIL = st.sampled_from(
    [
        "@octocat",
        "#12",
        "GH-1",
        "http://x.example",
        "www.x.example",
        "a@b.example",
        "![i](http://x/y.png)",
        "[t](x)",
        "<img src=x onerror=y>",
        "</code><script>",
        "`",
        "``",
        "```",
        "|",
        "\\",
        "\\|",
        "\n",
        "\r\n\r\n# h",
        "\x1b[31m",
        "\u202e",
        "\u200d",
        "<!--",
        "&lt;",
        "&#64;x",
        "$x$",
        "**",
        "_",
        "~~",
        "- ",
        "1. ",
        "> ",
        "---",
        "</details>",
        "]]>",
        "'",
        '"',
        ":smile:",
        "deadbeefdeadbeef",
        "[^1]",
        "\t",
        "{{x}}",
        "${{ x }}",
    ]
)
NAMES = st.lists(EVIL | st.text(max_size=8) | st.just(" "), max_size=6).map("".join)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ACTIVE = (
    "link_open",
    "image",
    "html_inline",
    "html_block",
    "em_open",
    "strong_open",
    "s_open",
    "heading_open",
    "fence",
    "hr",
)
GITHUB = re.compile(
    r"@\w|(?<![\w&])#\d|\bGH-\d|://|\bwww\.|:[a-z0-9_+-]+:|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])", re.IGNORECASE
)


def tokens(text):
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


@given(NAMES)
@example("1. a")
@example("+\n- x")
@example("=\t=")
def test_text_is_text(name):
    for text in (
        in_markdown(name),
        f"| a |\n| --- |\n| {in_markdown(name)} |",
        f"- {in_markdown(name)}",
        f"x\n{in_markdown(name)}",
    ):
        found = list(tokens(text))
        assert not [token.type for token in found if token.type in ACTIVE]
        shown = [token.content for token in found if token.type in {"text", "text_special"}]
        assert not GITHUB.search("".join(shown))
        assert not [token for token in found if token.type == "code_inline"]
        assert sum(token.type == "td_open" for token in found) <= 1
    assert not [token.type for token in tokens(in_markdown(name)) if token.type.endswith("list_open")]


@given(NAMES)
def test_code_is_one_code_span(name):
    for text in (in_markdown_code(name), f"| a |\n| --- |\n| {in_markdown_code(name)} |"):
        found = list(tokens(text))
        assert [token.type for token in found if token.type in {*ACTIVE, "code_inline"}] == ["code_inline"]
        assert not "".join(token.content for token in found if token.type == "text").strip(" |-a")


class Text(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


@given(NAMES)
def test_html_is_one_text(name):
    reader = Text(f"<p title='{in_html(name)}'>{in_html(name)}</p>")
    assert reader.tags == ["p"]
    assert html.unescape(in_html(name)) == reader.text


def reports(name):
    """Every edition with ``name`` wherever a name may stand."""
    changes = Changes(
        params=(ValueChange(name, name, name, judges=True),),
        pipelines=(FileChange(name, 1, 1),),
        code=(FileChange(name, None, None),),
        framework=(ValueChange(name, name, name),),
    )
    context = sample.context(
        project=name,
        title=name,
        outcome=name,
        encounter=name,
        changes=changes,
        limitations=(name,),
        judge_notes=(name,),
        revisions=(Revision("head", name, name, name),),
        lineage=(LineageRow(name, name, name),),
        stages=(StageRun(name),),
        generated=(name,),
        rules=name,
    )
    facts = (Fact(name=name, type="text", text=name, group=name), Fact(name=name, type="margin", value=0.1))
    made = sample.decision(sample.comparison(*sample.cohorts()), Verdict.REFUSE)
    findings = (sample.finding(name, Verdict.REFUSE, name, name, name, *facts), *made.findings)
    judged = made.model_copy(
        update={"findings": findings, "project": name, "judged_by": name, "judge_changes": (name,), "head_commit": name}
    )
    published = dataclasses.replace(sample.publish(), key=KEY, decision=sample.empty(judged).decision)
    document = build(published, context)
    return page(document, {}), markdown(document, Style(pictures="")), comment(document), summary(published, context)


KEY = sample.KEY
PLAIN = None


@pytest.fixture(scope="module")
def harmless():
    return reports("name")


@settings(max_examples=25, deadline=None)
@given(NAMES)
def test_whole_reports_hold_nothing_active(harmless, name):
    web, text, note, lines = reports(name)
    usual_web, usual_text, usual_note, _ = harmless
    wanted, found = Text(usual_web), Text(web)
    allowed = {"br", "sup"}
    assert {
        tag: found.tags.count(tag)
        for tag in found.tags
        if tag not in {*allowed, "code", "em", "strong", "dt", "dd", "div", "p", "a", "li"}
    }.keys() <= {tag: 1 for tag in wanted.tags}.keys() | {"code", "em", "strong"}
    assert "script" not in found.tags
    assert "img" not in found.tags
    for usual, edition in ((usual_text, text), (usual_note, note)):
        kinds = ("image", "link_open", "heading_open", "fence", "table_open", "html_block")
        one, other = (
            [token.type for token in tokens(edition_) if token.type in kinds] for edition_ in (usual, edition)
        )
        assert {kind: other.count(kind) for kind in kinds if kind != "link_open"} == {
            kind: one.count(kind) for kind in kinds if kind != "link_open"
        }
        assert other.count("link_open") <= one.count("link_open")
        html_inside = {token.content for token in tokens(edition) if token.type == "html_inline"}
        assert html_inside <= {"<br>"}
        shown = " ".join(token.content for token in tokens(edition) if token.type in {"text", "text_special"})
        assert not re.search(r"@\w|://|\bwww\.", shown)
    assert len(note) <= LIMIT
    assert all(line.isprintable() for line in lines)


@settings(max_examples=10, deadline=None)
@given(st.integers(min_value=2_000, max_value=20_000))
def test_a_comment_never_exceeds_its_limit(limit):
    many = Changes(params=tuple(ValueChange(f"key.{i}", str(i), str(i + 1)) for i in range(300)))
    document = build(sample.publish(Verdict.REFUSE, "non-inferior"), sample.context(changes=many))
    text = comment(document, limit)
    assert len(text) <= limit
    assert text.startswith("## 30-day readmission")
    assert "1 rule refuses the change" in text
    assert "left out" in text.lower()
