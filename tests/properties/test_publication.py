"""Hostile evidence: whatever it holds, reading gives a reason and not an error, judging never gets better, and text stays text."""

import contextlib
import dataclasses
import functools
import json
import re
import sys
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "flows"))

import publication_sample as made
import report_sample as sample

from wardround.disclosure.published import KEY, FactView, FindingView
from wardround.disclosure.shapes import Checked
from wardround.flows.publication import read
from wardround.flows.publish.artifact import take
from wardround.flows.publish.judge import Facts, judge
from wardround.flows.publish.render import render
from wardround.gate.registry import RULES
from wardround.report.context import Changes, DataChange, FileChange, LineageRow, StageRun, ValueChange
from wardround.report.escape import clean
from wardround.values import Verdict

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

# --- reading

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "pass", "head", "withheld: small numbers", "0" * 40, "\ud800", 10, 11, 0.5])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def paths(value, way=()):
    """Every place in a JSON value."""
    yield way
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths(part, (*way, name))
    elif isinstance(value, list):
        for index, part in enumerate(value[:3]):
            yield from paths(part, (*way, index))


PATHS = tuple(way for way in paths(made.small()) if way)


def check(content):
    """Reading and judging give answers; the reason is short, of one line, and of plain characters."""
    found = read(content, made.TRUSTED)
    assert (found.value is None) == bool(found.reason)
    assert len(found.reason) < 1500
    assert found.reason.isascii()
    assert found.reason.isprintable()
    outcome = judge(made.FACTS, found)
    assert found.value is not None or outcome.state == "failure"
    assert len(outcome.description) <= 140
    return found


@SLOW
@given(JSON)
def test_any_json_is_a_reason(value):
    assert check(json.dumps(value).encode()).value is None


@SLOW
@given(st.binary(max_size=200))
def test_any_bytes_are_a_reason(content):
    assert check(content).value is None
    assert take(content).value is None


@settings(SLOW, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON | st.just(...)), min_size=1, max_size=3), st.text(max_size=5))
def test_a_spoilt_publication_is_a_reason_or_keeps_the_rules(spoils, key):
    value = made.small()
    for way, new in spoils:
        try:
            value = made.spoilt(value, way, new)
        except (KeyError, IndexError, TypeError):
            continue  # the place went with an earlier change
    found = check(made.written(value))
    if found.value is not None:
        again = read(made.content(found.value), made.TRUSTED)
        assert again.value == found.value
    value[f"x{key}"] = 1
    assert check(made.written(value)).value is None


# --- judging

VERDICTS = st.sampled_from(list(Verdict))
FINDINGS = st.lists(
    st.tuples(st.sampled_from([rule.id for rule in RULES]) | st.sampled_from(["unknown.rule", "gate"]), VERDICTS),
    max_size=6,
)
COMMITS = st.sampled_from([sample.HEAD, sample.BASE, "5" * 40])
SETTLED = st.sampled_from([frozenset(), frozenset({"lock.fresh"})])
FACTS = st.builds(
    Facts,
    project=st.sampled_from(["readmission", "other"]),
    touched=st.booleans(),
    fork=st.booleans(),
    head_sha=COMMITS,
    bases=st.frozensets(COMMITS, max_size=3),
    off=st.frozensets(st.sampled_from([rule.id for rule in RULES]), max_size=3),
    first=st.booleans(),
    anchor=st.sampled_from(["", sample.ANCHOR]),
    could_not_check=st.sampled_from(["", "the forge did not answer"]),
    settled=SETTLED,
)


class Held:
    """Evidence that a failing test prints in one word: whole publications are long."""

    def __init__(self, found):
        self.found = found

    def __repr__(self):
        decision = self.found.value.published.decision if self.found.value else None
        return f"{decision.verdict} of {[(f.rule, f.verdict) for f in decision.findings]}" if decision else "none"


