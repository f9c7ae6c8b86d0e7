"""Every model of the register, one file per aggregate."""

from canbao.store.models.intake import Batch, BatchStatus, Delivery, DeliveryState, SourceState
from canbao.store.models.journal import JournalEntry, JournalSeal
from canbao.store.models.reference import (
    CodeEntry,
    CodeMapping,
    Division,
    DivisionSuccessor,
    Office,
    OfficeCoverage,
)

__all__ = [
    "Batch",
    "BatchStatus",
    "CodeEntry",
    "CodeMapping",
    "Delivery",
    "DeliveryState",
    "Division",
    "DivisionSuccessor",
    "JournalEntry",
    "JournalSeal",
    "Office",
    "OfficeCoverage",
    "SourceState",
]
