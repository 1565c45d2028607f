"""Scoring of whole tables: encounters from files, whole subjects at a time, to Parquet parts and to the prediction log.

The way of an encounter is that of the service: the same contract, the same features, the same served form, the same log. A run that was
killed goes on after its last finished part and ends in the same bytes.
"""

from wardround.scoring.run import Done, ScoreRequest, score

__all__ = ["Done", "ScoreRequest", "score"]
