"""The cards that a release takes along: they are the version's own, and what is kept of them in git is compared with them."""

import json

import pytest
from workshop import commit, git, wardround

from wardround.card import stamp
from wardround.files import write_text

pytestmark = pytest.mark.slow


def test_a_release_takes_its_cards_along_and_kept_copies_are_compared(released, tmp_path):
    out = tmp_path / "cards"
    done = wardround(released, "card", "--version", "v1.0.0", "--out", str(out), "--json", timeout=300, code=0)
    assert json.loads(done.out)["check"]["stale"] == []
    names = {path.name for path in out.iterdir()}
    assert {"model.md", "model.html", "hti1.md", "tripod.html", "chai.xml"} <= names
    lock = git(released, "show", "tiny@v1.0.0:dvc.lock")
    for path in out.iterdir():
        text = path.read_text(encoding="utf-8")
        said = stamp.read(text)
        assert said is not None
        assert (said.version, stamp.intact(text)) == ("v1.0.0", True)
        assert said.metrics.removeprefix("md5:") in lock
    assert git(released, "rev-parse", "main") in (out / "model.md").read_text().replace("\u200b", "")

    kept = released / "governance" / "cards" / "model.md"
    write_text(kept, (out / "model.md").read_text(encoding="utf-8"))
    check = ("card", "--version", "v1.0.0", "--profile", "model", "--out", str(out), "--check", "--json")
    same = json.loads(wardround(released, *check, timeout=300).out)
    assert same["check"]["stale"] == []
    # whoever edits a number and the stamp with it deceives the stamp, and not this
    body = kept.read_text(encoding="utf-8").partition("\n<!-- wardround card")[0] + "\n"
    write_text(kept, stamp.stamped(f"{body}\nThe AUROC is 0.99.\n", "model", "v1.0.0", said.metrics))
    assert stamp.intact(kept.read_text(encoding="utf-8"))
    found = wardround(released, *check, timeout=300, code=13)
    (stale,) = json.loads(found.out)["check"]["stale"]
    assert stale["where"] == "governance/cards/model.md"


def test_a_card_with_a_wrong_number_is_found_by_the_gate_and_a_right_one_is_not(released):
    """The rules as `wardround gate` asks them, on real evidence and real git."""
    place = released / "governance" / "card.yaml"
    write_text(place, "validation:\n  interpretation: On new people the AUROC is {{auroc}}.\n")
    commit(released, "A card")
    assert _said(released, "card.stale") == "pass"
    write_text(place, "validation:\n  interpretation: On new people the AUROC is 0.999.\n")
    commit(released, "A card that flatters")
    assert _said(released, "card.stale") == "refuse"
    write_text(place, "validation:\n  interpretation: The AUROC of nobody is {{auroc of ward=moon}}.\n")
    assert _said(released, "card.stale") == "refuse"
    write_text(place, "validation: {luck: 7}\n")
    assert _said(released, "card.stale") == "cannot tell"


def test_an_unknown_version_and_an_unknown_form_are_wrong_use(released):
    assert "v1.0.0" in wardround(released, "card", "--version", "v9.9.9", timeout=120, code=2).text
    assert "hti1" in wardround(released, "card", "--profile", "poem", timeout=120, code=2).text


def _said(root, rule):
    done = wardround(root, "gate", "--base", "HEAD", "--json", timeout=300)
    (finding,) = [item for item in json.loads(done.out)["findings"] if item["rule"] == rule]
    return finding["verdict"]
