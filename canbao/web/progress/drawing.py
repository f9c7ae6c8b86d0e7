"""The bar of an office, drawn on the server; the columns beside it say the same."""

from __future__ import annotations

from dataclasses import dataclass

from canbao.services.survey.progress import Counts

PARTS = (("done", "录入办结"), ("back", "已交镇街"), ("visited", "已走访"), ("sent_back", "退回"), ("left", "未走访"))
LENGTH = 100  # of the bar of an office


@dataclass(frozen=True, slots=True)
class Bar:
    """Numbers as texts: an SVG knows no thousands."""

    x: str
    width: str
    tone: str
    title: str


def of_office(counts: Counts) -> list[Bar]:
    """One bar in as many parts as there are kinds of lines; nothing for an office without lines."""
    numbers = {
        "done": counts.done, "back": counts.handed_in + counts.returned, "visited": counts.visited,
        "sent_back": counts.sent_back, "left": counts.planned + counts.to_visit + counts.trying,
    }  # fmt: skip
    found, x = [], 0.0
    for name, label in PARTS:
        width = LENGTH * numbers[name] / counts.total if counts.total else 0
        if width:
            found.append(Bar(f"{x:.2f}", f"{width:.2f}", name, f"{label} {numbers[name]:,}"))
        x += width
    return found
