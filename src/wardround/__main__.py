"""``python -m wardround``."""

from wardround.cli.main import run

if __name__ == "__main__":
    run()
