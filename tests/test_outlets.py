"""Whatever leaves goes through one gate: no outlet knows evidence at full precision, and there is no outlet that this page does not list.

Published values are of types whose constructors ask for the disclosure package's key (`tests/unit/disclosure/test_published.py` looks for other uses of
it). So a number of patients can leave only if a module that sends, posts, tags, prints or draws gets hold of evidence itself. Read from the source:

1. what draws (`report/`) imports nothing that holds evidence;
2. every module that sends, posts or tags stands in SENDS, and imports no type of evidence;
3. what prints (`cli/`) imports no type of evidence but those of HANDED, which it passes on, and touches no field that holds some;
4. nobody but SENDS opens a connection or writes to a forge, and nobody but `cli/` and SAYS prints.
"""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "src" / "wardround"
#: What changes something on a forge: comments, pull requests, issues, statuses, tags, commits, deployments.
WRITES = {
    "create_comment", "edit_comment", "upsert_comment", "open_or_update_pull", "open_or_update_issue", "set_status", "annotated_tag",
    "commit_files", "create_deployment", "set_deployment_status", "create_branch",
}  # fmt: skip
#: What opens a connection.
CONNECTS = {
    "urlopen",
    "SMTP",
    "SMTP_SSL",
    "HTTPConnection",
    "HTTPSConnection",
    "create_connection",
    "sendmail",
    "send_message",
}
#: Libraries that open one in ways of their own.
CONNECTING = {
    "urllib.request",
    "http.client",
    "smtplib",
    "socket",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "websockets",
}
#: Every module that sends, posts or tags, and what goes out there.
SENDS = {
    "flows/publish/run.py": "the review's comment and statuses: editions of Published values, scanned for identifiers",
    "flows/publish/lock.py": "dvc.lock: names and digests of files",
    "flows/promote/trunk_forge.py": "proposals: files of deploy/, params and tombstones; bodies made of Disclosed values",
    "flows/promote/recording.py": "deployments: version, digests, addresses",
    "flows/promote/mark.py": "a status: which break-glass was not reviewed",
    "flows/adopt_fork.py": "a fork's commit on a branch: its author's words",
    "flows/retrain/proposing.py": "the proposal's body: views of what was watched, tried and compared",
    "flows/retrain/upstream.py": "the data issue: views of what was watched",
    "flows/records.py": "entries of the ledger, without any float, and of the history, rows of views of what was watched",
    "flows/monitor/alerting.py": "webhook and mail: sentences of views of what was watched",
    "storage/identity.py": "the forge's token service is asked for a token: the job's own bearer and the cloud's name",
    "registry/remote.py": "tags: versions, digests, reasons",
    "flows/verify_deployed.py": "the service is asked about encounters that were drawn from the contract",
    "deploy/registry_image.py": "images of a release",
    "release/smoke_client.py": "the service under test is asked about encounters that were drawn from the contract",
    "flows/serve.py": "a free port of this machine is looked for",
    "release/direct.py": "a free port of this machine is looked for",
    "service/mirror.py": "the shadow: requests go on to the candidate that params name, inside the hospital's network; nothing comes of its answers but counts",
    "client/asking.py": "the client of the service: what its user asks",
}
#: Modules outside the command line that print, and what.
SAYS = {
    "project/scope.py": "names of projects",
    "release/smoke_client.py": "the answer of the smoke test, read by its parent",
}
#: Evidence that an outlet takes for another reason than to send it.
TAKEN = {
    "flows/retrain/proposing.py": {"Attempt", "Span"},  # to choose the fix; the body is made by argument.py
    "flows/verify_deployed.py": {"SmokeEvidence"},  # how far a probability may be off, on encounters that were drawn
}
#: What makes the bodies of pull requests and comments.
BODIES = (
    "flows/retrain/argument.py",
    "flows/promote/body.py",
    "flows/forget/proposing.py",
    "flows/publish/comment.py",
    "flows/publish/render.py",
)
#: Names from modules of evidence that say nothing of patients: words, kinds, readers.
INERT = {"UPSTREAM", "WORDS", "Fix", "Severity", "State", "Kind", "read", "Read", "LockCheck", "PhiCheck"}
#: Evidence that a command takes from a file or a flow and hands on, without a field of it being touched.
HANDED = {"cli/gate.py": {"Decision"}, "cli/retrain.py": {"MonitorEvidence"}}
#: Fields of results that hold evidence; a command leaves them alone.
RAW_FIELDS = {"comparison", "metrics", "signals", "profile", "validation", "training", "facts"}
#: Where a command touches a field of one of these names that is not evidence, or takes the numbers out.
EXCUSED = {
    ("cli/card.py", "profile"): "the kind of card",
    ("cli/card.py", "check"): "fields and places of the card, in words",
    ("cli/gate.py", "decision"): "its facts are cut down to margins and text before it is shown",
    ("cli/monitor.py", "watch"): "a view of what was watched, made by the disclosure",
    ("cli/retrain.py", "tried"): "a view of what was tried, made by the disclosure",
    ("cli/gate.py", "result"): "of the self-test's made-up project",
    ("cli/gate.py", "facts"): "cut down to margins and text before it is shown",
    ("cli/ledger.py", "facts"): "an entry's facts: no float can be one",
    ("cli/trace.py", "facts"): "names and digests of what a thing was made from",
}


