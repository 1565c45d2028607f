"""The trained estimator as a skops file: no pickle, an explicit list of types, the same bytes for the same model."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from skops import io as skops

from wardround.errors import GovernanceFinding, UsageError

#: Types beyond skops's own list (numpy, scikit-learn's public estimators) that a model may hold. Each only holds numbers or names
#: a function of scikit-learn; nothing here runs code of the file's choice when it is loaded.
ALLOWED = (
    "functools.partial",  # HistGradientBoosting's preprocessor; the function inside is checked by itself
    "numpy.dtype",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
)
#: The moment that every entry bears: the first that a zip archive can say.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SCHEMA = "schema.json"
#: Gradient boosting remembers with how many threads it was fitted, which changes nothing else.
_BINS = "_BinMapper"


def dumps(estimator: Any) -> bytes:
    """The estimator as skops bytes, the same for the same fitted estimator.

    skops names objects and files by memory address and stamps the time; both are replaced by numbers in order of appearance and
    a fixed moment. Raises :class:`UsageError` for a type that :func:`loads` would refuse.
    """
    try:
        content = skops.dumps(estimator)
        unknown = sorted(set(skops.get_untrusted_types(data=content)) - set(ALLOWED))
    except Exception as error:  # skops raises many unrelated types for what it cannot store
        raise UsageError(
            "the model cannot be stored without pickle",
            where="pipelines/model.py",
            found=type(error).__name__,
            next="build it from scikit-learn's own estimators",
        ) from error
    if unknown:
        raise UsageError(
            f"the model holds types that a stored model may not hold: {', '.join(unknown)}",
            where="pipelines/model.py",
            wanted="scikit-learn's own estimators and numpy arrays",
            next="put the team's own transformations into pipelines/features.py",
        )
    return _settled(content)


def _settled(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        numbers: dict[Any, int] = {}
        names: dict[str, str] = {}
        for node in _nodes(schema):
            if "__id__" in node:
                # Whether two equal constants are one object is Python's affair; of all else, sharing is kept.
                key = len(numbers) + 0.5 if node.get("__loader__") == "JsonNode" else node["__id__"]
                node["__id__"] = numbers.setdefault(key, len(numbers))
            if node.get("__class__") == _BINS:
                node["content"]["content"]["n_threads"]["content"] = "1"
            if isinstance(node.get("file"), str):
                ending = node["file"].rpartition(".")[2]
                node["file"] = names.setdefault(node["file"], f"{len(names):06d}.{ending}")
        entries = {_SCHEMA: json.dumps(schema, sort_keys=False, indent=1).encode()}
        entries |= {new: archive.read(old) for old, new in names.items()}
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, entries[name], compresslevel=6)
    return result.getvalue()


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the schema, in the order in which it stands there."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def loads(content: bytes) -> Any:
    """The estimator in skops bytes.

    Raises :class:`GovernanceFinding` when the file is damaged or asks for a type that is not on the list: it is not run.
    """
    try:
        unknown = sorted(set(skops.get_untrusted_types(data=content)) - set(ALLOWED))
        if not unknown:
            return skops.loads(content, trusted=list(ALLOWED))
    except Exception as error:  # a hostile file may raise anything
        raise GovernanceFinding(
            "the stored model cannot be read",
            where="models/model/model.skops",
            found=type(error).__name__,
            next="fetch it again with `dvc checkout models/model`, or train again",
        ) from error
    named = ", ".join(item for item in unknown if re.fullmatch(r"[\w.]{1,120}", item))
    raise GovernanceFinding(
        "the stored model asks for types that a model may not hold; it was not loaded",
        where="models/model/model.skops",
        found=named,
        next="find out who made this file; train the model again from its commit",
    )
