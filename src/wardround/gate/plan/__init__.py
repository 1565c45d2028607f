"""The change plan (``governance/pccp.yaml``): what may be modified, and how each change is classified against it.

Pure: the plan's bytes, the changes and the evidence come in; where a change stands and a row for the audit trail go out.
"""

from wardround.gate.plan.atoms import Atom, Kind, Sides, atoms_of
from wardround.gate.plan.classify import Classified, classify
from wardround.gate.plan.reading import parse
from wardround.gate.plan.schema import FILE, ChangePlan, Modification

__all__ = ["FILE", "Atom", "ChangePlan", "Classified", "Kind", "Modification", "Sides", "atoms_of", "classify", "parse"]
