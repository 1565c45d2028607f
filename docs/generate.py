"""Writes docs/reference/: commands, params, evidence, rules and exit codes, each from the code that uses it.

`python docs/generate.py` writes; `python docs/generate.py --check` only says whether something is out of date.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import types
import typing
from pathlib import Path

import click
from pydantic import BaseModel

from wardround.cli.main import COMMANDS, HIDDEN, main
from wardround.errors import ExitCode
from wardround.evidence import (
    comparison,
    decision,
    features,
    ingest,
    measures,
    monitor,
    profile,
    retraining,
    split,
    training,
    tuning,
    validation,
)
from wardround.evidence.base import Evidence, Frozen
from wardround.flows import publication
from wardround.gate.registry import RULES
from wardround.monitoring.registry import RULES as WATCHING
from wardround.project import judging, sections
from wardround.project.params import JUDGING_SECTIONS, Params

HERE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Made by docs/generate.py; do not edit. -->\n\n"


def commands() -> str:
    parts = [NOTE + "# Commands\n\nEvery command takes `--help`. Those that report take `--json`.\n"]
    for name in COMMANDS:
        if name in HIDDEN:
            continue
        context = click.Context(main, info_name="wardround")
        command = main.get_command(context, name)
        assert command is not None
        text = command.get_help(click.Context(command, info_name=name, parent=context, terminal_width=78))
        parts.append(f"## wardround {name}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def comments(model: type[BaseModel]) -> dict[str, str]:
    """The `#:` comment above each field of a model, joined to one line; those of its parents too."""
    found = {}
    for base in model.__bases__:
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= comments(base)
    lines = inspect.getsource(model).splitlines()
    tree = ast.parse("\n".join(lines)).body[0]
    assert isinstance(tree, ast.ClassDef)
    for node in tree.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        words, row = [], node.lineno - 2
        while row >= 0 and lines[row].strip().startswith("#:"):
            words.insert(0, lines[row].strip().removeprefix("#:").strip())
            row -= 1
        found[node.target.id] = " ".join(words)
    return found


def type_name(annotation: object) -> str:
    if annotation is type(None):
        return "nothing"
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " \\| ".join(f"`{value}`" if value else '`""`' for value in args)
    if origin in (typing.Union, types.UnionType):
        return " \\| ".join(type_name(item) for item in args)
    if origin is typing.Annotated:
        return type_name(args[0])
    if origin is tuple:
        return "list of " + type_name(args[0]) if args[-1] is Ellipsis else f"{len(args)} times {type_name(args[0])}"
    if origin is dict:
        return f"{type_name(args[0])} → {type_name(args[1])}"
    names = {str: "text", int: "integer", float: "number", bool: "true/false", typing.Any: "anything"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))  # type: ignore[call-overload, no-any-return]


def written(value: object) -> str:
    """A default as it stands in a file: YAML and JSON agree on these values."""
    return json.dumps(
        value.model_dump(mode="json") if isinstance(value, BaseModel) else value, ensure_ascii=False, default=str
    )


def rows(model: type[BaseModel], prefix: str) -> list[str]:
    notes, found = comments(model), []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        nested = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
        if nested is not None:
            found += rows(nested, f"{prefix}{name}.")
            continue
        default = "required" if field.is_required() else f"`{written(field.get_default(call_default_factory=True))}`"
        limits = ", ".join(
            f"{sign} {getattr(item, kind)}"
            for item in field.metadata
            for kind, sign in {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}.items()
            if getattr(item, kind, None) is not None
        )
        note = " ".join(
            part for part in (notes.get(name, ""), field.description or "", f"({limits})" if limits else "") if part
        )
        found.append(f"| `{prefix}{name}` | {type_name(annotation)} | {default} | {note} |")
    return found


def params() -> str:
    parts = [
        NOTE
        + "# params.yaml\n\nEvery number and switch of a project, by section. An unknown key is an error. Dates are quoted (DVC reads no YAML dates).\n"
    ]
    for name, field in Params.model_fields.items():
        model = field.annotation
        assert isinstance(model, type)
        judges = (
            "\n\n*This section judges: a change takes effect after its merge, and until then the base's applies.*"
            if name in JUDGING_SECTIONS
            else ""
        )
        nested = [
            item
            for item in (*vars(sections).values(), *vars(judging).values())
            if isinstance(item, type) and issubclass(item, sections.Section)
        ]
        used = [
            model,
            *(
                item
                for item in nested
                if item.__name__ in {getattr(f.annotation, "__name__", "") for f in model.model_fields.values()}
                or item is judging.Subgroup
                and model is judging.EvaluateSection
            ),
        ]
        prose = "\n\n".join(inspect.cleandoc(item.__doc__ or "") for item in used)
        parts.append(
            f"## {name}\n\n{prose}{judges}\n\n| key | type | default | |\n|---|---|---|---|\n"
            + "\n".join(rows(model, f"{name}."))
            + "\n"
        )
    return "\n".join(parts)


def exit_codes() -> str:
    meaning = {
        0: "pass",
        1: "a bug in Wardround: please report it",
        2: "wrong use, or params that are not valid",
        3: "could not check: environment, network, credentials",
        10: "the data violate the contract",
        11: "the gate refused, or cannot tell",
        12: "a monitoring alert",
        13: "a governance or privacy finding",
        130: "interrupted",
    }
    assert set(meaning) == {int(code) for code in ExitCode}
    table = "\n".join(f"| {code} | {text} |" for code, text in meaning.items())
    return NOTE + f"# Exit codes\n\n| code | meaning |\n|---|---|\n{table}\n"


#: The file of each kind of evidence, who writes it, and the module of its model, in the order in which they are made.
EVIDENCE = (
    ("ingest.json", "ingest", ingest), ("validation.json", "validate", validation), ("profile.json", "validate", profile),
    ("features.json", "features", features), ("split.json", "split", split), ("tuning.json", "tune", tuning),
    ("training.json", "train", training), ("metrics.json", "evaluate", measures), ("comparison.json", "review", comparison),
    ("decision.json", "review", decision), ("monitor.json", "monitor", monitor), ("retraining.json", "retrain", retraining),
)  # fmt: skip
EVIDENCE_PROSE = """# Evidence