@st.composite
def evidence(draw):
    """Mostly complete findings, of which some are changed, left out or added, under any claim."""
    found = {rule.id: Verdict.PASS for rule in RULES} | dict(draw(FINDINGS))
    for name in draw(st.lists(st.sampled_from([rule.id for rule in RULES]), max_size=1)):
        found.pop(name, None)
    if draw(st.integers(0, 9)) == 0:
        return Held(Checked(None, "the artifact is missing"))
    publication = made.judged(draw(VERDICTS), [made.finding(name, verdict) for name, verdict in found.items()])
    changed = {"mode": draw(st.sampled_from(["data", "data", "synthetic"]))}
    changed |= {"head_commit": draw(COMMITS)} if draw(st.integers(0, 5)) == 0 else {}
    return Held(Checked(dataclasses.replace(publication, **changed)))


def good(facts, found):
    return judge(facts, found).state == "success"


def with_findings(found, findings):
    publication = found.value
    decision = dataclasses.replace(publication.published.decision, key=KEY, findings=tuple(findings))
    changed = dataclasses.replace(publication.published, key=KEY, min_cell=11, decision=decision)
    return Checked(dataclasses.replace(publication, published=changed))


def worse_evidence(found, facts):
    """Less evidence, or more against the change."""
    yield Checked(None, "the artifact is missing")
    if found.value is None or found.value.published.decision is None:
        return
    findings = found.value.published.decision.findings
    for place, item in enumerate(findings):
        rest = (*findings[:place], *findings[place + 1 :])
        if not any(other.rule == item.rule for other in rest) and item.rule not in facts.off | facts.settled:
            known = item.rule in {rule.id for rule in RULES}
            if known:
                yield with_findings(found, rest)
    for name in [*(rule.id for rule in RULES), "unknown.rule"]:
        if name not in facts.settled:
            for verdict in (Verdict.REFUSE, Verdict.CANNOT_TELL):
                yield with_findings(found, (*findings, made.finding(name, verdict)))
    yield Checked(dataclasses.replace(found.value, mode="synthetic"))
    yield Checked(dataclasses.replace(found.value, head_commit="7" * 40))
    yield Checked(dataclasses.replace(found.value, base_commit="7" * 40))
    yield Checked(dataclasses.replace(found.value, context=dataclasses.replace(found.value.context, dirty=True)))


def worse_facts(facts):
    """A fork, another head, fewer bases, fewer rules switched off, nothing settled, no answer."""
    yield dataclasses.replace(facts, fork=True) if facts.touched else facts
    yield dataclasses.replace(facts, touched=True)
    yield dataclasses.replace(facts, could_not_check="the forge did not answer")
    yield dataclasses.replace(facts, first=False)
    if facts.touched:
        yield dataclasses.replace(facts, head_sha="8" * 40)
        yield dataclasses.replace(facts, project="another")
        yield dataclasses.replace(facts, bases=frozenset())
        yield dataclasses.replace(facts, anchor="8" * 40)
        yield dataclasses.replace(facts, off=frozenset())


@settings(SLOW, max_examples=60)
@given(FACTS, evidence())
@example(made.FACTS, Held(made.evidence()))
def test_nothing_worse_makes_the_outcome_better(facts, held):
    found = held.found
    if good(facts, found):
        return  # the best there is
    for other in worse_evidence(found, facts):
        assert not good(facts, other)
    for other in worse_facts(facts):
        assert not good(other, found)


@settings(SLOW, max_examples=60)
@given(FACTS, evidence())
@example(made.FACTS, Held(made.evidence()))
def test_a_fork_never_passes(facts, held):
    found = held.found
    fork = dataclasses.replace(facts, fork=True, touched=True)
    outcome = judge(fork, found)
    assert outcome.state != "success"
    assert outcome.verdict.blocks
    # What is not touched succeeds by what the API says alone: no evidence can bring that about.
    untouched = dataclasses.replace(facts, fork=True, touched=False)
    assert judge(untouched, found) == judge(untouched, Checked(None, "x"))


def test_the_property_could_fail():
    assert good(made.FACTS, made.evidence())
    assert all(not good(made.FACTS, other) for other in worse_evidence(made.evidence(), made.FACTS))


# --- drawing

