"""``wardround completion``."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: wardround completion bash >> ~/.bashrc
    zsh:  wardround completion zsh  >> ~/.zshrc
    fish: wardround completion fish > ~/.config/fish/completions/wardround.fish
    """  # noqa: D301 - click's mark for a block that is not wrapped
    from click.shell_completion import get_completion_class

    from wardround.cli.main import main

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "wardround", "_WARDROUND_COMPLETE").source())