Every run writes JSON files to `reports/`. They are what the gate judges and what the report is made from.

- **Closed.** An unknown key, a missing key or a wrong type makes the file malformed. The gate then *cannot tell*.
- **Versioned.** Each file holds `kind` and `schema_version`. Another version is refused, never guessed at.
- **Canonical.** Sorted keys, fixed number format, no dates of making, no host names. Same commit, same data, same machine type:
  the same bytes. NaN and infinity do not occur; a number that is not defined is `null`, with a note.
- **Exact.** Counts are not suppressed here. These files stay inside the trust boundary; what is published is made from them
  ([small cells](../explanation/small-cells.md)). They are DVC outputs, or not tracked at all, and never committed.

What changes from run to run (seconds, by step and stage; what each stage of a run did; looks at test blocks) stands in `.dvc/tmp/wardround/run.json`, outside every hash.

| file | written by | model |
|---|---|---|
"""


def plain_docstring(model: type[BaseModel]) -> str:
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", inspect.cleandoc(model.__doc__ or ""))
    return text.replace("``", "`")


def models_of(module: types.ModuleType) -> list[type[Frozen]]:
    """The models that a module defines: the file itself first, then its parts in the order of the source."""
    own = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Frozen) and item.__module__ == module.__name__
    ]
    return sorted(own, key=lambda item: not issubclass(item, Evidence))


def fields(model: type[Frozen]) -> str:
    notes, lines = comments(model), []
    for name, field in model.model_fields.items():
        if name in {"kind", "schema_version"}:
            continue
        default = "" if field.is_required() else f"`{written(field.get_default(call_default_factory=True))}`"
        lines.append(
            f"| `{name}` | {type_name(field.annotation)} | {default} | {' '.join(part for part in (notes.get(name, ''), field.description or '') if part)} |"
        )
    return "| key | type | default | |\n|---|---|---|---|\n" + "\n".join(lines)


def evidence() -> str:
    table, parts = [], []
    for file, writer, module in EVIDENCE:
        own, *pieces = models_of(module)
        table.append(
            f"| [`{file}`](#{file.replace('.', '')}) | `{writer}` | `wardround.evidence.{module.__name__.split('.')[-1]}.{own.__name__}`, version {own.VERSION} |"
        )  # type: ignore[attr-defined]
        text = [f"## {file}\n\n{plain_docstring(own)}\n\n{fields(own)}\n"]
        text += [f"### {piece.__name__}\n\n{plain_docstring(piece)}\n\n{fields(piece)}\n" for piece in pieces]
        parts.append("\n".join(text))
    return NOTE + EVIDENCE_PROSE + "\n".join(table) + "\n\n" + "\n".join(parts)


def rules() -> str:
    text = (
        NOTE
        + "# Rules\n\nThe rules in the order in which the report prints them. What they mean together: [the rules of the gate](../rules/README.md).\n\n"
    )
    text += "*Needs*: the evidence without which the rule cannot tell. *Decides*: no means that the rule only writes a note.\n\n"
    text += "| rule | says | params | needs | decides |\n|---|---|---|---|---|\n"
    for rule in RULES:
        keys = ", ".join(f"`{key}`" for key in rule.params) or "none"
        needs = ", ".join(f"`{need}`" for need in rule.needs) or "nothing"
        text += f"| [{rule.id}](../rules/{rule.id}.md) | {rule.title} | {keys} | {needs} | {'yes' if rule.decides else 'no'} |\n"
    text += "\n## Rules of the monitor\n\nWhat `wardround monitor` asks of the windows. They find notes, warnings and alerts; an alert ends it with exit code 12.\n\n"
    text += "| rule | says | params |\n|---|---|---|\n"
    for watching in WATCHING:
        keys = ", ".join(f"`{key}`" for key in watching.params) or "none"
        text += f"| [{watching.id}](../rules/{watching.id}.md) | {watching.title} | {keys} |\n"
    return text


def publication_schema() -> str:
    return json.dumps(publication.schema(), indent=2, ensure_ascii=False) + "\n"


PAGES = {
    "commands.md": commands,
    "evidence.md": evidence,
    "rules.md": rules,
    "params.md": params,
    "exit-codes.md": exit_codes,
    "publication.schema.json": publication_schema,
}

if __name__ == "__main__":
    stale = []
    for page, make in PAGES.items():
        text = re.sub(r"(?<!`)``(?!`)", "`", make())
        if not (HERE / page).is_file() or (HERE / page).read_text() != text:
            stale.append(page)
            if "--check" not in sys.argv:
                HERE.mkdir(exist_ok=True)
                (HERE / page).write_text(text)
    if "--check" in sys.argv and stale:
        sys.exit(f"out of date: {', '.join(stale)}; run: python docs/generate.py")
