"""The finished report holds no number that the publication does not: attacking the publication attacks the report too."""

import re

import drawn_truths as drawn
import pytest

from wardround.disclosure import Inside, disclose
from wardround.report import comment_markdown, review_html, review_markdown, terminal_summary
from wardround.report.context import Context

NUMBER = re.compile(r"(?<![\w.#-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\d\w])")


def values(plain):
    """All numbers of the publication."""
    if isinstance(plain, dict):
        for value in plain.values():
            yield from values(value)
    elif isinstance(plain, list):
        for value in plain:
            yield from values(value)
    elif isinstance(plain, int | float) and not isinstance(plain, bool):
        yield float(plain)


def written(published):
    """Every way in which a renderer may write a published number: plain, as a percentage, per 100 or per 1,000; and sums of bins."""
    plain = published.plain()
    known = set(values(plain))
    cohorts = [cohort for item in published.against for cohort in item.cohorts] + list(published.cohorts)
    for cohort in cohorts:
        for model in cohort.models:
            for group in model.groups:
                known |= {float(item.n) for item in group.bins}
                rate = group.measures["event_rate"].value if "event_rate" in group.measures else None
                if rate is not None:  # the net benefit of alerting everybody
                    known |= {rate - (1 - rate) * t / (1 - t) for t in published.thresholds}
    texts = set()
    for value in known:
        for scaled in (value, 100 * value, 1 - value, 100 * (1 - value), 1000 * value):
            for decimals in range(5):
                if abs(round(scaled, decimals) - scaled) < 1e-9 or decimals in (0, 1, 3):
                    texts.add(f"{abs(scaled):,.{decimals}f}")
    return texts


def text_of(html):
    """What a reader sees: no styles, scripts, pictures or tags."""
    html = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", html)


@pytest.fixture(scope="module")
def published():
    truth = drawn.draw(2, n=1500, rate=0.3)
    return truth, disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth)))


@pytest.fixture(scope="module")
def editions(published):
    context, shown = Context(project="p"), published[1]
    return {
        "markdown": review_markdown(shown, context),
        "comment": comment_markdown(shown, context),
        "html": text_of(review_html(shown, context)),
        "terminal": "\n".join(terminal_summary(shown, context)),
    }


@pytest.mark.parametrize("edition", ["markdown", "comment", "html", "terminal"])
def test_every_number_of_the_report_is_published(edition, editions, published):
    prose = {"95", "100", "1,000", "10", "11", "0", "1", "2", "3"}  # confidence, units, rounding, the suppression rule
    unknown = sorted(set(NUMBER.findall(editions[edition])) - written(published[1]) - prose)
    assert not unknown


@pytest.mark.parametrize("edition", ["markdown", "comment", "html", "terminal"])
def test_no_exact_count_is_in_the_report(edition, editions, published):
    """Exact sizes of groups that are no multiples of 10 and too large to stand there by chance."""
    truth, _ = published
    exact = set()
    for population in drawn.POPULATIONS:
        for _, _, mask in drawn.groups(truth, truth.rows(population)):
            exact |= {int(mask.sum()), int(truth.outcome[mask].sum())}
    exact = {f"{number:,}" for number in exact if number % 10 and number > 100}
    assert exact
    assert not exact & set(NUMBER.findall(editions[edition]))
