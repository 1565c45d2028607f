"""The last look at a comment: honest reports are clean, and one that names a person is withheld."""

import dataclasses
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import publication_sample as sample

from wardround.disclosure.shapes import Checked
from wardround.flows.publish.judge import judge
from wardround.flows.publish.render import render
from wardround.flows.publish.screen import identifiers, screened, withheld
from wardround.phi.allow import parse
from wardround.phi.hit import Hit
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


class Names:
    """Stands for a model of language that finds one name."""

    def find(self, texts):
        return [
            tuple(Hit(text.index("Okafor"), text.index("Okafor") + 6, "name") for _ in "1" if "Okafor" in text)
            for text in texts
        ]


def test_a_model_of_language_looks_at_the_comment_too() -> None:
    assert identifiers("as Okafor said") == ()
    assert identifiers("as Okafor said", reader=Names()) == ("phi.name",)
    allow = parse(b"allow:\n- path: comment\n  because: A word of our reports, which names nobody.\n")
    assert identifiers("as Okafor said", reader=Names(), allow=allow) == ()
    assert identifiers("as Okafor said, SSN 212-34-5678", reader=Names(), allow=allow) == ("phi.ssn",), "a number never"


def test_what_cannot_be_looked_at_is_withheld(tmp_path) -> None:
    """The trusted checkout's params want a model that is not there."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    text = "project: {name: sepsis}\ndata: {source: synthetic, columns: {outcome: y}}\n"
    (tmp_path / "params.yaml").write_text(text)
    _, outcome = editions(sample.publication())
    assert screened(tmp_path, outcome, "words") == (outcome, False)
    (tmp_path / "params.yaml").write_text(text + "privacy: {names: {models: {en: models/none}}}\n")
    after, held = screened(tmp_path, outcome, "words")
    assert (held, after.verdict, after.state) == (True, Verdict.CANNOT_TELL, "error")
    assert after.notes[-1].id == "publish.phi"
