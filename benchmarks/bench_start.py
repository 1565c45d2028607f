"""`wardround --help` against a click program that says hello: at most 1.5 times as long."""

import sys
import tempfile
from pathlib import Path

from timing import arguments, paired, process, tell

HELLO = """import click

@click.group()
def main():
    "Says hello."

@main.command()
@click.option("--name", help="Who.")
def hello(name):
    "Say hello."
    click.echo(name)

main()
"""

if __name__ == "__main__":
    options = arguments(__doc__, runs=15)
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "hello.py"
        script.write_text(HELLO)
        command = str(Path(sys.executable).parent / "wardround")
        result = paired(
            lambda: process([command, "--help"]), lambda: process([sys.executable, str(script), "--help"]), options.runs
        )
    tell("wardround --help", "click hello-world --help", "1.5", result, options.out)
