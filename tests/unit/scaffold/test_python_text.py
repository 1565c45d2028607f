import ast
import keyword
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from wardround.scaffold.python_text import Items, Pair, identifiers, layout, number, text, texts

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(words)
def test_a_literal_reads_back(value):
    assert ast.literal_eval(text(value)) == value
    assert text(value).isprintable()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back(value):
    assert float(ast.literal_eval(number(value))) == value


@given(st.lists(words, unique=True, max_size=20))
def test_every_column_gets_an_identifier_of_its_own(names):
    found = identifiers(names, frozenset({"Config", "validate"}))
    assert list(found) == names
    assert len(set(found.values())) == len(names)
    for name in found.values():
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")
        assert name not in {"Config", "validate"}


def test_good_names_stay():
    assert identifiers(["age", "diag 1", "class", "2nd", "Config", "a-b", "a_b"], frozenset({"Config"})) == {
        "age": "age",
        "diag 1": "diag_1",
        "class": "class_",
        "2nd": "column_2nd",
        "Config": "Config_",
        "a-b": "a_b",
        "a_b": "a_b_2",
    }
    letters = {"Größe (cm)": "Grosse_cm", "Blodtryk før": "Blodtryk_for", "płeć": "plec", "Œdème": "Oedeme"}
    assert identifiers(list(letters), frozenset()) == letters


def test_what_is_written_is_what_the_formatter_writes(tmp_path):
    odd = [
        "it's",
        'say "x"',
        "both ' and \"",
        "back\\slash",
        "tab\t",
        "日本語の長い文字列で幅が二倍になる",
        "é",
        "",
        "x" * 100,
    ]
    lines = []
    for position, names in enumerate([odd, odd[:2], ["a"] * 30, ["b" * 20] * 3, ["b" * 20] * 4, [], ["x" * 90]]):
        lines += layout(f"LIST_{position} = ", texts(names))
        call = Items(
            "dict(",
            (
                Pair("a=", texts(names)),
                Pair("b=", Items("{", tuple(Pair(f"{text(n)}: ", "1") for n in dict.fromkeys(names)), "}")),
            ),
            ")",
        )
        lines += layout(f"call_{position} = ", call)
    path = tmp_path / "file.py"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for length in ("88", "120"):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "--line-length", length, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
