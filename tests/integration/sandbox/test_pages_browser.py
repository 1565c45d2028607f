"""The sandbox's pages in a real browser, by keyboard alone, light and dark, wide and narrow. Skips without Chromium."""

import os
from pathlib import Path

import pages_sample as sample
import pytest
from chromium import CHROMIUM, Tab

from wardround.sandbox.model import Pull, Run

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")

#: Looks at what is drawn: contrast of each text with the ground behind it, and what is wider than the window.
PROBE = """(() => {
const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const ground = node => {
  for (let e = node; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  }
  return [255, 255, 255];
};
const ratio = (a, b) => { a = light(a); b = light(b); return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
document.querySelectorAll('details').forEach(e => e.open = true);
const low = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let texts = 0;
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement, told = walker.currentNode.data.trim();
  if (!told || e.closest('.unseen') || e.closest('button:disabled, select:disabled')) continue;
  texts += 1;
  const found = ratio(rgb(getComputedStyle(e).color), ground(e));
  if (found < 4.5) low.push([told.slice(0, 40), e.className, found.toFixed(2)]);
}
for (const e of document.querySelectorAll('.mark, [class^=tone-]')) {
  const found = ratio(rgb(getComputedStyle(e).color), ground(e));
  if (found < 3) low.push(['mark', e.className, found.toFixed(2)]);
}
return {low, texts, width: document.documentElement.scrollWidth, window: innerWidth, paper: rgb(getComputedStyle(document.documentElement).backgroundColor)};
})()"""
FOCUS = """(() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
return [e.tagName, (e.labels && e.labels.length ? e.labels[0].innerText : e.innerText || e.title || '').trim().replace(/\\s+/g, ' '), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 || e.tagName === 'IFRAME', b.width > 0 && b.height > 0, e.id]; })()"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return sample.fill(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def shown(kept, tmp_path_factory):
    yield from sample.opened(kept, tmp_path_factory.mktemp("shown") / "sandbox")


@pytest.fixture
def filled(kept, tmp_path):
    yield from sample.opened(kept, tmp_path / "sandbox")


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    made = Tab(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Where pictures go: a directory that a person can name to look at them."""
    named = os.environ.get("WARDROUND_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def places(given):
    going = given.sandbox.store.find(Run, sample.NAME, status="in_progress")[0]
    return {
        "repositories": "/",
        "clock": "/_pages/clock",
        "code": "/acme/ml",
        "file": "/acme/ml/blob/main/params.yaml",
        "commit": f"/acme/ml/commit/{given.bad.head_sha}",
        "branches": "/acme/ml/branches",
        "tags": "/acme/ml/tags",
        "pulls": "/acme/ml/pulls",
        "new": "/acme/ml/pulls/new",
        "good": f"/acme/ml/pull/{given.good.number}?refresh=off",
        "bad": f"/acme/ml/pull/{given.bad.number}",
        "hostile": f"/acme/ml/pull/{given.hostile.number}",
        "files": f"/acme/ml/pull/{given.good.number}/files",
        "checks": f"/acme/ml/pull/{given.bad.number}/checks",
        "issue": f"/acme/ml/issues/{given.issue.number}",
        "actions": "/acme/ml/actions?refresh=off",
        "workflow": "/acme/ml/actions?workflow=.github/workflows/nightly.yml",
        "run": f"/acme/ml/actions/runs/{given.run.id}",
        "going": f"/acme/ml/actions/runs/{going.id}?refresh=off",
        "deployments": "/acme/ml/deployments",
        "nothing": "/acme/ml/pull/99",
    }


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        (1200, False),
        pytest.param(1200, True, marks=pytest.mark.slow),
        pytest.param(400, False, marks=pytest.mark.slow),
        (400, True),
    ],
)
def test_every_text_is_readable_and_nothing_overflows(shown, tab, pictures, width, dark):
    tab.look(width=width, dark=dark)
    for name, path in places(shown).items():
        tab.go(shown.sandbox.url + path)
        shot = tab.picture(pictures / f"{name}-{width}-{'dark' if dark else 'light'}.png")
        assert shot.startswith(b"\x89PNG")
        found = tab.run(PROBE)
        assert found["low"] == [], (name, found["low"])
        assert found["texts"] > 10, name
        assert found["width"] <= found["window"], (name, found)
        assert found["paper"][0] < 50 if dark else found["paper"][0] > 200
        outside = [url for url in tab.requests() if not url.startswith((shown.sandbox.url, "data:"))]
        assert not [url for url in outside if name != "hostile"], outside


