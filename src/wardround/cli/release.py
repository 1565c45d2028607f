"""``wardround release``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from wardround.cli.options import echo_json, json_option, project_option
from wardround.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from wardround.flows.release.request import EngineName, ReleaseResult
    from wardround.flows.release.verify import Verified


@click.command("release")
@project_option
@click.option(
    "--engine",
    type=click.Choice(["auto", "docker", "podman", "buildah", "none"]),
    default="auto",
    show_default=True,
    envvar="WARDROUND_ENGINE",
    show_envvar=True,
    help="What builds and runs the image; none: the Bento is tested as it is, and there is no image.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say whether there would be a version, and which. Nothing is run or written."
)
@click.option(
    "--prepare",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Do everything but the tag, and write to this file what --finish needs.",
)
@click.option(
    "--finish",
    "finished",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Make the tag of a release that was prepared.",
)
@click.option(
    "--verify", "verified", metavar="VERSION", help="Compare what the storage keeps of a version with its tag."
)
@click.option(
    "--public-key", is_flag=True, help="Print the public half of this machine's key, for governance/release.pub."
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option
def command(  # noqa: PLR0913 - a command's options are its arguments
    directory: Path,
    engine: str,
    prepare: Path | None,
    finished: Path | None,
    verified: str | None,
    *,
    dry_run: bool,
    public_key: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make a version of the merged commit: run it again, build its service, prove that it answers, and only then tag it.

    Does nothing when model, service, contract and environment are those of the latest version. Exits with 0 in both cases, 11 when
    main's own run does not pass or the service does not answer as the model does, 13 when a file is another than the lock names, and 3
    when it could not be checked.
    """
    from wardround.cli.progress import Progress
    from wardround.flows.release.request import ReleaseRequest
    from wardround.project.layout import find

    project = find(directory)
    if sum((bool(prepare), bool(finished), bool(verified), dry_run, public_key)) > 1:
        raise UsageError(
            "--prepare, --finish, --verify, --dry-run and --public-key exclude each other", where="wardround release"
        )
    if public_key:
        from wardround.flows.release.signing_key import own_public_key

        click.echo(own_public_key(os.environ).decode(), nl=False)
        return int(ExitCode.PASS)
    from wardround.flows.release.run import check, finish, release

    with Progress(shown=not quiet and not as_json) as progress:
        asked = (project, cast("EngineName", engine), dry_run, prepare, dict(os.environ), progress.line)
        request = ReleaseRequest(*asked, ledger=True)
        if verified is not None:
            return _verified(check(request, verified), verified, as_json=as_json)
        result = release(request) if finished is None else finish(request, finished)
    _outputs(result)
    if as_json:
        echo_json(plain(result))
    else:
        _show(result)
    return int(ExitCode.PASS)


def _verified(found: Verified, version: str, *, as_json: bool) -> int:
    signed = (
        f"signed by {found.signed_by}" if found.signed_by else "no key is trusted here: nobody's signature was checked"
    )
    if as_json:
        echo_json({"version": version, "files": list(found.files), "signed_by": found.signed_by})
    else:
        click.echo(f"{version}: {', '.join(found.files)} are what the tag says; {signed}")
    return int(ExitCode.PASS)


def plain(result: ReleaseResult) -> dict[str, Any]:
    """The answer as JSON types."""
    return {
        "status": result.status,
        "project": result.project,
        "version": result.version,
        "tag": result.tag,
        "why": list(result.why),
        "record": result.record.model_dump() if result.record else None,
        "notes": list(result.notes),
    }


def _show(result: ReleaseResult) -> None:
    if result.status == "nothing to do":
        click.echo(f"nothing to release: {result.tag} has this model, service, contract and environment")
    else:
        click.echo(f"{result.status}: {result.tag}" + (f" ({', '.join(result.why)})" if result.why else ""))
    if result.record is not None and result.status != "nothing to do":
        record = result.record
        click.echo()
        click.echo(f"  commit    {record.commit}")
        click.echo(f"  image     {record.image or 'none: no container engine was used'}")
        click.echo(f"  bento     {record.bento}")
        click.echo(f"  network   {record.smoke_network} (in the smoke test)")
    for note in result.notes:
        click.echo(f"note: {note}")


def _outputs(result: ReleaseResult) -> None:
    """Outputs of a workflow's step."""
    path = os.environ.get("GITHUB_OUTPUT", "")
    if not path:
        return
    image, _, digest = (result.record.image or "").rpartition("@") if result.record else ("", "", "")
    values = {"status": result.status.replace(" ", "-"), "version": result.version, "image": image, "digest": digest}
    with Path(path).open("a", encoding="utf-8") as stream:
        stream.writelines(f"{name}={value}\n" for name, value in values.items())
