"""Runs of the small project over its own encounters."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from wardround.monitoring.predictions import ReadRequest, read
from wardround.scoring import ScoreRequest, score
from wardround.service.settings import LogPlace, Settings


@dataclass
class Bench:
    """A place for inputs, outputs and a log of one test."""

    project: Any
    root: Path

    def write(self, frame: pd.DataFrame, name: str = "in.parquet", **how: Any) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".csv"):
            frame.to_csv(path, index=False, date_format="%Y-%m-%dT%H:%M:%S")
        else:
            frame.to_parquet(path, index=False, **how)
        return str(path)

    @property
    def settings(self) -> Settings:
        key = self.root / "key"
        key.write_text("0123456789abcdef0123456789abcdef\n")
        log = LogPlace(str(self.root / "predictions"), self.root / "wal", key)
        return Settings(self.project.root, self.project.layout.model, log=log, stage="prod")

    def request(self, source: str, output: str = "out", **how: Any) -> ScoreRequest:
        how = {"part_rows": 100, "settings": self.settings, **how}
        return ScoreRequest(
            input=source, output=str(self.root / output), scratch=self.root / "scratch", root=self.root, **how
        )

    def score(self, source: str, output: str = "out", **how: Any):
        return score(self.request(source, output, **how))

    def without_log(self) -> Settings:
        return replace(self.settings, log=None)

    def output(self, name: str = "out") -> pd.DataFrame:
        """All parts in the input's order."""
        parts = sorted((self.root / name).glob("part-*.parquet"))
        return (
            pa.concat_tables([parquet.read_table(part) for part in parts])
            .to_pandas()
            .sort_values("row", ignore_index=True)
        )

    def logged(self) -> pa.Table:
        """The log as monitoring reads it."""
        return pa.concat_tables(list(read(ReadRequest(str(self.root / "predictions")))), promote_options="permissive")

    def log_lines(self) -> int:
        """Rows of all files of the log, whatever reading would leave out."""
        return sum(parquet.read_metadata(path).num_rows for path in (self.root / "predictions").rglob("*.parquet"))


def content(directory: Path) -> dict[str, bytes]:
    """Every file and its bytes."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}
