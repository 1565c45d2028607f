"""The packages that a change without a model installs: enough to scan and to publish it, by real runs with all others out of reach."""

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wardround.flows.project_files import InitRequest, content_of
from wardround.revision.packages import needed_to_run, normalised
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Run, Status
from wardround.sandbox.operations import NewPull, open_pull
from wardround.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".github" / "scripts" / "light.py"
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
HEAVY = {"numpy", "pandas", "scikit-learn", "scipy", "pyarrow", "dvc", "matplotlib", "pandera", "numba", "treelite"}
#: Finds nothing of what is not named: the first argument is a JSON list of the modules that there are.
_BLOCKED = """
import json, sys
have = set(json.loads(sys.argv[1])) | sys.stdlib_module_names | {"wardround"}
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in have and not name.startswith("_sysconfigdata"):  # Python's own, by platform
            raise ModuleNotFoundError(f"not installed by the light part: {name}", name=name)
sys.meta_path.insert(0, Blocked())
for name in [name for name in sys.modules if name.partition(".")[0] not in have | {"__main__"}]:
    del sys.modules[name]
from wardround.cli.main import run
run(sys.argv[2:])
"""


@pytest.fixture(scope="module")
def light() -> ModuleType:
    spec = importlib.util.spec_from_file_location("light", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _part() -> str:
    """What the workflow's step prints: Python alone."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(ROOT / "requirements.lock")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def _names(text: str, light: ModuleType) -> set[str]:
    return {name for name, _ in light.entries(text)}


def test_the_part_is_small_and_of_the_lock(light: ModuleType) -> None:
    part = _part()
    names = _names(part, light)
    missing = {light.name_of(root) for root in light.ROOTS} - names - {"wardround"}
    assert not missing, "every root is in the lock"
    assert not names & HEAVY
    assert len(names) < 60
    assert all(line in LOCK.splitlines() for line in part.splitlines()), "hashes and markers are the lock's own"


def test_it_reads_the_lock_as_the_environment_digest_does(light: ModuleType) -> None:
    """The other reader of `# via`, which serves another purpose and keeps no lines, reaches the same packages."""
    roots = [root for root in light.ROOTS if root != "wardround"]
    project = f'[project]\nname = "wardround"\ndependencies = {json.dumps(roots)}\n'
    reached = needed_to_run(LOCK, project)
    assert reached is not None
    assert {normalised(str(entry[0])) for entry in reached} == _names(_part(), light)


def test_a_lock_with_other_comments(light: ModuleType) -> None:
    text = (
        "# made by a tool\n--index-url https://mirror.example/simple\n"
        "Click==8.2.0 \\\n    --hash=sha256:aa\n    # via -r requirements.in\n"
        "colour==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:bb\n    # via\n    #   click\n    #   typer\n"
        "numpy==2.0 \\\n    --hash=sha256:cc\n    # via pandas\n"
    )
    assert _names(light.part(text, ("click",)), light) == {"click", "colour"}
    assert "sha256:bb" in light.part(text, ("click",))
    assert "numpy" not in light.part(text, ("click",))


def _checkout(place: Path, files: dict[str, bytes]) -> tuple[Path, str]:
    """A new project on `main`, and a branch `words` with one commit more; its SHA."""
    checkout = place / "sepsis"
    for name, text in content_of(InitRequest(checkout), checkout, checkout).texts.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    _git(checkout, "init", "-qb", "main")
    _commit(checkout, "first")
    _git(checkout, "switch", "-qc", "words")
    for name, content in files.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_bytes(content)
    return checkout, _commit(checkout, "Words")


def _git(checkout: Path, *args: str) -> str:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run([*git, *args], cwd=checkout, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _commit(checkout: Path, message: str) -> str:
    _git(checkout, "add", "-A")
    _git(checkout, "commit", "-qm", message)
    return _git(checkout, "rev-parse", "HEAD")


def _with_the_part_alone(checkout: Path, light: ModuleType, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command in a process that finds no package but those of the part."""
    names = _names(_part(), light)
    modules = sorted(
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if names & {light.name_of(owner) for owner in owners}
    )
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", _BLOCKED, json.dumps(modules), *args]
    return subprocess.run(
        command, cwd=checkout, env={**kept, **env}, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_change_without_a_model_is_published_with_the_part_alone(tmp_path: Path, light: ModuleType) -> None:
    """A docs-only pull request on a sandbox; the command runs in a process that finds no other package."""
    checkout, head = _checkout(tmp_path, {"README.md": b"# Better words\n"})
    _git(checkout, "switch", "-q", "main")
    with Sandbox(tmp_path / "sandbox") as sandbox:
        sandbox.create_repository("acme", "sepsis", from_path=checkout)
        open_pull(sandbox.world, NewPull("acme/sepsis", "Words", "acme/sepsis", "words", "main"), Actor("acme"))
        run = Run(77, "acme/sepsis", 1, ".github/workflows/review.yml", "review", "pull_request", head, "words",
                  "acme/sepsis", "acme", status="completed", conclusion="success")  # fmt: skip
        sandbox.store.put(run)
        given = {"actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"}
        env = {
            "GITHUB_REPOSITORY": "acme/sepsis",
            "GITHUB_API_URL": sandbox.api_url,
            "GITHUB_TOKEN": sandbox.world.tokens.run("acme/sepsis", given, 77),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        }
        done = _with_the_part_alone(checkout, light, "ci", "publish", "--run", "77", "--light", **env)
        assert done.returncode == 0, done.stdout + done.stderr
        statuses = sandbox.store.find(Status, "acme/sepsis", sha=head)
    assert [(one.context, one.state) for one in statuses] == [("wardround/sepsis", "success")]
    assert "done=true" in (tmp_path / "outputs").read_text()


NUMBER = "485 777 3457"
ALLOW = b"allow:\n- path: 'docs/*'\n  because: It says of itself that nobody stands behind it.\n"


@pytest.mark.parametrize(
    ("files", "code", "done", "said"),
    [
        ({"docs/a.md": b"# Words\n"}, 0, "true", "nothing found in"),
        ({"docs/a.md": f"seen, NHS number {NUMBER}\n".encode()}, 13, "true", "phi.nhs_number   docs/a.md:1"),
        (
            {"docs/a.md": f"NHS number {NUMBER}\n".encode(), "governance/phi.yaml": ALLOW},
            13,
            "true",
            "phi.nhs_number   docs/a.md:1",
        ),
        ({"docs/a.parquet": b"PAR1"}, 0, "false", "everything installed"),
    ],
    ids=["words", "a number", "it excuses itself", "a table"],
)
def test_a_change_without_a_model_is_scanned_with_the_part_alone(
    files: dict[str, bytes], code: int, done: str, said: str, tmp_path: Path, light: ModuleType
) -> None:
    checkout, _ = _checkout(tmp_path, files)
    base = _git(checkout, "rev-parse", "main")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    env = {"GITHUB_EVENT_PATH": str(event), "GITHUB_OUTPUT": str(tmp_path / "outputs")}
    found = _with_the_part_alone(checkout, light, "ci", "phi", "--light", **env)
    assert found.returncode == code, found.stdout + found.stderr
    assert said in found.stdout
    assert NUMBER not in found.stdout + found.stderr
    assert (tmp_path / "outputs").read_text() == f"done={done}\n"


def test_the_block_blocks() -> None:
    """The test above can fail: without the forge's library the same command does not get far."""
    command = [sys.executable, "-c", _BLOCKED, json.dumps(["click"]), "ci", "publish", "--run", "1", "--light"]
    env = {"PATH": os.environ["PATH"], "GITHUB_REPOSITORY": "a/b", "GITHUB_TOKEN": "x"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "not installed by the light part" in done.stderr + done.stdout
