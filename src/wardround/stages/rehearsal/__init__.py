"""A whole table drawn from a contract, for a rehearsal where no patient data may be: it shows that a pipeline runs, and no more."""

from wardround.stages.rehearsal.encounters import Drawn, Wish, encounters, write

__all__ = ["Drawn", "Wish", "encounters", "write"]
