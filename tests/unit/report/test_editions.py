"""Each edition as a whole: what it must say, and what it must never hold."""

import re
from html.parser import HTMLParser

import pytest
import report_sample as sample

from wardround.evidence.decision import Fact
from wardround.report import (
    comment_markdown,
    markdown,
    review_editions,
    review_figures,
    review_html,
    review_markdown,
    terminal_summary,
)
from wardround.report.blocks import Picture
from wardround.report.build import build
from wardround.report.html.render import page
from wardround.values import Verdict

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """What a test asks of a page: balanced elements, identifiers, links, headings."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.headings, self.tags = [], [], [], [], []
        self.tables, self.attributes = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named["href"]] if tag == "a" else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in {"table", "caption", "th"}:
            self.tables.append((tag, named))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


@pytest.fixture(scope="module")
def html(refused, context):
    return review_html(refused, context)


def test_html_is_one_accessible_file(html):
    page = Page(html)
    assert len(page.ids) == len(set(page.ids)), "an identifier stands twice"
    assert "<html lang='en'>" in html
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(page.tags)
    assert not re.search(r"https?://|url\((?!#)|@import|\son\w+=", html)
    anchors = {link[1:] for link in page.links if link.startswith("#")}
    assert anchors <= set(page.ids)
    assert all("scope" in named for tag, named in page.tables if tag == "th")
    tags = [tag for tag, _ in page.tables]
    assert tags.count("table") == tags.count("caption") > 5
    assert html.count('role="img"') == html.count("<svg ") == 4
    assert all(f"url(#{name}" not in html or f'id="{name}' in html for name in page.ids)


def test_html_references_inside_figures_exist(html):
    ids = set(Page(html).ids)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= ids
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids


def test_html_follows_light_and_dark(html):
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    figures = re.findall(r"<svg .*?</svg>", html, flags=re.DOTALL)
    colours = set(re.findall(r"#[0-9a-f]{6}", "".join(figures)))
    assert all(f", {colour})" in html for colour in colours), "a colour that does not follow the page"


def test_html_says_it_all(html):
    text = re.sub(r"<[^>]+>", "", html).replace("\u00a0", " ")
    for words in (
        "Refuse",
        "1 rule refuses the change",
        "What changed",
        "model.settings.max_iter",
        "New patients",
        "All comers",
        "+0.028",
        "calibration.slope",
        "0.710 (0.640 to 0.780)",
        "Lineage",
        "reused",
        "1 min 15 s",
        "not comparable",
        "Deaths after discharge",
        "withheld: small numbers",
    ):
        assert words in text, words
    assert text.index("New patients") < text.index("All comers")
    assert "href='../docs/rules/calibration.slope.md'" in html


def test_same_values_same_bytes_alone_and_together(refused, context, html):
    together = review_editions(refused, context)
    assert together.html == html
    assert together.figures == review_figures(refused, context)
    assert together.markdown == review_markdown(refused, context)
    assert together.comment == comment_markdown(refused, context)
    assert together.summary == terminal_summary(refused, context)


def test_markdown_names_its_pictures(published, context):
    text = review_markdown(published, context)
    named = set(re.findall(r"\]\(figures/([\w.-]+)\)", text))
    assert (
        named
        == set(review_figures(published, context))
        == {"calibration.svg", "roc.svg", "decision-curve.svg", "subgroups.svg"}
    )
    assert "](../docs/rules/lock.fresh.md)" in text
    assert "| **+0.028**<br>+0.018 to +0.037 |" in text


def test_every_table_of_markdown_is_even(published, context):
    for edition in (review_markdown, comment_markdown):
        for table in re.findall(r"(?:^\|.*\n)+", edition(published, context), flags=re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
            assert len(widths) == 1, table


def test_comment_needs_no_image_and_no_path(refused, context):
    text = comment_markdown(refused, context)
    assert "](" not in text
    assert "\u26d4 Refuse" in text[:200]
    assert text.count("<details>") == text.count("</details>") > 5
    assert "\u251c" in text
    assert "\u2588" in text
    assert text.index("What the gate said") < text.index("How well it predicts")
    linked = comment_markdown(refused, sample.context(rules="https://forge.example/docs/rules"))
    assert "](https://forge.example/docs/rules/calibration.slope.md)" in linked


def test_an_odd_place_of_rules_makes_no_link(refused):
    for place in ("javascript:alert(1)//", "https://x.example/) [a](b", "//evil.example"):
        assert "href='" not in re.sub(r"href='(#|\.\./)", "", page(build(refused, sample.context(rules=place)), {}))


def test_a_figure_that_could_not_be_drawn_is_no_broken_image():
    drawn = markdown.picture(Picture("subgroups", "AUROC by group", "By group.", ("F 0.7",)), markdown.Style("figures"))
    assert drawn.startswith("![AUROC by group](figures/subgroups.svg)")
    missing = markdown.picture(Picture("subgroups", "", "By group.", ("F 0.7",)), markdown.Style("figures"))
    assert "![" not in missing
    assert "F 0.7" in missing


def test_terminal_lines(refused, context):
    lines = terminal_summary(refused, context)
    assert lines[0].startswith("\u2715 REFUSE  30-day readmission")
    assert any("calibration.slope" in line for line in lines)
    assert lines[-1].startswith("5 findings: pass 3, refuse 1, not applicable 1. Next: ")
    assert all("\n" not in line and "\x1b" not in line for line in lines)


def test_terminal_says_which_groups_a_finding_is_about(context):
    compared = sample.comparison(*sample.cohorts())
    made = sample.decision(compared, Verdict.REFUSE)
    facts = (
        Fact(name="sensitivity", type="measure", value=0.6, low=0.5, high=0.7, group="sex=F"),
        Fact(name="sensitivity", type="measure", value=0.3, low=0.2, high=0.4, group="sex=M"),
    )
    unfair = sample.finding("fairness.gap", Verdict.REFUSE, "A gap.", "Look.", "sex", *facts)
    made = made.model_copy(update={"findings": (*made.findings, unfair)})
    published = sample.reveal(comparison=compared, metrics=sample.metrics(*sample.cohorts()), decision=made)
    (line,) = (line for line in terminal_summary(published, context) if "(sex: F)" in line)
    assert "(sex: M)" in line


def test_first_version(context):
    published = sample.first()
    html = review_html(published, context)
    assert "This is the first version" in html
    assert "AUROC by group" in html
    assert "Difference" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    assert comment_markdown(published, context)


@pytest.mark.parametrize("outcome", ["baseline", "not compared"])
def test_no_numbers_at_all(outcome):
    compared = sample.comparison(*sample.cohorts())
    published = sample.empty(sample.decision(compared, Verdict.CANNOT_TELL, outcome))
    context = sample.context(changes=None, stages=(), lineage=(), generated=(), revisions=())
    for edition in (review_html, review_markdown, comment_markdown):
        assert "Cannot tell" in edition(published, context)
        assert "Cannot tell" in edition(sample.empty(), context)
    assert review_figures(published, context) == {}
    assert terminal_summary(sample.empty(), context)[0].startswith("? CANNOT TELL")
