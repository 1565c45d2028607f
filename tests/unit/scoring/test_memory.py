"""Memory of a run does not grow with its rows."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from modelling_sample import encounters as drawn

CHILD = """
import json, resource, sys
from pathlib import Path
from wardround.scoring import ScoreRequest, score
from wardround.service.settings import LogPlace, Settings
project, source, place = map(Path, sys.argv[1:])
log = LogPlace(str(place / "log"), place / "wal", place / "key", own_key=True)
done = score(ScoreRequest(Settings(project, project / "models" / "model", log=log), str(source), str(place / "out"), place / "scratch"))
print(json.dumps([done.answered, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def most(project, source, place):
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(project), str(source), str(place)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@pytest.mark.slow
def test_ten_times_the_rows_take_the_same_memory(trained, tmp_path):
    base = drawn(60_000, seed=4)[["visit", "patient", "at", "left", "age", "sex", "code", "smoker", "lab"]]
    found = []
    for times in (5, 50):  # 300,000 and 3,000,000 rows
        directory = tmp_path / f"in-{times}"
        directory.mkdir()
        for number in range(times):
            own = base.assign(visit=base["visit"] + f"-{number}", patient=base["patient"] + f"-{number}")
            pd.DataFrame(own).to_parquet(directory / f"{number:03d}.parquet", index=False)
        rows, mib = most(trained.root, directory, tmp_path / f"run-{times}")
        assert rows == times * 60_000
        found.append(mib)
    assert found[1] < found[0] + 200, found
    assert np.isfinite(found).all()
