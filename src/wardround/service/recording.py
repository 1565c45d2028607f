"""From scored encounters to the lines of the prediction log, which are written before anybody gets an answer."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wardround.contract import Kind
from wardround.errors import EnvironmentFailure
from wardround.monitoring.predictions import (
    Answer,
    Header,
    LogRequest,
    LogUnavailable,
    PredictionLog,
    check_url,
    keyed,
    load_key,
)
from wardround.monitoring.predictions.line import Asked as Kindred
from wardround.monitoring.predictions.line import logged
from wardround.service.asking import Item
from wardround.service.engine import Engine
from wardround.service.refusal import Refusal
from wardround.service.settings import LogPlace, Settings

#: Writes answers, all or none; raises :class:`LogUnavailable`.
Append = Callable[[Sequence[Answer]], None]
#: What a client may call its request, so that asking again gives the same ids.
_EPOCH, _MICROSECOND = dt.datetime(1970, 1, 1), dt.timedelta(microseconds=1)  # noqa: DTZ001 - contracts have no time zone
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")


@dataclass(frozen=True)
class Context:
    """How a request came. ``name`` is the client's own name of it, empty without; ``probe`` says that nobody is treated by the answer."""

    asked: Kindred = "predict"
    name: str = ""
    probe: bool = False


class Recorder:
    """Makes ids and writes the log. Without a log it makes ids alone."""

    def __init__(self, engine: Engine, settings: Settings, through: Callable[[Append], Append] | None = None) -> None:
        """``through`` wraps the log's append, as BentoML's monitoring does. Raises :class:`UsageError` about the key or the storage's kind, :class:`EnvironmentFailure` about the directory."""
        self._engine = engine
        keys, columns = engine.parser.keys, engine.parser.columns
        hidden = [columns[place].name for place in (keys.encounter, keys.subject) if place is not None]
        kept = logged(columns, hidden)
        places = {column.name: place for place, column in enumerate(columns)}
        self._inputs = [(name, places[name], kind is Kind.DATETIME) for name, kind in kept]
        self._operating = engine.params.evaluate.thresholds[0]
        self.log: PredictionLog | None = None
        self._key = b""
        if settings.log is not None:
            self._key = load_key(settings.log.key, make=settings.log.own_key)
            header = Header(
                engine.version, engine.contract_version, settings.stage, engine.params.evaluate.thresholds, kept
            )
            check_url(settings.log.url)
            self.log = _opened(_request(settings.log, header, engine))
            self._append = self.log.append if through is None else through(self.log.append)

    def ids(self, context: Context, body: bytes, count: int) -> list[str]:
        """One id an encounter: 32 hexadecimal digits. A request that is named and asked again with the same body has the same ids."""
        if context.name:
            digest = hashlib.sha256(b"\0".join((context.name.encode(), self._engine.model_digest.encode(), body)))
            first = digest.hexdigest()[:24]
        else:
            first = secrets.token_hex(12)
        return [f"{first}{number:08x}" for number in range(count)]

    def answers(
        self,
        context: Context,
        ids: Sequence[str],
        items: Sequence[Item],
        probability: Sequence[float],
        warnings: Sequence[Sequence[str]],
    ) -> list[Answer]:
        """The log's rows for the encounters of one request."""
        if self.log is None:
            return []
        now = time.time_ns() // 1000
        return [
            Answer(
                id=name,
                answered_at=now,
                asked=context.asked,
                probe=context.probe,
                subject=self._keyed("subject", item),
                encounter=self._keyed("encounter", item),
                earlier=len(item.history),
                probability=value,
                alert=value >= self._operating,
                warnings=told,
                inputs={
                    name: _microseconds(item.encounter[place]) if is_moment else item.encounter[place]
                    for name, place, is_moment in self._inputs
                },
            )
            for name, item, value, told in zip(ids, items, probability, warnings, strict=True)
        ]

    def write(self, answers: Sequence[Answer]) -> None:
        """Writes all of them. Raises :class:`Refusal` (503) when that cannot be done: then nothing may be acknowledged."""
        if self.log is None or not answers:
            return
        try:
            self._append(answers)
        except LogUnavailable:
            raise Refusal(503, "the prediction log cannot be written, so nothing is answered", retry=5) from None

    def close(self) -> None:
        """Ends the log in order."""
        if self.log is not None:
            self.log.close()

    def _keyed(self, kind: str, item: Item) -> str | None:
        keys = self._engine.parser.keys
        if kind == "subject":
            value = None if keys.subject is None else item.encounter[keys.subject]
            return None if value is None else keyed(self._key, "subject", str(value))
        value = None if keys.encounter is None else item.encounter[keys.encounter]
        return None if value is None else keyed(self._key, "encounter", str(value))


def _opened(request: LogRequest) -> PredictionLog:
    try:
        return PredictionLog(request)
    except OSError as error:
        raise EnvironmentFailure(
            "the prediction log cannot be written",
            where=f"WARDROUND_WAL: {request.wal}",
            found=error.strerror or type(error).__name__,
            next="give a directory in which this user may make files",
        ) from error


def _request(place: LogPlace, header: Header, engine: Engine) -> LogRequest:
    limits = engine.limits
    return LogRequest(
        place.wal, place.url, header, limits.segment_bytes, limits.segment_seconds, limits.backlog_bytes, place.shared
    )


def _microseconds(value: dt.datetime | None) -> int | None:
    return None if value is None else (value - _EPOCH) // _MICROSECOND
