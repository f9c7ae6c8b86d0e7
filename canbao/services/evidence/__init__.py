"""Papers that prove something: taken in, kept under lock, shown as pictures, withdrawn, never deleted (规程第八、二十一条)."""

from canbao.outside.papers import (
    MOST_BYTES,
    MOST_PAGES,
    Broken,
    Empty,
    Encrypted,
    NoReaderError,
    NotAPaper,
    NotDrawnError,
    NotKnown,
    NotReadNowError,
    TooHeavyError,
    TooLarge,
    TooManyPages,
    TooManyPixels,
)
from canbao.outside.viruses import Infected, NotScanned
from canbao.services.evidence.adding import (
    MOST_AT_ONCE,
    MOST_FILES,
    MOST_SECONDS,
    IssuedLater,
    NoFiles,
    NoItem,
    TooMuch,
    add,
)
from canbao.services.evidence.keeping import sweep
from canbao.services.evidence.looking import Damaged, Page, Paper, check, of_task, picture, proving, view
from canbao.services.evidence.refusing import BadFile, PausedError, SameTwice, TookTooLongError
from canbao.services.evidence.removing import AlreadyRemoved, remove
from canbao.services.evidence.turns import MOST_HEAVY, OneAtATimeError

__all__ = [
    "MOST_AT_ONCE",
    "MOST_BYTES",
    "MOST_FILES",
    "MOST_HEAVY",
    "MOST_PAGES",
    "MOST_SECONDS",
    "AlreadyRemoved",
    "BadFile",
    "Broken",
    "Damaged",
    "Empty",
    "Encrypted",
    "Infected",
    "IssuedLater",
    "NoFiles",
    "NoItem",
    "NoReaderError",
    "NotAPaper",
    "NotDrawnError",
    "NotKnown",
    "NotReadNowError",
    "NotScanned",
    "OneAtATimeError",
    "Page",
    "Paper",
    "PausedError",
    "SameTwice",
    "TooHeavyError",
    "TooLarge",
    "TooManyPages",
    "TooManyPixels",
    "TooMuch",
    "TookTooLongError",
    "add",
    "check",
    "of_task",
    "picture",
    "proving",
    "remove",
    "sweep",
    "view",
]
