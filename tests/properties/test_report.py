"""Whatever names hold, no mention, link, image, HTML, table cell or terminal escape of theirs survives."""

import dataclasses
import functools
import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

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


def shown(text):
    """What a reader sees outside code, a line for each block: what GitHub's later passes look at."""
    lines = []
    for token in READER.parse(text):
        children = token.children or ()
        lines.append("".join(child.content if child.type in {"text", "text_special"} else "\n" for child in children))
    return "\n".join(lines)


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
        assert not GITHUB.search(shown(text))
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
    published = dataclasses.replace(sample.publish(), key=sample.KEY, decision=sample.empty(judged).decision)
    document = build(published, context)
    return page(document, {}), markdown(document, Style(pictures="")), comment(document), summary(published, context)


STRUCTURE = {
    "table",
    "tr",
    "td",
    "th",
    "section",
    "h1",
    "h2",
    "h3",
    "details",
    "ul",
    "p",
    "img",
    "script",
    "svg",
    "dt",
    "strong",
}
BLOCKS = (
    "image",
    "heading_open",
    "fence",
    "table_open",
    "tr_open",
    "td_open",
    "html_block",
    "bullet_list_open",
    "list_item_open",
)
HARMLESS = functools.cache(lambda: reports("name"))


@settings(max_examples=25, deadline=None)
@given(NAMES)
@example(":smile:")
@example("www.x.example")
def test_whole_reports_hold_nothing_active(name):
    web, text, note, lines = reports(name or "x")
    usual_web, usual_text, usual_note, _ = HARMLESS()
    assert count(Text(usual_web).tags, STRUCTURE) == count(Text(web).tags, STRUCTURE)
    for usual, edition in ((usual_text, text), (usual_note, note)):
        usual_types, types = ([token.type for token in tokens(one)] for one in (usual, edition))
        assert count(usual_types, BLOCKS) == count(types, BLOCKS)
        assert types.count("link_open") <= usual_types.count("link_open")
        assert {token.content for token in tokens(edition) if token.type == "html_inline"} <= {"<br>"}
        assert not GITHUB.search(shown(edition))
    assert len(note) <= LIMIT
    assert all(line.isprintable() for line in lines)


def count(items, kinds):
    return {kind: items.count(kind) for kind in sorted(kinds)}


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
