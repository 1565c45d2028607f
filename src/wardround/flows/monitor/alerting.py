"""Alerts that leave by webhook or mail: rules and sentences of what was published, and no number of patients.

They are sent before the history knows of the look: a run that is killed in between sends them again rather than never. What could not be sent
is owed: the history says by which way, and the next look sends it.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wardround.phi.scanning import rules_of
from wardround.report.escape import in_terminal

if TYPE_CHECKING:
    from wardround.disclosure.watched import WatchFindingView, WatchView
    from wardround.flows.monitor.request import MonitorRequest, MonitorResult
    from wardround.monitoring.history import History
    from wardround.project.monitor_alerts import MonitorAlertsSection

#: Attempts of one way, and seconds for each.
ATTEMPTS, SECONDS = 3, 20.0
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_ORDER = ("warning", "alert")


@dataclass(frozen=True)
class Message:
    """What is sent. ``page`` is the address of the run that looked, if there is one."""

    subject: str
    lines: tuple[str, ...]
    watch: WatchView
    findings: tuple[WatchFindingView, ...]
    page: str = ""
    #: What earlier looks found and could not send, and this one does not find any more; with the day of that look.
    late: tuple[tuple[str, WatchFindingView], ...] = ()
    #: Rules of identifiers of patients that the sentences seem to hold: then only rules and severities leave.
    held: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The webhook's body. ``text`` alone is what chat services show."""
        return {
            "text": "\n".join((self.subject, *self.lines)),
            "project": self.watch.project,
            "stage": self.watch.stage,
            "severity": self.watch.severity,
            "until": self.watch.until,
            "findings": [self._plain(item) for item in self.findings],
            "late": [{**self._plain(item), "until": until} for until, item in self.late],
            "page": self.page,
        }

    def _plain(self, item: WatchFindingView) -> dict[str, str]:
        names = ("rule", "severity", "since") if self.held else ("rule", "severity", "subject", "summary", "since")
        return {name: getattr(item, name) for name in names}


def alert(request: MonitorRequest, result: MonitorResult, past: History) -> MonitorResult:
    """Sends what the last look did not find already, and what was owed. A way that fails is told, does not end the look, and owes it."""
    section = request.project.params.monitor.alerts
    ways = _ways(section, request.env)
    owed = {way for way in past.owed if way not in ways}  # its address is not known to this run
    sent, unsent = [], []
    for name, send in ways.items():
        message = compose(result.watch, past, section, request.env, name)
        if message is None:
            continue
        try:
            _again(lambda send=send, message=message: send(message))  # type: ignore[misc]  # bound now
            sent.append(name)
        except _FAILURES as error:
            unsent.append(f"{name} ({_reason(error)})")
            owed.add(name)
    return replace(result, sent=tuple(sent), unsent=tuple(unsent), owed=tuple(sorted(owed)))


def compose(
    watch: WatchView, past: History, section: MonitorAlertsSection, env: Mapping[str, str], way: str = ""
) -> Message | None:
    """The message; None when nothing is new that is severe enough, and nothing is owed by that ``way``."""
    enough = _ORDER[_ORDER.index(section.least) :]
    severe = tuple(item for item in watch.findings if item.severity in enough)
    last = past.last
    known = {_about(item) for item in last.watch.findings if item.severity in enough} if last else set()
    owed = {
        _about(item): (look.watch.until, item)
        for look in past.unsent(way)
        for item in look.watch.findings
        if item.severity in enough
    }
    if not owed and not any(_about(item) not in known for item in severe):
        return None
    here = {_about(item) for item in severe}
    late = tuple(told for about, told in owed.items() if about not in here)
    lines = [line for item in severe for line in _lines(item)]
    for until, item in late:
        lines += (f"could not be sent before, of the look until {until}:", *_lines(item))
    server, repository, run = (env.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    page = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    worst = watch.severity if severe else f"late {max((item.severity for _, item in late), key=_ORDER.index)}"
    subject = f"{worst}: {watch.project} in {watch.stage}, until {watch.until}"
    held = rules_of(
        (*lines, *(text for item in (*severe, *(one for _, one in late)) for text in (item.subject, item.summary)))
    )
    if held:  # an alert that does not come would be worse than one without its words
        lines = [f"{item.severity}: {item.rule}" for item in (*severe, *(one for _, one in late))]
        lines.append(
            f"the words were withheld: they hold what looks like an identifier of a patient ({', '.join(held)})"
        )
    return Message(subject, (*lines, *([page] if page else [])), watch, severe, page, late, held)


def _lines(item: WatchFindingView) -> tuple[str, ...]:
    subject = f" ({in_terminal(item.subject)})" if item.subject else ""
    advice = (f"  {in_terminal(item.advice)}",) if item.advice else ()
    return (f"{item.severity}: {item.rule}{subject}: {in_terminal(item.summary)}", *advice)


def _about(item: WatchFindingView) -> tuple[str, str, str]:
    return item.rule, item.subject, item.severity


def _ways(section: MonitorAlertsSection, env: Mapping[str, str]) -> dict[str, Callable[[Message], None]]:
    ways: dict[str, Callable[[Message], None]] = {}
    address = env.get("WARDROUND_ALERT_WEBHOOK") or section.webhook
    if address:
        ways["webhook"] = lambda message: _post(address, message)
    if section.mail:
        ways["mail"] = lambda message: _mail(section, env, message)
    return ways


class _NotSent(Exception):
    """The other side did not take it; the text says why, without an address."""


_FAILURES = (_NotSent, OSError, smtplib.SMTPException)


def _again(send: Callable[[], None]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            send()
        except _FAILURES:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return


def _post(address: str, message: Message) -> None:
    import requests

    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise _NotSent("the address must begin with https://")
    try:
        answer = requests.post(address, json=message.plain(), timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise _NotSent(type(error).__name__) from None  # its text holds the address, which may be a secret
    if not answer.ok or answer.is_redirect:
        raise _NotSent(f"the answer is {answer.status_code}")


def _mail(section: MonitorAlertsSection, env: Mapping[str, str], message: Message) -> None:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = message.subject, section.sender, ", ".join(section.mail)
    made.set_content("\n".join(message.lines))
    host, _, port = (section.server or "").partition(":")
    with smtplib.SMTP(host, int(port or 25), timeout=SECONDS) as server:
        if host not in _LOCAL:
            server.starttls(context=ssl.create_default_context())
        if user := env.get("WARDROUND_SMTP_USER"):
            server.login(user, env.get("WARDROUND_SMTP_PASSWORD", ""))
        server.send_message(made)


def _reason(error: Exception) -> str:
    if isinstance(error, _NotSent):
        return str(error)
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
