"""A model of language for names and places: what is shown to it, what it costs when it is not there, and that nothing is fetched."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wardround.errors import MissingExtra, MissingPackage
from wardround.phi.allow import parse
from wardround.phi.examining import Examiner
from wardround.phi.hit import Hit
from wardround.phi.language import Reader, beside, load

HAVE = importlib.util.find_spec("presidio_analyzer") is not None
with_extra = pytest.mark.skipif(not HAVE, reason="the extra wardround[names] is not installed")
without_extra = pytest.mark.skipif(HAVE, reason="the extra wardround[names] is installed")
#: What no pattern finds: a rare given name in running text, a place.
NAME, PLACE = "Kwame Okafor", "Ullapool"
SENTENCE = f"Reviewed bloods of {NAME} from {PLACE} on the round.\n"


class Sure:
    """Stands for Presidio where only what happens around it is tested: finds given words."""

    def find(self, texts):
        found = []
        for text in texts:
            hits = [(NAME, "name"), (PLACE, "address")]
            found.append(
                tuple(
                    sorted(
                        Hit(text.index(word), text.index(word) + len(word), kind) for word, kind in hits if word in text
                    )
                )
            )
        return found


def found(name: str, content: bytes, reader=None, **more) -> set[tuple[str, int, str]]:
    examiner = Examiner(key=b"k", reader=reader or Sure())
    return {(item.kind, item.line, item.part) for item in examiner.file(name, content, **more)}


@pytest.mark.parametrize("name", ["notes.md", "README", "run.log", "notes.txt", "notes.txt.gz"])
def test_prose_is_shown_to_it(name) -> None:
    import gzip

    content = ("one\n" + SENTENCE).encode()
    content = gzip.compress(content) if name.endswith(".gz") else content
    assert found(name, content) == {("name", 2, ""), ("address", 2, "")}
    assert found(name, content, only={1}) == set() or name.endswith(".gz")


@pytest.mark.parametrize("name", ["a.py", "params.yaml", "a.toml", "LICENSE", ".gitignore", "Makefile"])
def test_code_and_settings_are_not(name) -> None:
    assert found(name, SENTENCE.encode()) == set()


def test_cells_messages_and_columns_are() -> None:
    cells = [
        {"cell_type": "code", "source": SENTENCE, "outputs": [{"text": [SENTENCE]}]},
        {"cell_type": "markdown", "source": [SENTENCE]},
    ]
    assert found("look.ipynb", json.dumps({"cells": cells}).encode()) == {
        (kind, 0, part) for kind in ("name", "address") for part in ("cell 1 output", "cell 2")
    }
    table = "row,words\n" + "".join(f"{row},{SENTENCE}" for row in range(3))
    assert found("a.csv", table.encode()) == {("name", 0, "column words"), ("address", 0, "column words")}
    examiner = Examiner(reader=Sure())
    assert {item.kind for item in examiner.text("commit message", SENTENCE)} == {"name", "address"}
    assert not list(examiner.text("a.csv", SENTENCE, "the file's name", prose=False))


def test_what_it_finds_can_be_allowed_and_is_never_shown() -> None:
    allow = parse(b"allow:\n- path: notes.md\n  kinds: [name]\n  because: A person that was invented for this test.\n")
    items = list(Examiner(allow, b"k", reader=Sure()).file("notes.md", SENTENCE.encode()))
    assert [item.kind for item in items] == ["address"]
    assert PLACE not in repr(items)
    assert items[0].fingerprint


def test_the_patterns_go_first() -> None:
    one, other, apart = Hit(0, 10, "mrn"), Hit(5, 12, "name"), Hit(20, 25, "name")
    assert beside((one,), (other, apart)) == (one, apart)
    assert beside((), (other, Hit(6, 14, "address"))) == (other,)


@without_extra
def test_without_the_extra_it_says_so() -> None:
    with pytest.raises(MissingExtra, match=r"wardround\[names\]"):
        load({"en": "models/en"}, Path())


def pipeline(place: Path, *, ruler: bool = True) -> Path:
    """A real spaCy pipeline on the disk, by its own process: what spaCy warns of when it is loaded is not this test's."""
    code = (
        "import spacy, sys\nnlp = spacy.blank('en')\n"
        "if sys.argv[2] == 'True':\n"
        "    rules = nlp.add_pipe('entity_ruler')\n"
        f"    rules.add_patterns([{{'label': 'PERSON', 'pattern': {NAME!r}}}, {{'label': 'GPE', 'pattern': {PLACE!r}}}])\n"
        "else:\n    nlp.add_pipe('sentencizer')\n"
        "nlp.to_disk(sys.argv[1])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(place), str(ruler)], check=True, timeout=120)
    return place


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return pipeline(tmp_path_factory.mktemp("model") / "en")


@with_extra
@pytest.mark.filterwarnings("default")
def test_presidio_finds_names_and_places(model) -> None:
    reader = load({"en": model.name}, model.parent)
    assert isinstance(reader, Reader)
    name, place = SENTENCE.index(NAME), SENTENCE.index(PLACE)
    hits = (Hit(name, name + len(NAME), "name"), Hit(place, place + len(PLACE), "address"))
    assert reader.find(["nothing", SENTENCE]) == [(), hits]
    long = ("plain words\n" * 5000) + SENTENCE
    assert found("notes.md", long.encode(), reader) == {("name", 5001, ""), ("address", 5001, "")}


@with_extra
@pytest.mark.filterwarnings("default")
def test_a_model_that_is_not_there_is_never_fetched(tmp_path, monkeypatch) -> None:
    import spacy.cli

    monkeypatch.setattr(spacy.cli, "download", lambda *_: pytest.fail("a download"))
    with pytest.raises(MissingPackage, match="not on this machine"):
        load({"en": "en_core_web_lg"}, tmp_path)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "meta.json").write_text("{}")
    with pytest.raises(MissingPackage, match="cannot be loaded"):
        load({"en": "broken"}, tmp_path)
    with pytest.raises(MissingPackage, match="finds no names"):
        load({"en": "dumb"}, pipeline(tmp_path / "dumb", ruler=False).parent)


