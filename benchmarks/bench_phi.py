"""How fast the scan for identifiers is, and how often it errs: on this repository, on Synthea's bundles, on a change of usual size.

    python benchmarks/bench_phi.py [--synthea ../shared/data/synthea_fhir_r4/bundles.tar.gz]

There is no peer that scans without a model of language; what is measured is processor time, so that other work counts little. Wanted: 100 MB of text a
core-minute, and a usual change in two seconds.
"""

import argparse
import bisect
import gzip
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path

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
_RESOURCE = re.compile(r'"resourceType": "(\w+)"')


def repository() -> dict[str, float]:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    size = lines = found = 0
    start = time.process_time()
    for name in names:
        if name.startswith(("tests/unit/phi/", "tests/unit/flows/test_phi", "tests/integration/forget/")):
            continue  # made to be found
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


def change() -> tuple[float, float]:
    """A change of 40 files and 2,000 lines, through the whole command: seconds on the clock and of the processor, the best of three."""
    with tempfile.TemporaryDirectory() as place:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]

        def git(*args: str) -> None:
            subprocess.run(["git", *who, *args], cwd=place, check=True, capture_output=True)

        git("init", "-qb", "main")
        sources = sorted((ROOT / "src/wardround").rglob("*.py"))[:40]
        for path in sources:
            (Path(place) / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        git("add", "-A")
        git("commit", "-qm", "First")
        git("checkout", "-qb", "change")
        for path in sources:
            target = Path(place) / path.name
            target.write_text(target.read_text(encoding="utf-8") + "# a line of the change\n" * 50, encoding="utf-8")
        git("add", "-A")
        git("commit", "-qm", "Change")
        times = []
        for _ in range(3):
            start, spent = time.perf_counter(), sum(os.times()[2:4])
            subprocess.run(
                [sys.executable, "-m", "wardround", "phi", "--base", "main", "--project", place],
                check=True,
                capture_output=True,
            )
            times.append((time.perf_counter() - start, sum(os.times()[2:4]) - spent))
        return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synthea", type=Path, default=ROOT.parent / "shared/data/synthea_fhir_r4/bundles.tar.gz")
    given = parser.parse_args()
    own = repository()
    print(
        f"repository: {own['bytes'] / 1e6:.1f} MB, {60 * own['bytes'] / 1e6 / own['seconds']:.0f} MB a core-minute, {own['found']} findings in {own['lines']} lines, {1000 * own['found'] / own['lines']:.3f} in 1,000"
    )
    if given.synthea.is_file():
        other, kinds = synthea(given.synthea)
        false = sum(count for name, count in kinds.items() if name.startswith("false"))
        print(
            f"Synthea:    {other['bytes'] / 1e6:.1f} MB, {60 * other['bytes'] / 1e6 / other['seconds']:.0f} MB a core-minute, {1000 * false / other['lines']:.4f} false alarms in 1,000 lines"
        )
        print(f"            {dict(kinds.most_common())}")
    clock, spent = change()
    print(f"a change of 40 files and 2,000 lines: {clock:.2f} s, {spent:.2f} s of the processor")


if __name__ == "__main__":
    main()
