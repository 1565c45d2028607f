"""Finds the wanted Python: this one, else ``pythonX.Y`` on the PATH. A version that is not there fails the step."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path


def main() -> int:
    """The step."""
    wanted = os.environ["INPUT_VERSION"].split("\n")[0].strip()
    if not wanted and os.environ["INPUT_FILE"]:
        wanted = Path(os.environ["INPUT_FILE"]).read_text(encoding="utf-8").strip()
    wanted = wanted.removesuffix(".x")
    found, path = platform.python_version(), sys.executable
    if wanted and wanted != "3" and f"{found}.".startswith(f"{wanted}.") is False:
        other = shutil.which(f"python{wanted}")
        if other is None:
            print(f"::error::Python {wanted} is not on this machine, which has {found}; the sandbox downloads nothing")
            return 1
        folder = Path(os.environ["RUNNER_TEMP"]) / f"python{wanted}"
        folder.mkdir(exist_ok=True)
        for name in ("python", "python3"):
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(other)
        with Path(os.environ["GITHUB_PATH"]).open("a", encoding="utf-8") as stream:
            stream.write(f"{folder}\n")
        found, path = wanted, other
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as stream:
        stream.write(f"python-version={found}\npython-path={path}\n")
    print(f"Python {found}: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
