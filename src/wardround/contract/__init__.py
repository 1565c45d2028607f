"""The contract: the team's pandera schema, loaded from ``pipelines/contract.py`` and checked in batches."""

from wardround.contract.loading import load, load_text
from wardround.contract.model import RESERVED, Contract, ContractColumn, Kind

__all__ = ["RESERVED", "Contract", "ContractColumn", "Kind", "load", "load_text"]
