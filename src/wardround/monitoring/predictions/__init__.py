"""The prediction log: every answer, once, without a name in it.

An answer's line is appended to a write-ahead segment before anybody gets the answer; segments become Parquet, one directory a day, at
any fsspec URL. This holds when the process is killed at any moment; it is no promise about a power cut, because segments are not
forced to the disk for each answer.
"""

from wardround.monitoring.predictions.compaction import check_url
from wardround.monitoring.predictions.keyed import keyed, load_key
from wardround.monitoring.predictions.line import Answer, Header
from wardround.monitoring.predictions.log import LogRequest, LogUnavailable, PredictionLog
from wardround.monitoring.predictions.reading import ReadRequest, read

__all__ = [
    "Answer",
    "Header",
    "LogRequest",
    "LogUnavailable",
    "PredictionLog",
    "ReadRequest",
    "check_url",
    "keyed",
    "load_key",
    "read",
]
