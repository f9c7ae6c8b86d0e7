"""What keeps a reader from harm on this system, as it was found out by trying when the server started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from canbao.outside.reader.limits import Operation
from canbao.outside.reader.lock import Protection, Trial


@dataclass(frozen=True, slots=True)
class Protections:
    """held: what the system applied. used: what readers apply (a filter under which good files cannot be read is left off).

    refused: what a locked process tried in vain. unreadable: operations that fail with a good file too. watched: whether
    the memory of a process can be looked at while it runs. landlock: the version the kernel speaks, 0 for none.
    """

    held: frozenset[Protection]
    used: frozenset[Protection]
    refused: frozenset[Trial]
    unreadable: frozenset[Operation]
    watched: bool
    landlock: int

    @property
    def essential(self) -> bool:
        """Whether files may be read at all: memory is limited, and nothing else can be opened, reached or started."""
        return Protection.LIMITS in self.held and {Trial.MEMORY, Trial.FILES, Trial.NETWORK} <= self.refused

    @property
    def complete(self) -> bool:
        return self.used == frozenset(Protection) and self.refused == frozenset(Trial) and self.watched

    def as_json(self) -> dict[str, Any]:
        return {
            "held": sorted(self.held), "used": sorted(self.used), "refused": sorted(self.refused),
            "unreadable": sorted(self.unreadable), "watched": self.watched, "landlock": self.landlock,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Protections:
        return cls(
            frozenset(map(Protection, data["held"])), frozenset(map(Protection, data["used"])),
            frozenset(map(Trial, data["refused"])), frozenset(map(Operation, data["unreadable"])),
            bool(data["watched"]), int(data["landlock"]),
        )  # fmt: skip
