"""Every command and every rule has a page, every page is listed, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

from wardround.cli.main import COMMANDS, HIDDEN
from wardround.errors import ExitCode
from wardround.gate.registry import RULES
from wardround.monitoring.registry import RULES as OF_MONITOR
from wardround.project.params import Params

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TOP = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
SOURCE = re.compile(r"\b(?:src|srcset|href)=\"([^\"]+)\"")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _prose(path: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", _text(path)))


def _anchors(path: Path) -> set[str]:
    """The anchors that a forge makes of the headings."""
    titles = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", _text(path)), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_resolve(path: Path) -> None:
    prose = _prose(path)
    broken = []
    for link in (*LINK.findall(prose), *SOURCE.findall(prose)):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        exists = target.exists() and target.is_relative_to(ROOT)
        if not exists or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            broken.append(link)
    assert not broken, f"{_name(path)}: {broken}"


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_words(path: Path) -> None:
    """Pages know no machine and do not praise themselves."""
    found = re.findall(
        r"(?<![\w.])/(?:work|tmp|root|home)/|\bseamless\w*|\brobust\b|\bpowerful\b|\bleverag\w+", _text(path)
    )
    assert not found, f"{_name(path)}: {found}"


def test_every_page_is_in_the_index() -> None:
    lists = ("README.md", "decisions/README.md", "rules/README.md", "reference/rules.md")
    index = "".join(_text(DOCS / name) for name in lists)
    missing = [_name(path) for path in DOCS.rglob("*.md") if path.name != "README.md" and path.name not in index]
    assert not missing


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in HIDDEN])
def test_every_command_has_a_section_and_is_used(name: str) -> None:
    assert f"\n## wardround {name}\n" in _text(DOCS / "reference" / "commands.md")
    used = [
        path
        for path in (*DOCS.rglob("*.md"), ROOT / "README.md")
        if path.name != "commands.md" and f"wardround {name}" in _text(path)
    ]
    assert used, f"no page shows how `wardround {name}` is used"


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    pages = {path.stem for path in (DOCS / "rules").glob("*.md")} - {"README"}
    assert pages == {rule.id for rule in (*RULES, *OF_MONITOR)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_page(rule) -> None:
    text = _text(ROOT / rule.page)
    assert text.startswith(f"# {rule.id}\n")
    for heading in ("What", "Why", "How to fix"):
        assert f"\n## {heading}\n" in text, f"{rule.page} has no section {heading}"
    for key in rule.params:
        assert key.split(".")[-1] in text, f"{rule.page} does not name {key}"
    assert f"({rule.id}.md)" in _text(DOCS / "rules" / "README.md")


def test_every_exit_code_and_section_of_params_is_in_the_reference() -> None:
    codes = _text(DOCS / "reference" / "exit-codes.md")
    assert all(f"| {int(code)} |" in codes for code in ExitCode)
    params = _text(DOCS / "reference" / "params.md")
    assert all(f"\n## {name}\n" in params for name in Params.model_fields)


def test_the_readme_is_short() -> None:
    assert len(_text(ROOT / "README.md").splitlines()) <= 130


def test_params_that_pages_name_exist() -> None:
    """`gate.…`, `split.…` and the like in code spans are keys of params.yaml."""
    keys = set(re.findall(r"^\| `([a-z_.]+)` \|", _text(DOCS / "reference" / "params.md"), re.MULTILINE))
    sections = {key.split(".")[0] for key in keys}
    files = {"reports", "models", "pipelines"}
    unknown = []
    for path in PAGES:
        for span in re.findall(r"`([a-z]+(?:\.[a-z_]+)+)`", FENCE.sub("", _text(path))):
            first = span.split(".")[0]
            if (
                first not in sections
                or first in files
                or span in {rule.id for rule in (*RULES, *OF_MONITOR)}
                or span.endswith((".py", ".yaml", ".yml", ".lock", ".json"))
            ):
                continue
            if (
                span not in keys
                and not any(key.startswith(f"{span}.") for key in keys)
                and not span.startswith(("model.settings.", "contract.tolerance", "data.exclude"))
            ):
                unknown.append(f"{_name(path)}: {span}")
    assert not unknown, unknown
