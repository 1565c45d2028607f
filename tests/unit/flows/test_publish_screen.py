"""The last look at a comment: honest reports are clean, and one that names a person is withheld."""

import dataclasses
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import publication_sample as sample

from wardround.disclosure.shapes import Checked
from wardround.flows.publish.judge import judge
from wardround.flows.publish.render import render
from wardround.flows.publish.screen import identifiers, withheld
from wardround.values import Verdict


def editions(publication):
    outcome = judge(sample.FACTS, Checked(publication))
    return render(publication, sample.KNOWN, outcome).value, outcome


def test_an_honest_report_is_clean() -> None:
    found, _ = editions(sample.publication())
    assert identifiers(found.comment, found.markdown) == ()


def test_a_report_that_names_a_person_is_withheld() -> None:
    honest = sample.publication()
    context = dataclasses.replace(
        honest.context, limitations=("Without the row of patient: Jane Whitcombe, SSN 212-34-5678.",)
    )
    found, outcome = editions(dataclasses.replace(honest, context=context))
    rules = identifiers(found.comment, found.markdown)
    assert set(rules) == {"phi.name", "phi.ssn"}
    after = withheld(outcome, rules)
    assert after.verdict is Verdict.CANNOT_TELL
    assert after.state != "success"
    assert "Whitcombe" not in repr(after)