@functools.cache
def parsed() -> dict[str, ast.Module]:
    paths = ((path.relative_to(ROOT).as_posix(), path) for path in sorted(ROOT.rglob("*.py")))
    return {
        place: ast.parse(path.read_text(encoding="utf-8")) for place, path in paths if not place.startswith("sandbox/")
    }


def sources(*below: str) -> Iterator[tuple[str, ast.Module]]:
    yield from ((place, tree) for place, tree in parsed().items() if not below or place.startswith(below))


@functools.cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All that says anything here: walking whole trees again for each question would take a minute."""
    kinds = (ast.Import, ast.ImportFrom, ast.Call, ast.Attribute, ast.Name)
    return tuple(node for node in ast.walk(tree) if isinstance(node, kinds))


@functools.cache
def imported(tree: ast.Module) -> set[tuple[str, str]]:
    """Module and name of every import, late ones and those for types too."""
    found = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {(node.module, alias.name) for alias in node.names}
    return found


def evidence(tree: ast.Module) -> set[str]:
    """Names of evidence that a module imports, or modules of it as a whole."""
    return {
        name or module
        for module, name in imported(tree)
        if (module.startswith("wardround.evidence") or (module == "wardround" and name == "evidence"))
        and name not in INERT
    }


def called(tree: ast.Module) -> set[str]:
    """The last name of everything that is called."""
    functions = (node.func for node in nodes(tree) if isinstance(node, ast.Call))
    return {
        item.attr if isinstance(item, ast.Attribute) else item.id
        for item in functions
        if isinstance(item, ast.Attribute | ast.Name)
    }


def sends(tree: ast.Module) -> bool:
    return bool(called(tree) & (WRITES | CONNECTS)) or bool({module for module, _ in imported(tree)} & CONNECTING)


def prints(tree: ast.Module) -> bool:
    for node in nodes(tree):
        if isinstance(node, ast.Name) and node.id == "print":
            return True
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"stdout", "stderr"}
            and isinstance(node.value, ast.Name)
            and node.value.id == "sys"
        ):
            return True
    return any(module.split(".")[0] in {"click", "rich", "logging"} for module, _ in imported(tree))


def touched(tree: ast.Module) -> set[str]:
    return {node.attr for node in nodes(tree) if isinstance(node, ast.Attribute)} & RAW_FIELDS


def test_what_draws_knows_no_evidence() -> None:
    makers = (
        "wardround.evidence",
        "wardround.compare",
        "wardround.stats",
        "wardround.monitoring",
        "wardround.stages",
        "wardround.tables",
    )
    for place, tree in sources("report/"):
        found = {module for module, _ in imported(tree) if module.startswith(makers)}
        assert not found, f"{place} imports {sorted(found)}: it must be given published values"


def test_every_outlet_is_listed() -> None:
    found = {place for place, tree in sources() if sends(tree) and not place.startswith("forge/")}
    assert found - set(SENDS) == set(), "a new outlet: say in SENDS what goes there, and through which gate"
    assert set(SENDS) - found == set(), "SENDS lists what sends nothing any more"


@pytest.mark.parametrize("place", [*SENDS, *BODIES])
def test_an_outlet_knows_no_evidence(place) -> None:
    found = evidence(parsed()[place]) - TAKEN.get(place, set())
    assert not found, f"{place} imports {sorted(found)}: make a published value of it before it comes here"


def test_a_command_hands_evidence_on_at_most() -> None:
    for place, tree in sources("cli/"):
        found = evidence(tree) - HANDED.get(place, set())
        assert not found, f"{place} imports {sorted(found)}: a terminal is an outlet, and CI keeps its log"
        loose = {name for name in touched(tree) if (place, name) not in EXCUSED}
        assert not loose, f"{place} touches {sorted(loose)}: print the published value instead"


def plain_of(tree: ast.Module) -> set[str]:
    """The last name before each ``.plain()``: a value turned into JSON as it is."""
    found = set()
    for node in nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "plain":
            value = node.func.value
            found.add(
                value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else "?"
            )
    return found


def test_a_command_prints_no_evidence_as_it_is() -> None:
    """A flow may return evidence without its type being imported, as ``run_stage`` does."""
    for place, tree in sources("cli/"):
        loose = {name for name in plain_of(tree) - {"published"} if (place, name) not in EXCUSED}
        assert not loose, f"{place} prints {sorted(loose)} at full precision"


def test_what_scoring_hands_to_its_command_has_no_exact_count_of_rows() -> None:
    """Numbers of rows are views; the integers are of files and of the model's own known answers."""
    import dataclasses

    from wardround.disclosure.scored import ScoredView
    from wardround.flows.score import Scored

    kinds = {field.name: str(field.type) for field in dataclasses.fields(Scored)}
    assert {name for name, kind in kinds.items() if "int" in kind} == {"known", "parts", "resumed"}
    assert kinds["counts"] == ScoredView.__name__
    assert not {name for module, name in imported(parsed()["cli/score.py"]) if module.startswith("wardround.scoring")}


