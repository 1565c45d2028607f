"""End to end on UCI Diabetes 130: the default project of `wardround init`, three seeds, against the limits that we hold to.

Prints the table of the README (`--readme` writes it there). The data: Strack et al., BioMed Research International 2014:781670, CC BY 4.0;
looked for at ../shared/data/uci_diabetes130/diabetic_data.csv.gz, or where --data says.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from timing import process

HERE = Path(__file__).resolve().parent.parent
WARDROUND = str(Path(sys.executable).parent / "wardround")
#: Population -> (least AUROC, plain HistGradientBoosting on the same cut as measured before, logistic regression likewise).
LIMITS = {"new_subjects": (0.62, ".633-.639", ".627"), "all_comers": (0.65, ".661-.664", ".655")}
NAMES = {"new_subjects": "new subjects", "all_comers": "all comers"}


def make(root: Path, data: Path) -> None:
    process(
        [
            WARDROUND, "init", str(root), "--data", str(data), "--outcome", "readmitted", "--positive", "<30",
            "--subject", "patient_nbr", "--encounter", "encounter_id", "--time", "encounter_id",
            "--exclude", "discharge_disposition_id=11,13,14,19,20,21",
        ]
    )  # fmt: skip


def edit(root: Path, seed: int, recalibration: str) -> None:
    path = root / "params.yaml"
    text = re.sub(r"recalibration: \w+", f"recalibration: {recalibration}", path.read_text())
    text = re.sub(r"\n  seed: \d+\n  kind", "\n  kind", text)
    text = text.replace("model:\n  kind", f"model:\n  seed: {seed}\n  kind")
    path.write_text(text)


def measures(root: Path) -> dict[str, dict[str, dict[str, float]]]:
    metrics = json.loads((root / "reports" / "metrics.json").read_text())
    return {
        item["population"]: {**item["groups"][0]["measures"], "size": item["groups"][0]}
        for item in metrics["populations"]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=HERE.parent / "shared/data/uci_diabetes130/diabetic_data.csv.gz")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--readme", action="store_true")
    options = parser.parse_args()
    if not options.data.is_file():
        sys.exit(f"the data are not there: {options.data}")
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "diabetes"
        make(root, options.data)
        for name, seed, recalibration in [
            ("raw", options.seeds[0], "none"),
            *((str(s), s, "intercept") for s in options.seeds),
        ]:
            edit(root, seed, recalibration)
            seconds = process([sys.executable, "-m", "dvc", "repro"], cwd=root)
            found[name] = measures(root)
            print(f"{name}: {seconds:.0f} s", file=sys.stderr)
    lines = [
        "| population | encounters (events) | AUROC (95 % interval) | observed/expected | before recalibration | limit |",
        "|---|---|---|---|---|---|",
    ]
    failed = []
    for population, (least, _, _) in LIMITS.items():
        runs = [found[str(seed)][population] for seed in options.seeds]
        worst = min(runs, key=lambda run: run["auroc"]["value"])
        ratios = [run["oe"]["value"] for run in runs]
        raw = found["raw"][population]["oe"]["value"]
        auroc = worst["auroc"]
        lines.append(
            f"| {NAMES[population]} | {worst['size']['n']:,} ({worst['size']['events']:,}) | "
            f"{auroc['value']:.3f} ({auroc['low']:.3f} to {auroc['high']:.3f}) | {ratios[0]:.2f} | {raw:.2f} | AUROC ≥ {least}, O/E 0.85 to 1.15 |"
        )
        if auroc["value"] < least or not all(0.85 <= ratio <= 1.15 for ratio in ratios):
            failed.append(population)
    print("\n".join(lines))
    if options.out:
        options.out.write_text(json.dumps(found, indent=2) + "\n")
    if options.readme:
        readme = HERE / "README.md"
        block = "<!-- diabetes -->\n" + "\n".join(lines) + "\n<!-- /diabetes -->"
        readme.write_text(
            re.sub(r"<!-- diabetes -->.*?<!-- /diabetes -->", lambda _: block, readme.read_text(), flags=re.DOTALL)
        )
    sys.exit(f"below the limit: {failed}" if failed else 0)


if __name__ == "__main__":
    main()
