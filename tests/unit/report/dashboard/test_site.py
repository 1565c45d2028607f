"""The dashboard's files: what they say, that they stand alone, and that they are the same each time."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET

import pytest
from watched_models import files, model

from wardround.report.dashboard import site
from wardround.report.dashboard.svg import ticks
from wardround.report.dashboard.values import Model

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def models() -> tuple[Model, ...]:
    return (
        model("calm", files("calm", bad=False, seed=2), bad=False),
        model("sepsis", files("sepsis"), title="Sepsis <script>alert(1)</script>"),
        Model("fresh", "Fresh", "", "prod"),
    )


@pytest.fixture(scope="module")
def made(models: tuple[Model, ...]) -> dict[str, str]:
    return dict(site(models))


def test_a_forge_that_did_not_answer_is_not_one_that_nobody_asked(models: tuple[Model, ...]) -> None:
    asked = dict(site((dataclasses.replace(models[2], unanswered=True),)))
    assert "did not answer" in asked["index.html"]
    assert "did not answer" in asked["model-fresh.html"]
    alone = dict(site((models[2],)))
    assert "not asked" in alone["index.html"]
    assert "did not answer" not in alone["index.html"] + alone["model-fresh.html"]


def test_there_is_a_page_for_each_model(made: dict[str, str]) -> None:
    assert set(made) == {
        *("index.html", "model-calm.html", "model-sepsis.html", "model-fresh.html", "feed.xml", "metrics.prom"),
    }
    for name in re.findall(r"href='(model-[^']+)'", made["index.html"]):
        assert name in made


def test_the_worst_comes_first_and_the_unwatched_is_no_good_news(made: dict[str, str]) -> None:
    page = made["index.html"]
    assert page.index("model-sepsis.html") < page.index("model-fresh.html") < page.index("model-calm.html")
    assert "Never watched" in made["model-fresh.html"]


def test_nothing_is_loaded_from_anywhere(made: dict[str, str]) -> None:
    for name, text in made.items():
        if not name.endswith(".html"):
            continue
        assert not re.search(r"(?i)<(img|iframe|object|embed|base|form)\b", text)
        assert "default-src 'none'" in text
        assert not re.search(r"(src|url\()\s*=?\s*['\"]?https?:", text)
        assert not re.search(r"@import", text)


def test_text_of_data_is_inert(made: dict[str, str]) -> None:
    page = made["model-sepsis.html"]
    assert "<script>alert" not in page
    assert "<script>north" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<script>") == 1


def test_what_is_drawn_is_also_said(made: dict[str, str]) -> None:
    page = made["model-sepsis.html"]
    labels = re.findall(r"<svg role='img' aria-label='([^']+)'", page)
    assert len(labels) == page.count("<svg ")
    assert any("AUROC in 30 windows" in label for label in labels)
    assert any("Beyond what is tolerated: input_0, input_1" in label for label in labels)
    assert page.count("<rect class='h") == 4 * 30
    assert "v1.2.0" in re.search(r"<svg.*?class='chart'>.*?</svg>", page)[0]  # type: ignore[index]  # there is one


def test_inputs_that_the_map_has_no_room_for_are_counted() -> None:
    page = site((model("wide", files("wide", weeks=4, columns=33)),))["model-wide.html"]
    assert page.count("<rect class='h") == 4 * 30
    assert page.count("3 more inputs moved less, and have no row here.") == 2, "the picture's label, and below it"


def test_the_feed_tells_of_news_once(made: dict[str, str]) -> None:
    feed = ET.fromstring(made["feed.xml"])
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 1, "three looks found the same"
    (entry,) = entries
    assert (entry.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
    assert "calibration.decay" in (entry.findtext(f"{ATOM}content") or "")
    assert feed.findtext(f"{ATOM}updated") == "2023-07-31T03:17:00Z"


def test_the_metrics_have_one_sample_a_measure(made: dict[str, str]) -> None:
    lines = [line for line in made["metrics.prom"].splitlines() if not line.startswith("#")]
    names = [line.rpartition(" ")[0] for line in lines]
    assert len(set(names)) == len(names)
    for line in lines:
        assert re.fullmatch(r'[a-z_]+\{([a-z_]+="([^"\\]|\\.)*",?)+\} -?[0-9.e+-]+', line), line
    assert 'wardround_monitor_findings{project="sepsis",stage="prod",severity="alert"} 1' in lines
    assert 'wardround_stage_info{project="sepsis",stage="prod",version="v1.2.0"} 1' in lines


def test_the_same_history_gives_the_same_bytes(models: tuple[Model, ...], made: dict[str, str]) -> None:
    assert dict(site(tuple(dataclasses.replace(one) for one in models))) == made


def test_no_number_stands_where_none_may(models: tuple[Model, ...]) -> None:
    for one in models:
        for item in one.signals:
            assert item.n.value is None or item.n.value >= 10


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.71, 0.74), (-3.0, 120.0), (1e-9, 2e-9), (1e6, 9e6)])
def test_ticks_are_round_and_few(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 6
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in found)
