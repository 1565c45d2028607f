"""``wardround sandbox``."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wardround.errors import UsageError

if TYPE_CHECKING:
    from wardround.sandbox.server import Sandbox


@click.command("sandbox")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".sandbox"),
    show_default=True,
    help="Where the forge keeps its repositories and records; one that is there goes on.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port of its pages.  [default: the last one, or any]"
)
@click.option(
    "--repository",
    "source",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A git repository to put on the forge, as OWNER/NAME of --as.",
)
@click.option("--as", "name", default="hospital/model", show_default=True, help="What --repository is called there.")
@click.option("--s3", is_flag=True, help="Also start a real S3 server (SeaweedFS) for the storage.")
def command(directory: Path, port: int, source: Path | None, name: str, *, s3: bool) -> None:
    """Start a forge on this machine: pull requests, workflows, comments and statuses, without GitHub, Docker or network.

    It runs a repository's own .github/workflows with act, on this machine and with your rights: it isolates no code. Tokens of its users lie
    in a file that only you may read. Ctrl-C ends it and all that it runs; the next start goes on.
    """
    from wardround.sandbox.pages import routes
    from wardround.sandbox.runner import Runner
    from wardround.sandbox.server import Sandbox

    owner, _, short = name.partition("/")
    if not owner or not short:
        raise UsageError("the repository's name is not complete", where=f"--as {name}", wanted="OWNER/NAME")
    with Sandbox(directory.resolve(), port, pages=routes) as sandbox:
        runner = Runner(sandbox)
        runner.start()
        storage = _s3(directory.resolve()) if s3 else None
        try:
            _seed(sandbox, owner, short, source)
            click.echo(f"pages     {sandbox.url}")
            click.echo(f"API       {sandbox.api_url}   (TLS: {sandbox.tls_url}, certificate {sandbox.ca_file})")
            click.echo(f"tokens    {_tokens(sandbox, owner)}")
            if storage is not None:
                click.echo(f"S3        {storage.url}   (how to use it: {storage.hint})")
            if note := _storage_note(source):
                click.echo(click.style("note: ", fg="yellow") + note)
            click.echo("act runs workflows on this machine and isolates no code. Ctrl-C ends the sandbox.")
            wait()
        finally:
            runner.stop()
            if storage is not None:
                storage.stop()


def wait() -> None:
    """Until Ctrl-C or SIGTERM."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        while not ended.wait(0.5):
            pass
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)


def _seed(sandbox: Sandbox, owner: str, name: str, source: Path | None) -> None:
    if source is None or sandbox.world.repository(f"{owner}/{name}") is not None:
        return
    from dataclasses import replace

    from wardround.sandbox.model import Variable

    sandbox.world.ensure_user(owner)
    made = sandbox.create_repository(owner, name, from_path=source.resolve())
    with sandbox.store.transaction():
        sandbox.store.put(replace(made, writers=("ada", "clara")))
        # runs take this installation: nothing is fetched
        sandbox.store.put(Variable(made.full_name, "WARDROUND_PREINSTALLED", "true"))


def _storage_note(source: Path | None) -> str:
    """A relative storage lies beside the person's checkout, where the forge's runs do not look; empty: all is well."""
    from configparser import ConfigParser
    from configparser import Error as ConfigError

    config = ConfigParser(interpolation=None)
    try:
        config.read(source / ".dvc" / "config" if source else [], encoding="utf-8")
    except (ConfigError, UnicodeDecodeError):
        return ""
    for section in config.sections():
        url = config.get(section, "url", fallback="")
        if url and "://" not in url and not url.startswith("/"):
            return f"{section.strip(chr(39))} is the relative path {url}: runs will not find it. dvc remote modify NAME url /A/FULL/PATH, commit, push"
    return ""


def _tokens(sandbox: Sandbox, owner: str) -> Path:
    """The file with a token for each person, made once; never printed."""
    import os

    path = sandbox.directory / "tokens"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.writelines(
                f"{login} {sandbox.create_user(login)}\n" for login in dict.fromkeys((owner, "ada", "clara"))
            )
    return path


def _s3(directory: Path) -> Any:
    from wardround.sandbox.s3 import S3

    server = S3(directory / "s3")
    server.start()
    return server
