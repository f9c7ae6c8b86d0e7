"""One file through the services as pages and jobs call them: what became of it, and whether anything was left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from os import getpid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.evidence import EvidenceKind
from canbao.rules.roles import Actor, Role
from canbao.services import evidence, intake
from tests.attack.seeds import NAMES
from tests.worlds import person, survey_round, survey_task, town_offices

OPERATOR = Actor("fuzz-operator", Role.MUNICIPAL_OPERATOR, "50")
PAPERS = frozenset({"jpeg", "png", "pdf"})
GOOD = "police.csv"
DRAWN = 2  # pages of a paper that are looked at
PAPERS_OF_ONE = 5  # papers that an account sends


class _Undone(Exception):
    """Takes back what a good file wrote, so that the next finds the register as it was."""


class Target:
    """A home whose database is migrated; `send` says what became of a file. Raises nothing that the product anticipates."""

    def __init__(self, *, name: str) -> None:
        self._home = Path(settings.CANBAO_HOME)
        self._folder = self._home / "inbox" / name
        town = town_offices()[0]
        self._papers = 0
        self._number = 77_000_000 + abs(hash(name)) % 1_000_000
        self._town, self._task = town, 0

    def send(self, kind: str, content: bytes) -> str:
        """ "accepted", or "refused" with the reason; what is left behind, or raised, is a fault of the product."""
        act: Callable[[], str] = lambda: self._paper(kind, content) if kind in PAPERS else self._delivery(kind, content)  # noqa: E731
        said = ""
        try:
            with transaction.atomic():
                said = act()
                raise _Undone
        except _Undone:
            pass
        left = self._left()
        return f"left behind {', '.join(left)}" if left else said

    @property
    def _clerk(self) -> Actor:
        """Another account after some papers: none is stopped by its budget, so that every file is opened."""
        return Actor(f"fuzz-{getpid()}-{self._papers // PAPERS_OF_ONE}", Role.TOWN_CLERK, self._town)

    def _paper(self, kind: str, content: bytes) -> str:
        self._papers += 1
        task = survey_task(survey_round(), person(self._number, self._town)).pk
        given: dict[str, Any] = {"kind": EvidenceKind.OTHER, "actor": self._clerk, "at": datetime.now(UTC)}
        try:
            paper = evidence.add(task, files=[(NAMES[kind], content)], **given)
        except evidence.BadFile as bad:
            return f"refused {type(bad.__cause__).__name__}"
        pages = evidence.view(paper.pk, actor=self._clerk, at=given["at"]).pages
        try:
            for number in range(1, min(pages, DRAWN) + 1):
                evidence.picture(paper.pk, number=number, actor=self._clerk, at=given["at"])
        except (evidence.NotAPaper, evidence.Damaged) as error:
            return f"accepted, not drawn: {type(error).__name__}"
        return "accepted"

    def _delivery(self, kind: str, content: bytes) -> str:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700)
        (self._folder / NAMES[kind]).write_bytes(content)
        said = {"source": "police", "kind": "full", "as_of": "2026-10-31"}
        if kind == "manifest":
            (self._folder / GOOD).write_bytes(_good())
            said = {}
        at = datetime.now(UTC)
        list(intake.inbox(actor=OPERATOR))
        try:
            try:
                manifest = intake.announced(self._folder, **said)
            except DeliveryRefused as refusal:
                intake.record_refusal(refusal, path=self._folder, actor=OPERATOR, at=at)
                raise
            receipt = intake.receive(manifest, actor=OPERATOR, at=at)
        except DeliveryRefused as refusal:
            return f"refused {refusal.code}"
        counts = receipt.batch.counts
        added = sum(counts[name] for name in ("accepted", "unchanged", "quarantined", "rejected"))
        return "accepted" if added == receipt.delivery.rows else f"rows lost: {added} of {receipt.delivery.rows}"

    def _left(self) -> list[str]:
        """Files that nobody will look for again; and what a good delivery legitimately kept is taken away."""
        found = []
        for path in (self._home / "deliveries").rglob("*"):
            if path.name.startswith("spill") or path.name.endswith(".part"):
                found.append(path.name)
        for name in ("tmp", "uploads"):
            found += [f"{name}/{path.name}" for path in (self._home / name).rglob("*") if path.is_file()]
        for folder in ("deliveries", "evidence", "tmp"):
            for path in (self._home / folder).glob("*"):
                with suppress(OSError):
                    shutil.rmtree(path)
        return found


def _good() -> bytes:
    from tests.attack.seeds import seeds

    return seeds("csv")[0]
