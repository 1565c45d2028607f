"""``governance/pccp.yaml`` from its bytes, with every mistake reported at once."""

from __future__ import annotations

from io import StringIO

from pydantic import ValidationError

from wardround.errors import Problem, UsageError
from wardround.gate.plan.schema import FILE, ChangePlan


def parse(content: bytes, where: str = FILE) -> ChangePlan:
    """The plan.

    Raises :class:`UsageError` that lists every problem: not UTF-8, YAML syntax, unknown and missing keys, values out of range.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(StringIO(content.decode("utf-8")))
        return ChangePlan.model_validate(raw)
    except UnicodeDecodeError as error:
        raise UsageError("the file is not UTF-8 text", where=f"{where}: byte {error.start}") from error
    except (YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        found = str(getattr(error, "problem", "") or type(error).__name__)
        raise UsageError("the file is not valid YAML", where=place, found=found, next="correct the line") from error
    except ValidationError as error:
        problems = [
            Problem(
                item["msg"].removeprefix("Value error, "),
                where=f"{where}: {'.'.join(str(part) for part in item['loc'])}".removesuffix(": "),
                next="see docs/how-to/change-plan.md",
            )
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise UsageError(problems=problems) from error
