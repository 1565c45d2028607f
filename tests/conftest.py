"""Fixtures that every test may use."""

import os
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("DVC_NO_ANALYTICS", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

#: Files with many cases that are alike and take long: one case in so many belongs to the tests of every change, the others to the slow ones.
#: 0: all of them are slow.
THINNED = {
    "attack/test_attack.py": 2,
    "attack/test_finished_report.py": 4,
    "docs/test_sessions.py": 2,
    "integration/forge/test_doctor.py": 6,
    "integration/forge/test_sandbox.py": 3,
    "integration/forget/test_forget.py": 2,
    "integration/monitor/test_converging.py": 5,
    "integration/monitor/test_monitor.py": 4,
    "integration/monitor/test_trial.py": 2,
    "integration/promote/test_commands.py": 4,
    "integration/promote/test_crash.py": 0,
    "integration/promote/test_glass.py": 2,
    "integration/promote/test_promote.py": 12,
    "integration/promote/test_races.py": 8,
    "integration/promote/test_refusals.py": 8,
    "integration/promote/test_verify_deployed.py": 4,
    "integration/publish/test_asked.py": 2,
    "integration/publish/test_calls.py": 5,
    "integration/publish/test_change_plan.py": 7,
    "integration/publish/test_crash.py": 18,
    "integration/publish/test_hostile.py": 3,
    "integration/publish/test_locks.py": 6,
    "integration/publish/test_races.py": 18,
    "integration/registry/test_fold_gto.py": 3,
    "integration/registry/test_show.py": 2,
    "integration/registry/test_writing.py": 3,
    "integration/registry/test_writing_forge.py": 8,
    "integration/release/test_hostile_models.py": 3,
    "integration/release/test_kill_conclude.py": 3,
    "integration/release/test_release.py": 8,
    "integration/retrain/test_killed.py": 5,
    "integration/retrain/test_proposals.py": 4,
    "integration/sandbox/runner/test_runner_runs.py": 8,
    "integration/sandbox/runner/test_runner_trust.py": 8,
    "integration/sandbox/test_adopt_fork.py": 10,
    "integration/sandbox/test_contract.py": 4,
    "integration/sandbox/test_git.py": 8,
    "integration/sandbox/test_kill.py": 3,
    "integration/sandbox/test_pages.py": 6,
    "integration/sandbox/test_pages_browser.py": 0,
    "integration/sandbox/test_permissions.py": 16,
    "integration/sandbox/test_pygithub.py": 7,
    "integration/sandbox/test_server.py": 5,
    "integration/score/test_score_command.py": 3,
    "integration/service/test_service_faults.py": 4,
    "integration/service/test_service_http.py": 3,
    "integration/storage/test_both.py": 3,
    "integration/test_faults_disk.py": 5,
    "integration/test_faults_kill.py": 3,
    "integration/test_faults_projects.py": 14,
    "integration/test_faults_repository.py": 4,
    "integration/test_init.py": 3,
    "integration/test_init_messy.py": 2,
    "integration/test_lock_resolve.py": 2,
    "integration/test_report_browser.py": 5,
    "integration/test_review_semantics.py": 2,
    "properties/test_gate.py": 2,
    "properties/test_publication.py": 2,
    "unit/deploy/test_manifests.py": 2,
    "unit/disclosure/test_reading.py": 4,
    "unit/flows/audit/test_pack.py": 3,
    "unit/flows/release/test_registering.py": 3,
    "unit/flows/test_ledger.py": 3,
    "unit/flows/test_ledger_looks.py": 2,
    "unit/flows/test_publish_screen.py": 2,
    "unit/flows/trace/test_trace.py": 2,
    "unit/monitoring/drift/test_windowing.py": 2,
    "unit/monitoring/outcomes/test_look.py": 2,
    "unit/release/test_probe.py": 4,
    "unit/release/test_smoke.py": 3,
    "unit/report/test_editions.py": 2,
    "unit/revision/test_unchanged.py": 4,
    "unit/scoring/test_restart.py": 8,
    "unit/scoring/test_score.py": 2,
    "unit/service/test_asgi.py": 6,
    "unit/service/test_explaining.py": 3,
    "unit/service/test_log.py": 4,
    "unit/service/test_predict.py": 2,
    "unit/service/test_skew.py": 3,
    "unit/stages/features/test_features.py": 2,
    "unit/stages/ingest/test_ingest.py": 2,
    "unit/stages/train/test_train.py": 5,
    "unit/stages/tune/test_tune.py": 2,
    "workflows/test_linters.py": 5,
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is thinned as slow, before pytest selects by marker. The first case of a file stays, unless all are slow."""
    seen: dict[str, int] = {}
    for item in items:
        name = item.path.relative_to(ROOT / "tests").as_posix() if item.path.is_relative_to(ROOT / "tests") else ""
        every = THINNED.get(name, 1)
        place = seen[name] = seen.get(name, -1) + 1
        if not every or place % every:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that is tested."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real clinical data beside the repository; without it the test skips and says so."""
    place = Path(os.environ.get("WARDROUND_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"the real clinical data are not there ({place}); set WARDROUND_SHARED_DATA")
    return place


@pytest.fixture
def engines_alone():
    """Container engines keep all images of this machine in one place: one test at a time looks at what is left there."""
    with FileLock(Path(tempfile.gettempdir()) / "wardround-test-engines.lock"):
        yield
