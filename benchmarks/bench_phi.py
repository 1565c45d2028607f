"""How fast the scan for identifiers is, and how often it errs: on this repository, on Synthea's bundles, on a change of usual size.

    python benchmarks/bench_phi.py [--synthea ../shared/data/synthea_fhir_r4/bundles.tar.gz] [--runs 7] [--out FILE]

Wanted: 100 MB of text a core-minute, by processor time, so that other work counts little; and the diff of a usual pull request in two seconds on the
clock, from the start of the process to its end. There is no peer that scans without a model of language: beside the pull request stands a Python that
reads the same diff through the same library and looks for nothing.
"""

import argparse
import bisect
import gzip
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path

from timing import paired, process, tell

from wardround.flows.project_files import InitRequest, content_of
from wardround.phi.scanning import scan

ROOT = Path(__file__).resolve().parent.parent
#: A resource that is about the patient; about those who treat; the rest holds no identifier, so that what is found there is a false alarm.
ABOUT = {
    "Patient": "patient",
    "Practitioner": "staff",
    "PractitionerRole": "staff",
    "Organization": "institution",
    "Location": "institution",
}
#: Tests whose identifiers are made to be found.
MADE = (
    "tests/unit/phi/",
    "tests/unit/flows/test_phi",
    "tests/unit/flows/test_publish_screen",
    "tests/integration/forget/",
    "tests/workflows/",
)
_RESOURCE = re.compile(r'"resourceType": "(\w+)"')


def repository() -> dict[str, float]:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    size = lines = found = 0
    start = time.process_time()
    for name in names:
        if name.startswith(MADE):
            continue
        path = ROOT / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        size, lines = size + len(text), lines + text.count("\n")
        found += len(scan(text))
    return {"bytes": size, "lines": lines, "found": found, "seconds": time.process_time() - start}


def synthea(path: Path) -> tuple[dict[str, float], Counter[str]]:
    size = lines = 0
    kinds: Counter[str] = Counter()
    spent = 0.0
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            text = gzip.decompress(stream.read()).decode()
            size, lines = size + len(text), lines + text.count("\n")
            start = time.process_time()
            hits = scan(text)
            spent += time.process_time() - start
            places = [(match.start(), match[1]) for match in _RESOURCE.finditer(text)]
            starts = [place for place, _ in places]
            for hit in hits:
                # a resource of Synthea's begins with its type, and `"resourceType": "Patient"` is itself a finding
                number = bisect.bisect_right(starts, hit.start) - 1
                kinds[ABOUT.get(places[number][1] if number >= 0 else "", f"false alarm ({hit.kind})")] += 1
    return {"bytes": size, "lines": lines, "seconds": spent}, kinds


#: Seconds on the clock that the scan of a usual pull request may take.
LIMIT = 2.0
#: MB of text a core-minute.
SPEED = 100.0
#: The peer: the same patch and messages, read as the scan reads them.
READ = """
import sys
import git
repository = git.Repo(sys.argv[1])
base = repository.merge_base("main", "HEAD")[0].hexsha
repository.git.log("-p", "-U0", "--no-renames", f"{base}..HEAD")
repository.git.log("--format=%B", f"{base}..HEAD")
repository.git.diff("-U0", "--no-renames", base)
repository.git.ls_files("--others", "--exclude-standard")
"""


