"""Tiny projects whose source a test writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wardround.project.layout import Project
from wardround.project.params import from_mapping

CONTRACT = """\
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    visit: Series[str]
    person: Series[str] = pa.Field(nullable=True)
    when: Series[pd.Timestamp] = pa.Field(nullable=True)
    age: Series[pd.Int64Dtype] = pa.Field(ge=0, le=120, nullable=True, metadata={"missing": ["-1"]})
    site: Series[str] = pa.Field(isin=["a", "b"], nullable=True)
    sick: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1], nullable=True)
"""

PARAMS: dict[str, Any] = {
    "project": {"name": "tiny"},
    "data": {
        "source": "files",
        "path": "t.csv",
        "columns": {"encounter": "visit", "subject": "person", "time": "when", "site": "site", "outcome": "sick"},
        "partitions": 3,
    },
}

Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a project; keyword arguments replace keys of ``data`` and, dotted away, its columns."""

    def project(contract: str = CONTRACT, *, columns: dict[str, Any] | None = None, **data: Any) -> Project:
        (tmp_path / "pipelines").mkdir(exist_ok=True)
        (tmp_path / "pipelines" / "contract.py").write_text(contract)
        merged = {**PARAMS["data"], **data}
        if columns is not None:
            merged["columns"] = columns
        made = Project(tmp_path)
        made.__dict__["params"] = from_mapping({**PARAMS, "data": merged})
        return made

    return project
