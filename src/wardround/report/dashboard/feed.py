"""The findings as an Atom feed (RFC 4287): an entry for each look that found something new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from wardround.files import sha256_json
from wardround.report.dashboard.values import Look, Model
from wardround.report.escape import in_html
from wardround.report.monitor.document import sentence

#: Entries of the feed, newest first.
MOST = 50


def feed(models: Sequence[Model], address: str = "") -> str:
    """The feed. Its moment is that of the newest look, so that the same history gives the same bytes."""
    base = address.rstrip("/") + "/" if address else ""
    entries = sorted(
        ((look, model) for model in models for look in _news(model)),
        key=lambda pair: (pair[0].ran_at, pair[1].name),
        reverse=True,
    )[:MOST]
    newest = max(
        (look.ran_at for model in models for look in model.looks), default=dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'>\n"
        f"<title>Models on the ward</title>\n<id>{_id(['feed', *sorted(model.name for model in models)])}</id>\n"
        f"<updated>{_moment(newest)}</updated>\n<author><name>Wardround</name></author>\n"
        + (f"<link rel='self' href='{in_html(base)}feed.xml'/>\n" if base else "")
        + "".join(_entry(look, model, base) for look, model in entries)
        + "</feed>\n"
    )


def _news(model: Model) -> list[Look]:
    """Looks whose warnings and alerts are not those of the look before."""
    found, before = [], frozenset[tuple[str, str, str]]()
    for look in model.looks:
        now = frozenset(
            (item.rule, item.subject, item.severity) for item in look.watch.findings if item.severity != "note"
        )
        if now and now != before:
            found.append(look)
        before = now
    return found


def _entry(look: Look, model: Model, base: str) -> str:
    watch = look.watch
    lines = [f"{item.severity}: {item.rule} {item.subject}: {item.summary}" for item in watch.findings]
    return (
        f"<entry>\n<title>{in_html(f'{model.title}: {watch.severity}')}</title>\n"
        f"<id>{_id([model.name, watch.stage, _moment(look.ran_at)])}</id>\n<updated>{_moment(look.ran_at)}</updated>\n"
        f"<link href='{in_html(base + model.page)}.html'/>\n<summary>{in_html(sentence(watch))}</summary>\n"
        f"<content type='text'>{in_html(' | '.join(lines))}</content>\n</entry>\n"
    )


def _id(parts: list[str]) -> str:
    digest = sha256_json(parts).removeprefix("sha256:")[:32]
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def _moment(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