def test_nobody_else_prints() -> None:
    found = {
        place
        for place, tree in sources()
        if prints(tree) and not place.startswith(("cli/", "report/terminal", "stages/", "scoring/", "service/"))
    }
    extra = found - set(SAYS)
    known = {place for place in extra if not evidence(parsed()[place])}
    assert extra == known, f"{sorted(extra - known)} print and know evidence"


def test_the_forges_library_has_one_door() -> None:
    for place, tree in sources():
        if "github" in {module.split(".")[0] for module, _ in imported(tree)}:
            assert place.startswith("forge/"), f"{place} speaks to a forge by itself"


BAD = {
    "posts evidence": ("from wardround.evidence.measures import Metrics\ndef f(forge, m: Metrics): forge.upsert_comment(m)\n", lambda tree: sends(tree) and evidence(tree)),
    "late import": ("def f():\n    from wardround.evidence.monitor import Signal\n    return Signal\n", evidence),
    "whole package": ("from wardround import evidence\n", evidence),
    "by mail": ("import smtplib\nsmtplib.SMTP('x').send_message(1)\n", sends),
    "prints": ("import sys\nsys.stdout.write('7')\n", prints),
    "touches": ("def f(result): return result.comparison\n", touched),
    "plain": ("def f(evidence): echo_json(evidence.plain())\n", plain_of),
}  # fmt: skip


@pytest.mark.parametrize(("source", "seen"), BAD.values(), ids=BAD)
def test_a_way_around_is_seen(source, seen) -> None:
    assert seen(ast.parse(source))