EVIL = st.sampled_from(
    [
        "@octocat", "@org/team", "#12", "GH-1", "o/r#1", "http://x.example", "HTTPS://x.example", "//x.example/y", "www.x.example",
        "mailto:a@b.example", "ftp://x.example", "![i](http://x/y.png)", "[t](x)", "[t]: http://x.example", "[t][t]", "<http://x.example>",
        "<img src=x onerror=y>", "</code><script>", "</style>", "<!-- wardround:review -->", "<!-- wardround:run id=9 attempt=9 -->",
        "-->", "`", "``", "```", "~~~", "|", "\\", "\\|", "\n", "\r\n\r\n# h", "\n\n```\n", "\x1b[31m", "\x1b]8;;http://x\x07", "\x9b31m",
        "\u202e", "\u2066", "\u200d", "\ufeff", "\u2028", "&lt;", "&#64;x", "&commat;x", "$x$", "**", "__", "~~", "- ", "1. ", "> ", "---", "===",
        "</details>", "</summary>", "<details>", "]]>", "'", '"', "' onmouseover='x", ":smile:", "deadbeefdeadbeef", "[^1]", "\t", "{{x}}",
        "${{ x }}", "$(id)", "javascript:x", "\u0430\u0301\u0489",
    ]
)  # fmt: skip
NAMES = st.lists(EVIL | st.text(max_size=6) | st.just(" ") | st.just("x"), min_size=1, max_size=5).map("".join)
READER = MarkdownIt("gfm-like")
READER.linkify.set({"fuzzy_link": False, "fuzzy_ip": False})  # GitHub links bare names of hosts only after www.
GITHUB = re.compile(
    r"@\w|(?<![\w&])#\d|\bGH-\d|://|\bwww\.\w|:[a-z0-9_+-]+:|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])", re.IGNORECASE
)
OWN_HTML = {
    "<br>", "<details>", "</details>", "<b>", "</b>", "<code>", "</code>", "<summary>", "</summary>",
}  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "h1", "h2", "h3", "h4", "p", "a", "ul", "li", "dl", "dt",
    "dd", "div", "span", "strong", "em", "code", "sup", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure",
    "figcaption", "pre", "svg", "g", "path", "text", "tspan", "use", "defs", "clippath", "rect",
}  # fmt: skip


def bad(name):
    """A publication with the name wherever a text is free, and a finding that blocks, so that all of it is shown."""
    short = name[:60]
    fact = FactView(KEY, name[:200], "text", name[:200], text=name)
    findings = [
        FindingView(KEY, "calibration.slope", "refuse", name, name, name, (fact,)),
        *(made.finding(rule.id) for rule in RULES),
    ]
    published = sample.publish()
    decision = dataclasses.replace(
        published.decision,
        key=KEY,
        verdict="refuse",
        outcome=name[:200],
        judged_by=name,
        judge_changes=(name,),
        findings=tuple(findings),
        evidence=((name, name),),
    )
    against = tuple(
        dataclasses.replace(
            item, key=KEY, commit=name, reason=name, cohorts=tuple(renamed(c, name) for c in item.cohorts)
        )
        for item in published.against
    )
    importance = tuple(dataclasses.replace(item, key=KEY, feature=name[:200]) for item in published.importance)
    published = dataclasses.replace(
        published,
        key=KEY,
        min_cell=11,
        decision=decision,
        against=against,
        importance=importance,
        limitations=(name,),
        cohorts=(),
    )
    context = sample.context(
        title=name,
        outcome=name,
        encounter=short,
        revisions=(),
        changes=Changes(
            params=(ValueChange(name, name, name, judges=True),),
            pipelines=(FileChange(name, 1, 2),),
            code=tuple(FileChange(f"{name}{i}", None, None) for i in range(15)),
            framework=(ValueChange(name, name, name),),
            data=DataChange(name, name + "2", name, name),
        ),
        lineage=(LineageRow(name, name, name), LineageRow("head commit", name, name)),
        stages=(StageRun(name, 1.5), StageRun(name, reused=True)),
        limitations=(name,),
        judge_notes=(name,),
        dirty=False,
        generated=(name,),
        rules=name,
    )
    return made.publication(published, context=context)


def renamed(cohort, name):
    """The cohort with another level, column and so on: names of groups are data."""

    def one(group):
        return (
            dataclasses.replace(group, key=KEY, column=name[:200], level=name[:200]) if group.column == "sex" else group
        )

    models = tuple(dataclasses.replace(m, key=KEY, groups=tuple(one(g) for g in m.groups)) for m in cohort.models)
    return dataclasses.replace(cohort, key=KEY, models=models, changes=tuple(one(change) for change in cohort.changes))


