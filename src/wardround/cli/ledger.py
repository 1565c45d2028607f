"""``wardround ledger``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.ledger import Entry, Verification


@click.group("ledger")
def command() -> None:
    """The record of decisions, approvals, releases, promotions and overrides: append-only, and verified against the tags.

    Entries are files named by their hash, on the branch wardround/ledger. Each links to those before it, and the tags of releases and stages
    name the newest ones.
    """


@command.command()
@project_option
@json_option
def verify(directory: Path, *, as_json: bool) -> int:
    """Find any edit, deletion, reordering or fork, relative to the heads in the tags. Offline.

    Exits with 13 when the ledger cannot be believed as it is.
    """
    from wardround.flows.ledger.checking import check

    found, places = check(directory)
    code = ExitCode.PASS if found.sound else ExitCode.GOVERNANCE
    if as_json:
        echo_json({**_verified(found), "read": list(places)})
    else:
        _tell(found, places)
    return int(code)


@command.command()
@click.option("--kind", default="", help="Only entries of this kind.")
@click.option("--about", default="", help="Only entries about this: a tag, pull/12, a digest.")
@click.option("--name", default="", help="Only entries of this project.")
@project_option
@json_option
def show(kind: str, about: str, name: str, directory: Path, *, as_json: bool) -> int:
    """Print the entries, the oldest first."""
    from wardround.flows.ledger.checking import entries
    from wardround.report.escape import in_terminal

    wanted = {"kind": kind, "about": about, "project": name}
    found = [
        item
        for item in entries(directory)
        if all(not value or getattr(item, key) == value for key, value in wanted.items())
    ]
    if as_json:
        echo_json([plain(item) for item in found])
        return int(ExitCode.PASS)
    for item in found:
        facts = ", ".join(f"{key} {_said(value)}" for key, value in item.facts.items() if value is not None)
        click.echo(
            in_terminal(
                f"{item.time}  {item.digest[7:19]}  {item.kind:<10} {item.about}  [{item.by}]  {facts}".rstrip()
            )
        )
    if not found:
        click.echo("no entry")
    return int(ExitCode.PASS)


@command.command()
@click.option("--reason", required=True, help="Why these lines belong together, in a sentence.")
@click.option("--local", is_flag=True, help="Ask no forge, whatever the environment says.")
@project_option
def join(reason: str, directory: Path, *, local: bool) -> int:
    """Join lines of the ledger that were written apart, after somebody has read them."""
    from wardround.flows.ledger.checking import screened
    from wardround.ledger.entry import entry

    facts = {"reason": screened(reason)}
    with _Desk(directory, local=local) as (found, by):
        made = found.join(entry(kind="join", project="", about="ledger", by=by, facts=facts))
    _wrote(made)
    return int(ExitCode.PASS)


@command.command()
@click.argument("text")
@click.option("--about", required=True, help="What it is about: a tag, pull/12, a digest.")
@click.option("--name", default="", help="The project.")
@click.option("--local", is_flag=True, help="Ask no forge, whatever the environment says.")
@project_option
def note(text: str, about: str, name: str, directory: Path, *, local: bool) -> int:
    """Write a sentence of your own into the ledger. Never name a patient: it cannot be taken back."""
    from wardround.flows.ledger.checking import screened
    from wardround.ledger.entry import entry

    facts = {"text": screened(text)}
    about, name = screened(about, "--about"), screened(name, "--name")
    with _Desk(directory, local=local) as (found, by):
        made = found.record(entry(kind="note", project=name, about=about, by=by, facts=facts))
    _wrote(made)
    return int(ExitCode.PASS)


class _Desk:
    """The clone and, where the environment names one, the forge; and who writes."""

    def __init__(self, directory: Path, *, local: bool) -> None:
        self._directory, self._local = directory, local
        self._forge: Any = None

    def __enter__(self) -> tuple[LedgerDesk, str]:
        from wardround.flows.ledger.checking import writer
        from wardround.flows.ledger.desk import desk
        from wardround.revision.git import Git

        git = Git(self._directory)
        if not self._local and os.environ.get("GITHUB_REPOSITORY"):
            from wardround.cli.promote import connected

            self._forge = connected()
        return desk(git, self._forge), writer(git, self._forge)

    def __exit__(self, *_: object) -> None:
        if self._forge is not None:
            self._forge.close()


def plain(item: Entry) -> dict[str, Any]:
    """An entry as JSON types, with its own digest."""
    return {"digest": item.digest, **item.model_dump(mode="json")}


def _verified(found: Verification) -> dict[str, Any]:
    return {
        "sound": found.sound,
        "entries": found.entries,
        "anchored": found.anchored,
        "tags": found.anchors,
        "heads": list(found.heads),
        "doubts": [
            {"code": one.code, "wrong": one.wrong, "what": one.what, "where": one.where, "next": one.next}
            for one in found.doubts
        ],
    }


def _tell(found: Verification, places: tuple[str, ...]) -> None:
    from wardround.report.escape import in_terminal

    for doubt in found.doubts:
        word = click.style("WRONG", fg="red", bold=True) if doubt.wrong else "note "
        click.echo(f"{word} {in_terminal(doubt.where)}: {in_terminal(doubt.what)}")
        if doubt.next and doubt.wrong:
            click.echo(f"      next: {in_terminal(doubt.next)}")
    read = ", ".join(places) or "nowhere: there is no ledger yet"
    click.echo(in_terminal(f"{found.entries} entries, read from {read}"))
    click.echo(f"{found.anchored} of them are behind the heads that {found.anchors} tags name")
    if found.sound and found.entries:
        click.echo("nothing was edited, removed, put in another order or forked")


def _wrote(made: tuple[Entry, ...]) -> None:
    for item in made:
        click.echo(f"{item.kind}: {item.digest}")
    if not made:
        click.echo("it is in the ledger already: nothing to do")


def _said(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