PARAMS = """project: {name: sepsis}
data: {source: synthetic, columns: {outcome: y}}
privacy: {names: {models: {en: MODEL}}}
"""


def wardround(place: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "wardround", *args],
        cwd=place,
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def repository(place: Path, model: str) -> Path:
    """A project whose base names the model, and a branch whose page, message and table name somebody."""
    place.mkdir()
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]

    def commit(files: dict[str, str], message: str) -> None:
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        for args in (["add", "-A"], ["commit", "-qm", message]):
            subprocess.run([*git, *args], cwd=place, check=True, capture_output=True)

    subprocess.run([*git, "init", "-qb", "main"], cwd=place, check=True)
    commit({"params.yaml": PARAMS.replace("MODEL", model)}, "First")
    subprocess.run([*git, "checkout", "-qb", "change"], cwd=place, check=True)
    commit({"docs/a.md": SENTENCE, "docs/a.csv": f"row,words\n1,seen {NAME}\n2,none\n"}, f"Asked by {NAME}")
    return place


@with_extra
def test_the_command_with_a_model(tmp_path, model) -> None:
    root = repository(tmp_path / "work", str(model))
    done = wardround(root, "phi", "--base", "main")
    assert done.returncode == 13, done.stderr
    lines = sorted(" ".join(line.split()[:2]) for line in done.stdout.splitlines())
    assert lines == ["phi.address docs/a.md:1", "phi.name docs/a.csv", "phi.name docs/a.md:1", "phi.name message"]
    assert NAME not in done.stdout + done.stderr
    assert PLACE not in done.stdout + done.stderr


@with_extra
def test_the_bases_model_judges(tmp_path, model) -> None:
    """A change that takes the setting away is scanned by it; the light part leaves it to who has the extra."""
    root = repository(tmp_path / "work", str(model))
    (root / "params.yaml").write_text(PARAMS.partition("privacy")[0])
    assert wardround(root, "phi", "--base", "main").returncode == 0
    assert wardround(root, "ci", "phi", "--base", "main").returncode == 13


@pytest.mark.parametrize("light", [False, True])
def test_what_params_ask_for_is_never_left_out(light, tmp_path) -> None:
    """Without the extra, or without the model: exit 3, and what to install."""
    root = repository(tmp_path / "work", "models/not-there")
    done = wardround(root, "phi")
    assert done.returncode == 3, done.stdout
    assert ("never downloaded" if HAVE else "wardround[names]") in done.stderr
    checked = wardround(root, "ci", "phi", "--base", "main", *(["--light"] if light else []))
    assert checked.returncode == (0 if light else 3)
    assert ("everything installed" in checked.stdout) == light