def drawn(name, *, figures):
    """All editions as the trusted side draws them; without figures, which take seconds, unless they are wanted."""
    publication = bad(name)
    if figures:
        found = read(made.content(publication), made.TRUSTED)
        assert found.value == publication, found.reason
    known = dataclasses.replace(made.KNOWN, head_branch=name)
    outcome = judge(made.FACTS, Checked(publication))
    with contextlib.ExitStack() as stack:
        if not figures:
            stack.enter_context(mock.patch("wardround.report.figures.all.drawings", return_value={}))
        result = render(publication, known, outcome)
    assert result.reason == ""
    return result.value


def tokens(text):
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def shown(text):
    """What a reader sees outside code: what GitHub's later passes look at, the HTML of summaries too."""
    lines = []
    for token in READER.parse(text):
        children = token.children or ()
        lines.append("".join(child.content if child.type in {"text", "text_special"} else "\n" for child in children))
        if token.type == "html_block":
            lines.append(re.sub(r"<code>.*?</code>|<[^>]*>", "\n", token.content))
    return "\n".join(lines)


class Page(HTMLParser):
    """Tags, and attributes with their values."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


@functools.cache
def harmless(figures):
    return drawn("name", figures=figures)


def unseen(text):
    """Control and format characters, but for lines and the break that makes patterns inert."""
    return [char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} and char not in "\n\u200b"]


WORST = (
    "<!-- wardround:run id=9 attempt=9 head=x -->",
    "@octocat //x.example/y http://x.example",
    "```\n\n# h </details><img src=x> [a](b) ![c](d)",
    "' onmouseover='x\" onload=\"y\u202e\x1b[31m",
    "https://x.example/$x$ **a** `b` ||| \\",
)


@settings(SLOW, max_examples=15)
@given(NAMES.filter(clean))  # a name of which nothing is left has no row: the structure is another
@example(WORST[0])
@example(WORST[1])
@example(WORST[2])
@example(WORST[3])
@example(WORST[4])
def test_whatever_names_hold_nothing_active_survives(name):
    inert(drawn(name, figures=False), harmless(figures=False))


def test_nothing_active_survives_in_figures():
    inert(drawn(" ".join(WORST), figures=True), harmless(figures=True))


def inert(editions, usual):
    """Every edition has the structure of the usual one, and nothing active but its own."""
    for text in (editions.comment, editions.markdown):
        found = list(tokens(text))
        comment = text is editions.comment
        links = [token.attrs["href"] for token in found if token.type == "link_open"]
        assert all(href.startswith(made.KNOWN.rules + "/") for href in links)
        images = [token.attrs["src"] for token in found if token.type == "image"]
        assert not (comment and images)
        assert all(re.fullmatch(r"figures/[a-z-]+\.svg", source) for source in images)
        html = [token.content for token in found if token.type in {"html_inline", "html_block"}]
        assert {tag for part in html for tag in re.findall(r"<[^>]*>", part)} <= OWN_HTML
        assert not GITHUB.search(shown(text))
        assert "<!--" not in text
        assert not unseen(text)
        assert len([token for token in found if token.type == "fence"]) == len(
            [token for token in tokens(usual.comment if comment else usual.markdown) if token.type == "fence"]
        )
    assert len(editions.comment) <= 60_000

    page, plain = Page(editions.html), Page(usual.html)
    assert set(page.tags) <= TAGS
    # Sentences of rules may mark names with backticks and stress words with asterisks: that is text set in another way.
    marks = {"code", "em"}
    assert sorted(tag for tag in page.tags if tag not in marks) == sorted(tag for tag in plain.tags if tag not in marks)
    assert sorted((tag, attribute) for tag, attribute, _ in page.attributes) == sorted(
        (tag, attribute) for tag, attribute, _ in plain.attributes
    )
    for tag, attribute, value in page.attributes:
        assert not attribute.startswith("on")
        if attribute in {"href", "src"}:
            assert value.startswith(("#", made.KNOWN.rules + "/")), (tag, value)
    assert not unseen(editions.html)
    assert all(line.isprintable() for line in editions.summary)
