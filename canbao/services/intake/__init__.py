"""Intake: from the departments' files to the accepted state of each source."""

from canbao.outside.reader.failures import ReaderBusyError, ReaderUnavailableError
from canbao.services.intake.announcing import announced, delivery_paths
from canbao.services.intake.deciding import approve, commit, reverse, reverse_many, state_digest, waiting
from canbao.services.intake.desk import (
    Source,
    Undone,
    deliveries,
    error_file_of,
    look,
    run,
    runs,
    sources,
    undone_by,
)
from canbao.services.intake.errors import (
    BatchHeld,
    DeliveryBusy,
    LaterBatchDepends,
    NoSuchBatch,
    PreviewChanged,
    SamePerson,
    WrongStatus,
)
from canbao.services.intake.holding import BadUpload, Inbox, held_paths, inbox, inbox_folder, keep_upload
from canbao.services.intake.looking import batch_list, error_files, preview
from canbao.services.intake.places import sweep
from canbao.services.intake.receiving import Receipt, receive, record_refusal
from canbao.services.intake.returning import MOST_IN_A_BOOK
from canbao.services.intake.templates import NoSuchTemplateError, template_items, template_key, write_template

__all__ = [
    "MOST_IN_A_BOOK",
    "BadUpload",
    "BatchHeld",
    "DeliveryBusy",
    "Inbox",
    "LaterBatchDepends",
    "NoSuchBatch",
    "NoSuchTemplateError",
    "PreviewChanged",
    "ReaderBusyError",
    "ReaderUnavailableError",
    "Receipt",
    "SamePerson",
    "Source",
    "Undone",
    "WrongStatus",
    "announced",
    "approve",
    "batch_list",
    "commit",
    "deliveries",
    "delivery_paths",
    "error_file_of",
    "error_files",
    "held_paths",
    "inbox",
    "inbox_folder",
    "keep_upload",
    "look",
    "preview",
    "receive",
    "record_refusal",
    "reverse",
    "reverse_many",
    "run",
    "runs",
    "sources",
    "state_digest",
    "sweep",
    "template_items",
    "template_key",
    "undone_by",
    "waiting",
    "write_template",
]