def pull_request(place: Path) -> tuple[int, int]:
    """A repository as `wardround init` writes it, and a branch of three commits; how many files and lines it changes.

    Modules and their tests, a page, params, the lock of packages, a notebook with outputs, and a table of codes.
    """
    root = place / "sepsis"
    made = content_of(InitRequest(root), root, root).texts

    def git(*args: str) -> str:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *who, *args], cwd=root, check=True, capture_output=True, text=True)
        return done.stdout

    def put(files: dict[str, str], message: str) -> None:
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        git("add", "-A")
        git("commit", "-qm", message)

    root.mkdir()
    git("init", "-qb", "main")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    put({**made, "requirements.lock": lock}, "First version")
    git("checkout", "-qb", "change")
    sources = sorted((ROOT / "src/wardround/gate/rules").glob("*.py"))[:12]
    code = {
        f"pipelines/{path.name}": "".join(path.read_text(encoding="utf-8").splitlines(True)[:60]) for path in sources
    }
    put(code, "Features of the first hours\n\nRead from the charts, hour by hour.")
    codes = "code,words,group\n" + "".join(f"I{number},heart failure {number},{number % 7}\n" for number in range(150))
    cells = [
        {
            "cell_type": "code",
            "source": ["frame.describe()"],
            "outputs": [{"text": [f"{row} 0.{row} 17.5 {row}\n" for row in range(40)]}],
        }
        for _ in range(4)
    ]
    put(
        {
            "docs/features.md": "# Features\n\n"
            + "Each is read at the time of the prediction, and not after it.\n" * 60,
            "docs/codes.csv": codes,
            "docs/look.ipynb": json.dumps(
                {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}, indent=1
            ),
            "tests/test_features.py": next(iter(code.values())),
        },
        "Pages and a look",
    )
    edited = {
        "README.md": (root / "README.md").read_text(encoding="utf-8") + "\nRead docs/features.md too.\n",
        "params.yaml": (root / "params.yaml").read_text(encoding="utf-8") + "\ncompute: {jobs: 2}\n",
        "requirements.lock": lock.replace("--hash=sha256:a", "--hash=sha256:b", 20),
        "governance/card.yaml": (root / "governance/card.yaml").read_text(encoding="utf-8") + "\n# to be read again\n",
    }
    put(edited, "Versions, words")
    lines = [line.split("\t") for line in git("diff", "--numstat", "main", "change").splitlines()]
    return len(lines), sum(int(one[0]) + int(one[1]) for one in lines)


def change(options: argparse.Namespace) -> None:
    """The diff of a usual pull request, the whole command."""
    with tempfile.TemporaryDirectory() as place:
        files, lines = pull_request(Path(place))
        root = Path(place) / "sepsis"
        command = [str(Path(sys.executable).parent / "wardround"), "phi", "--base", "main"]
        result = paired(
            lambda: process(command, root), lambda: process([sys.executable, "-c", READ, str(root)]), options.runs
        )
    tell(
        f"a pull request of {files} files and {lines} lines",
        "reading it and looking for nothing",
        "none: the limit is in seconds",
        result,
        options.out,
    )
    print(f"  from the start of the process to its end: {result['ours_seconds']:.3f} s (limit {LIMIT:.0f} s)")
    if result["ours_seconds"] > LIMIT:
        sys.exit("over the limit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synthea", type=Path, default=ROOT.parent / "shared/data/synthea_fhir_r4/bundles.tar.gz")
    parser.add_argument("--runs", type=int, default=7, help="counted runs of each side")
    parser.add_argument("--out", type=Path, help="also write the result as JSON")
    given = parser.parse_args()
    own = repository()
    own_speed = 60 * own["bytes"] / 1e6 / own["seconds"]
    print(
        f"repository: {own['bytes'] / 1e6:.1f} MB, {own_speed:.0f} MB a core-minute, {own['found']} findings in {own['lines']} lines, {1000 * own['found'] / own['lines']:.3f} in 1,000"
    )
    if given.synthea.is_file():
        other, kinds = synthea(given.synthea)
        false = sum(count for name, count in kinds.items() if name.startswith("false"))
        print(
            f"Synthea:    {other['bytes'] / 1e6:.1f} MB, {60 * other['bytes'] / 1e6 / other['seconds']:.0f} MB a core-minute, {1000 * false / other['lines']:.4f} false alarms in 1,000 lines"
        )
        print(f"            {dict(kinds.most_common())}")
    if own_speed < SPEED:
        sys.exit(f"below the limit of {SPEED:.0f} MB a core-minute")
    change(given)


if __name__ == "__main__":
    main()
