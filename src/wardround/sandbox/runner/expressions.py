"""GitHub's ``${{ }}`` expressions, as far as the sandbox itself must know them: concurrency groups and job names.

What a run's steps see is evaluated by act. A value that is not known here (``needs``, ``steps``) is null, as on GitHub
before a job has run. Anything that cannot be read is refused, never guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from wardround.errors import UsageError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!()\[\].,*]))"
)
_SEGMENT = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


def fill(text: str, context: Mapping[str, Any]) -> str:
    """``text`` with each expression in it replaced by its value."""
    return _SEGMENT.sub(lambda found: as_text(evaluate(found[1], context)), text)


def value(text: Any, context: Mapping[str, Any]) -> Any:
    """What a YAML value stands for: itself, or what its single expression gives."""
    if not isinstance(text, str):
        return text
    whole = _SEGMENT.fullmatch(text.strip())
    return evaluate(whole[1], context) if whole and "${{" not in whole[1] else fill(text, context)


def evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """The value of ``expression``. Raises :class:`UsageError` when it cannot be read."""
    return _Reader(expression, context).whole()


def as_text(value: Any) -> str:
    """A value as GitHub writes it into text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def truthy(value: Any) -> bool:
    """Whether a value counts as true."""
    return value is not None and value is not False and value not in (0, "")


class _Reader:
    """Reads one expression from left to right, weakest operator first."""

    def __init__(self, expression: str, context: Mapping[str, Any]) -> None:
        self._text = expression
        self._context = {name.lower(): item for name, item in context.items()}
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(expression.rstrip()):
            found = _TOKEN.match(expression, at)
            if found is None or found.lastgroup is None:
                raise self._unreadable()
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self._at = 0

    def whole(self) -> Any:
        result = self._or()
        if self._at != len(self._tokens):
            raise self._unreadable()
        return result

    def _or(self) -> Any:
        left = self._and()
        while self._take("||"):
            right = self._and()
            left = left if truthy(left) else right
        return left

    def _and(self) -> Any:
        left = self._compared()
        while self._take("&&"):
            right = self._compared()
            left = right if truthy(left) else left
        return left

    def _compared(self) -> Any:
        left = self._single()
        for sign, test in _COMPARE.items():
            if self._take(sign):
                return test(left, self._single())
        return left

    def _single(self) -> Any:
        if self._take("!"):
            return not truthy(self._single())
        if self._take("("):
            inner = self._or()
            self._must(")")
            return self._tail(inner)
        kind, text = self._next()
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind != "name":
            raise self._unreadable()
        if text.lower() in ("true", "false", "null"):
            return {"true": True, "false": False}.get(text.lower())
        if self._take("("):
            return self._call(text)
        return self._tail(self._context.get(text.lower()))

    def _tail(self, value: Any) -> Any:
        while True:
            if self._take("."):
                kind, name = self._next()
                if kind != "name":
                    raise self._unreadable()
                value = _member(value, name)
            elif self._take("["):
                value = _member(value, self._or())
                self._must("]")
            else:
                return value

    def _call(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self._take(")"):
            if arguments:
                self._must(",")
            arguments.append(self._or())
        function = _FUNCTIONS.get(name.lower())
        if function is None:
            raise self._unreadable()
        try:
            return self._tail(function(*arguments))
        except (TypeError, ValueError, IndexError):
            raise self._unreadable() from None

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._unreadable()
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _must(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unreadable()

    def _unreadable(self) -> UsageError:
        return UsageError(
            "the sandbox cannot read an expression outside of a step",
            found=self._text.strip(),
            wanted="contexts, literals, operators and contains, startsWith, endsWith, format, fromJSON or toJSON",
            next="write it more simply",
        )


def _member(value: Any, name: Any) -> Any:
    if isinstance(value, Mapping):
        return next((item for key, item in value.items() if str(key).lower() == as_text(name).lower()), None)
    if isinstance(value, list) and isinstance(name, float) and 0 <= name < len(value):
        return value[int(name)]
    return None


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


def _number(value: Any) -> float:
    try:
        return 0.0 if value in (None, "") else float(value)
    except (TypeError, ValueError):
        return float("nan")


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_equal(item, what) for item in where)
    return as_text(what).lower() in as_text(where).lower()


def _format(text: Any, *values: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda found: as_text(values[int(found[1])]), as_text(text))


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<=": lambda left, right: _number(left) <= _number(right),
    ">=": lambda left, right: _number(left) >= _number(right),
    "<": lambda left, right: _number(left) < _number(right),
    ">": lambda left, right: _number(left) > _number(right),
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "startswith": lambda text, start: as_text(text).lower().startswith(as_text(start).lower()),
    "endswith": lambda text, end: as_text(text).lower().endswith(as_text(end).lower()),
    "format": _format,
    "fromjson": lambda text: json.loads(as_text(text)),
    "tojson": lambda item: json.dumps(item, indent=2),
}
