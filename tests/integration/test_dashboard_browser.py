"""The dashboard and the monitor's report in a real browser: light and dark, wide and narrow, with and without its script."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "report" / "dashboard"))

import test_report_browser as browser
from watched_models import files, model

from wardround.monitoring import history
from wardround.report.dashboard import site
from wardround.report.monitor import MonitorContext, monitor_editions

pytestmark = [*([browser.pytestmark] if browser.CHROMIUM is None else []), pytest.mark.slow]
SCHEMES = [browser.LIGHT, browser.DARK]
SHOT = b"\x89PNG"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    made = files("sepsis", weeks=40, columns=12)
    entry = list(history.read(made, 11)[("sepsis", "prod")].entries.values())[7]
    report = monitor_editions(entry.watch, MonitorContext("Sepsis", "sepsis within 48 hours"))
    return {**site((model("sepsis", made, title="Sepsis"),)), "monitor.html": report.html}


def written(pages: dict[str, str], place: Path) -> None:
    for name, text in pages.items():
        (place / name).write_text(text, "utf-8")


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
@pytest.mark.parametrize("width", [1200, 700])
@pytest.mark.parametrize("name", ["index.html", "model-sepsis.html", "monitor.html"])
def test_every_text_is_readable_and_nothing_overflows(
    pages: dict[str, str], tmp_path: Path, scheme: str, width: int, name: str
) -> None:
    page = tmp_path / name
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", pages[name])
    page.write_text(text.replace("</body>", browser.PROBE + "</body>"), "utf-8")
    dom = browser.chromium(tmp_path, scheme, f"--window-size={width},1000", "--dump-dom", page.as_uri())
    match = re.search(r'<pre id="found">(.*?)</pre>', dom, flags=re.DOTALL)
    assert match is not None
    found = json.loads(match[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert found["low"] == []
    assert found["cut"] == []
    assert found["width"] <= found["window"]
    assert found["focusable"]
    assert found["requests"] == 0


def test_the_script_runs_under_the_pages_own_policy(pages: dict[str, str], tmp_path: Path) -> None:
    written(pages, tmp_path)
    dom = browser.chromium(tmp_path, "--dump-dom", (tmp_path / "model-sepsis.html").as_uri())
    assert 'class="js"' in dom
    assert dom.count('<th scope="col"><button>') > 5


def test_without_the_script_everything_is_there(pages: dict[str, str], tmp_path: Path) -> None:
    text = re.sub(r"<script>.*?</script>", "", pages["model-sepsis.html"], flags=re.DOTALL)
    written({"model-sepsis.html": text}, tmp_path)
    dom = browser.chromium(tmp_path, "--dump-dom", (tmp_path / "model-sepsis.html").as_uri())
    assert 'class="js"' not in dom
    assert "More events happen than are predicted." in dom
    assert dom.count("<svg") == pages["model-sepsis.html"].count("<svg")


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
def test_screenshots_differ_where_they_should(pages: dict[str, str], tmp_path: Path, scheme: str) -> None:
    written(pages, tmp_path)
    shot = tmp_path / "shot.png"
    page = (tmp_path / "model-sepsis.html").as_uri()
    browser.chromium(tmp_path, scheme, "--window-size=1200,2400", f"--screenshot={shot}", page)
    content = shot.read_bytes()
    assert content.startswith(SHOT)
    assert len(content) > 60_000, "an empty page compresses to less"
