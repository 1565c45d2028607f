"""The page in a real browser: light and dark, wide and narrow, on paper. Skips where there is no Chromium."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "report"))

import report_sample as sample

from wardround.report import review_html
from wardround.values import Verdict

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=2000",
]
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"

#: Looks at the finished page and writes what it found into an element; the report itself holds no script.
PROBE = """
<script>
const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const ground = node => {
  for (let e = node; e; e = e.parentElement) {
    if (e.ownerSVGElement) continue;
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  }
  return [255, 255, 255];
};
document.querySelectorAll('details').forEach(e => e.open = true);
const low = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || ['SCRIPT', 'STYLE', 'TITLE'].includes(e.tagName.toUpperCase())) continue;
  const style = getComputedStyle(e), own = rgb(e.ownerSVGElement ? style.fill : style.color);
  const a = light(own), b = light(ground(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) low.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2)]);
}
const cut = [...document.querySelectorAll('svg')].flatMap(svg => [...svg.querySelectorAll('text')].filter(t => {
  const box = t.getBoundingClientRect(), frame = svg.getBoundingClientRect();
  return box.left < frame.left - 1 || box.right > frame.right + 1;
}).map(t => t.textContent));
const found = {
  low, cut, width: document.documentElement.scrollWidth, window: innerWidth, paper: getComputedStyle(document.body).backgroundColor,
  focusable: [...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0), requests: performance.getEntriesByType('resource').length,
};
const out = document.createElement('pre'); out.id = 'found'; out.textContent = JSON.stringify(found); document.body.append(out);
</script>
"""


@pytest.fixture(scope="module")
def html():
    return review_html(sample.publish(Verdict.REFUSE, "non-inferior"), sample.context())


def chromium(tmp_path, *arguments):
    done = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1200, 700])
def test_every_text_is_readable_and_nothing_overflows(html, tmp_path, scheme, width):
    page = tmp_path / "review.html"
    page.write_text(html.replace("</body>", PROBE + "</body>"), "utf-8")
    dom = chromium(tmp_path, scheme, f"--window-size={width},1000", "--dump-dom", page.as_uri())
    text = re.search(r'<pre id="found">(.*?)</pre>', dom, flags=re.DOTALL)[1]
    found = json.loads(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert found["low"] == []
    assert found["cut"] == []
    assert found["width"] <= found["window"]
    assert found["focusable"]
    assert found["requests"] == 0
    red = int(re.search(r"\d+", found["paper"])[0])
    assert red > 200 if scheme is LIGHT else red < 50


def test_paper_holds_what_is_folded(html, tmp_path):
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("no pdftotext is installed (Debian: apt-get install poppler-utils)")
    page, paper = tmp_path / "review.html", tmp_path / "review.pdf"
    page.write_text(html, "utf-8")
    chromium(tmp_path, DARK, f"--print-to-pdf={paper}", "--no-pdf-header-footer", page.as_uri())
    text = subprocess.run(
        [pdftotext, "-layout", str(paper), "-"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    for words in (
        "Refuse",
        "Negative predictive value",
        "Evidence that the decision rests on",
        "Numbers that are not shown",
    ):
        assert words in text