def test_nothing_hostile_runs_or_loads(shown, tab):
    tab.look()
    for view in ("", "/commits", "/checks", "/files"):
        tab.go(f"{shown.sandbox.url}/acme/ml/pull/{shown.hostile.number}{view}")
        assert tab.run("document.querySelectorAll('main script, main iframe, main form[action^=\"//\"]').length") == 0
        assert tab.run("document.querySelectorAll('main h1').length") == 1
    answered = [e["params"]["response"]["url"] for e in tab.events if e["method"] == "Network.responseReceived"]
    assert all(url.startswith((shown.sandbox.url, "data:")) for url in answered), answered
    assert not [event for event in tab.events if event["method"] == "Page.javascriptDialogOpening"]


def test_the_report_is_drawn_and_its_script_does_not_run(shown, tab):
    tab.look()
    address = f"{shown.sandbox.url}/acme/ml/pull/{shown.bad.number}/report/{shown.report.id}/readmission/review.html"
    tab.go(address)
    assert tab.run("document.title") == "Report"
    assert tab.run("document.querySelectorAll('svg rect').length") == 2
    assert tab.run("self.origin") == "null", "it can read nothing of the sandbox"
    tab.go(f"{shown.sandbox.url}/acme/ml/pull/{shown.bad.number}")
    frames = tab.ask("Page.getFrameTree")["frameTree"].get("childFrames", [])
    tab.run("document.querySelector('iframe').scrollIntoView()")
    assert tab.run("document.querySelector('iframe').sandbox.length") == 0
    assert tab.run("document.querySelector('iframe').contentDocument") is None, "an origin of its own"
    assert len(frames) <= 1


def walk(tab, wanted, most=150):
    """Presses Tab until ``wanted`` has the focus; every stop on the way is visible. Gives what was passed."""
    passed = []
    for _ in range(most):
        tab.press("Tab")
        tag, name, outlined, drawn, _ = tab.run(FOCUS)
        if tag == "BODY":
            continue
        passed.append((tag, name))
        assert drawn, passed[-1]
        assert outlined, ("the focus cannot be seen", passed[-1])
        if name == wanted:
            return passed
    raise AssertionError((wanted, passed))


def test_a_pull_request_is_approved_and_merged_by_keyboard_alone(filled, tab):
    tab.look()
    base = filled.sandbox.url
    here = f"{base}/acme/ml/pull/{filled.good.number}"
    tab.go(f"{here}?refresh=off")
    tab.press("Tab")
    assert tab.run(FOCUS)[:2] == ["A", "Skip to the content"]
    assert tab.run("document.activeElement.getBoundingClientRect().top") >= 0, "the link shows when it has the focus"
    tab.press("Enter")
    assert tab.run("document.activeElement.id") == "content"
    # act for the clinical owner: choose by the first letter, and switch
    tab.go(f"{here}?refresh=off")
    walk(tab, "Acting as")
    tab.press("c")
    walk(tab, "Switch")
    tab.press("Enter")
    tab.settle(here)
    assert tab.run("document.querySelector('#acting').value") == "clin"
    tab.go(f"{here}?refresh=off")
    passed = walk(tab, "Approve")
    assert ("BUTTON", "Merge pull request") not in passed, "it is disabled until somebody approved"
    tab.press(" ")
    tab.settle(here)
    tab.go(f"{here}?refresh=off")
    assert tab.run("document.body.innerText.includes('Changes approved')")
    walk(tab, "Merge pull request")
    tab.press("Enter")
    tab.settle(here)
    done = filled.sandbox.store.get(Pull, sample.NAME, filled.good.number)
    assert (done.merged, done.merged_by) == (True, "clin")
    assert tab.problems() == []


def test_folded_parts_open_by_keyboard(shown, tab):
    tab.look()
    tab.go(f"{shown.sandbox.url}/acme/ml/actions/runs/{shown.run.id}")
    walk(tab, "success Check out the pull request 1s")
    tab.press("Enter")
    assert tab.run("document.activeElement.parentElement.open") is True
    tab.press("Tab")
    assert tab.run("document.activeElement.getAttribute('role')") == "region", "a log is scrolled by its keys"


def test_a_page_looks_again_by_itself(filled, tab):
    tab.look()
    going = filled.sandbox.store.find(Run, sample.NAME, status="in_progress")[0]
    url = f"{filled.sandbox.url}/acme/ml/actions/runs/{going.id}"
    tab.go(url)
    tab.run("window.kept = true")
    filled.sandbox.store.put(Run(**{**vars(going), "status": "completed", "conclusion": "success"}))
    tab.run("new Promise(done => setTimeout(done, 1500))")
    for _ in range(400):
        if not tab.run("window.kept === true"):
            break
    tab.settle(url)
    assert tab.run("document.querySelectorAll('meta[http-equiv=refresh]').length") == 0
    assert tab.run("document.querySelector('dl').innerText.includes('Success')")
