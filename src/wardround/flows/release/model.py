"""The stored model tried where it can do no harm: in a process of its own, which hostile bytes may take down."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.errors import GovernanceFinding, Problem
from wardround.proc import Command, run

#: Bytes of memory, and seconds of processor time with so many more for each megabyte, that a model may take to load and answer its golden
#: encounters. Project choice: twenty times what the reference project's takes; spoilt counts can keep a loader busy for as long as it is let.
MEMORY, SECONDS, SECONDS_A_MEGABYTE = 16 << 30, 60, 1
#: The largest accepted ``|Δp|`` where the form has no limit of its own: the trained estimator itself, in another process.
SAME = 1e-9
#: Operator sets of ONNX itself; any other could name code of somebody else's.
_ONNX_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")


@dataclass(frozen=True)
class Tried:
    """The served form, the largest accepted ``|Δp|`` of an answer, and the golden encounters."""

    form: str
    limit: float
    golden: tuple[dict[str, Any], ...]


def tried(project: Path) -> Tried:
    """Loads the model of a project in a child process and lets it answer its golden encounters.

    Raises :class:`GovernanceFinding` when it is refused, does not answer as ``golden.json`` says, or takes the process down.
    """
    command = [sys.executable, "-m", "wardround", "program", "check-model", "--project", str(project), "--json"]
    done = run(Command(command, cwd=project, timeout=3 * _seconds(project / "models" / "model") + 60))
    try:
        said = json.loads(done.out)
    except ValueError:
        said = {}
    if not done.ok:
        problems = [Problem(**item) for item in said.get("problems", [])] if isinstance(said, dict) else []
        ended = f"signal {-done.code}" if done.code < 0 else f"exit code {done.code}"
        raise GovernanceFinding(
            "the stored model cannot be used",
            where="models/model",
            found=f"trying it ended with {ended}",
            next="find out who made its files; train the model again from its commit",
            problems=problems,
        )
    golden = json.loads((project / "models" / "model" / "golden.json").read_bytes())["encounters"]
    return Tried(said["form"], said["limit"], tuple(golden))


def check(project: Path) -> dict[str, Any]:
    """What the child does: limits itself, loads every file, answers. Errors as the loaders raise them."""
    _limit(_seconds(project / "models" / "model"))
    from wardround import contract
    from wardround.project.layout import Project
    from wardround.stages.features import frames
    from wardround.stages.features.building import Builder
    from wardround.stages.serving import load, store
    from wardround.stages.serving.forms import LIMITS
    from wardround.stages.train.golden import GoldenRequest, answer

    own = Project(project)
    place, params = own.layout.model, own.params
    if (place / "serving.onnx").is_file():
        _plain_onnx((place / "serving.onnx").read_bytes())
    store.loads((place / "model.skops").read_bytes())
    scorer = load(place)
    form = scorer.manifest.serving if scorer.manifest else "none"
    checked = contract.load(own.layout.contract)
    withheld = frames.withheld(params.data.columns, checked)
    builder = Builder.load(own.layout.features_code, params.features.settings, withheld)
    request = GoldenRequest(checked, params.data.columns, withheld, builder, scorer, 0, 0)
    golden = json.loads((place / "golden.json").read_bytes())["encounters"]
    limit = LIMITS[form]
    limit = SAME if limit is None else limit
    worst = max(
        (abs(answer(request, item["history"], item["encounter"]) - item["probability"]) for item in golden), default=1.0
    )
    if not worst <= limit:
        raise GovernanceFinding(
            "the stored model does not answer its golden encounters as golden.json says",
            where="models/model",
            wanted=f"|Δp| at most {limit:g}",
            found=f"{worst:.3g}" if golden else "no golden encounter",
            next="train the model again from its commit",
        )
    return {"form": form, "limit": limit, "difference": worst, "encounters": len(golden)}


def _seconds(place: Path) -> int:
    size = sum(path.stat().st_size for path in place.iterdir() if path.is_file()) if place.is_dir() else 0
    return SECONDS + SECONDS_A_MEGABYTE * size // 1_000_000


def _limit(seconds: int) -> None:
    import resource

    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _plain_onnx(content: bytes) -> None:
    """Refuses operators that are not ONNX's own, and weights that lie in other files. Not run: read."""
    try:
        import onnx
    except ImportError as error:
        from wardround.errors import MissingExtra

        raise MissingExtra("onnx", "onnx") from error
    try:
        model = onnx.load_model_from_string(content)
        graphs, strange = [model.graph], []
        while graphs:
            graph = graphs.pop()
            for node in graph.node:
                if node.domain not in _ONNX_DOMAINS:
                    strange.append(f"the operator set {node.domain[:60]}")
                graphs += [item.g for item in node.attribute if item.HasField("g")]
            strange += ["weights in another file" for item in graph.initializer if item.external_data]
        if model.functions:
            strange.append("functions of its own")
        if not strange:
            onnx.checker.check_model(model)
    except Exception as error:  # a hostile file may raise anything
        raise GovernanceFinding(
            "the served form cannot be read", where="models/model/serving.onnx", found=type(error).__name__
        ) from error
    if strange:
        raise GovernanceFinding(
            "the served form holds what a model may not hold; it was not loaded",
            where="models/model/serving.onnx",
            found=", ".join(sorted(set(strange))),
            next="train the model again from its commit",
        )
