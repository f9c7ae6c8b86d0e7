"""What the chain was at a moment, noted in the journal itself and in a file beside the database.

The file is a record, no proof: each line carries an HMAC-SM3 over itself and the line before, but its key lies in the same
folder, and anybody who can rewrite the one can rewrite the other. Proof is what lies outside the machine (`delivery`, `evidence`).
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum

from canbao.outside import queue
from canbao.outside.signatures import opened
from canbao.rules.anchors import START, Anchor, AnchorTextError, line_of, read_line, register_name
from canbao.rules.division import CITY
from canbao.rules.permissions import Permission
from canbao.rules.roles import Actor
from canbao.services.audit.chain import last_seal
from canbao.services.audit.delivered import folder, remembered, write_whole
from canbao.services.audit.events import Event
from canbao.services.audit.journal import record
from canbao.services.audit.reading import OnlyPart, require
from canbao.store.models.journal import JournalSeal

LINE_BYTES = 512  # that no line of the file has
_BEGINS = '{"anchor": "'


@dataclass(frozen=True)
class Kept:
    """A line of the file; anchor: None where the line was spoilt; genuine: it carries the code for its content and its place.

    is_torn: what a write that broke off left behind, between two anchors that follow each other.
    """

    anchor: Anchor | None
    genuine: bool
    is_torn: bool = False


def anchor(*, actor: Actor, at: datetime) -> Anchor:
    """Note what the chain is now, in the file and in the journal; the journal also notes what has got outside so far.

    Raises NotAllowed, OnlyPart.
    """
    _require_city(actor)
    with transaction.atomic(), _locked():
        before = next(iter(_last_lines(1)), "")
        made = _of_now(number=_number_after(before), at=at)
        detail = {"anchor": line_of(made), "seal": made.seal, "digest": made.digest} | remembered()
        record(
            Event.JOURNAL_ANCHORED, actor=actor, at=at, target_kind="anchor", target_id=str(made.number), detail=detail
        )
        _append(line_of(made), after=before)
    return made


@transaction.atomic
def order_anchor(*, actor: Actor, at: datetime) -> None:
    """Have the worker make an anchor now: the pages cannot write its line in the journal (store/events.sql).

    Raises NotAllowed, OnlyPart.
    """
    _require_city(actor)
    queue.defer("anchor_journal", timestamp=int(at.timestamp()))
    detail: dict[str, object] = {"kind": "生成封存凭证"}
    record(Event.JOB_ASKED, actor=actor, at=at, target_kind="anchor", detail=detail)


def _require_city(actor: Actor) -> None:
    require(actor, Permission.JOURNAL_VERIFY)
    if actor.office != CITY:
        raise OnlyPart(actor.office)


def anchors(most: int = 0) -> list[Kept]:
    """All that were kept, oldest first; or only the newest so many."""
    lines = _last_lines(most + 1) if most else _lines()
    before = lines.pop(0) if most and len(lines) > most else ""
    kept = []
    for line in lines:
        kept.append(_kept(line, before))
        before = line
    for place in range(1, len(kept) - 1):
        if _is_torn(lines[place], kept[place - 1], kept[place], kept[place + 1]):
            kept[place] = replace(kept[place], is_torn=True)
    return kept


def _is_torn(line: str, before: Kept, kept: Kept, after: Kept) -> bool:
    """A write that broke off was not completed in the journal either, so its number was given to the next anchor."""
    if kept.anchor or not (before.genuine and before.anchor and after.genuine and after.anchor):
        return False
    return _BEGINS.startswith(line[: len(_BEGINS)]) and after.anchor.number == before.anchor.number + 1


def kept_anchor(number: int) -> Kept | None:
    """The anchor of this number."""
    before, mark = "", f" number={number} "
    for line in _lines():
        if mark in line and (kept := _kept(line, before)).anchor:
            return kept
        before = line
    return None


def latest(most: int) -> list[Anchor]:
    """The newest, oldest of them first, without looking at the others; spoilt lines are left out."""
    return [kept.anchor for line in _last_lines(most) if (kept := _kept(line, "")).anchor]


def keep_signature(document: str, *, actor: Actor, at: datetime) -> Anchor:
    """Keep what the auditor signed away from the machine; gives the anchor that was signed.

    Raises NotAllowed, SignatureFileError, SigningKeyError, AnchorTextError.
    """
    require(actor, Permission.JOURNAL_VERIFY)
    signed = opened(document, public=Path(settings.CANBAO_AUDITOR_KEY))
    made = read_line(signed.text)
    with transaction.atomic():
        detail: dict[str, object] = {"digest": made.digest}
        record(Event.ANCHOR_SIGNED, actor=actor, at=at, target_kind="anchor", target_id=str(made.number), detail=detail)
        write_whole(folder() / "signatures" / f"{made.number:08}.sig", document.encode())
    return made


@contextmanager
def _locked() -> Iterator[None]:
    """Nobody else adds a line meanwhile."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder() / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _of_now(*, number: int, at: datetime) -> Anchor:
    last = last_seal()
    entries = JournalSeal.objects.aggregate(n=Sum("count"))["n"] or 0
    seal, last_id, digest = (last.pk, last.to_id, last.digest) if last else (0, 0, START)
    register, moment = register_name(settings.CANBAO_REGISTER), at.replace(microsecond=0)
    return Anchor(register, number, moment, seal, entries, last_id, digest)


def _number_after(line: str) -> int:
    """One more than the last in the file; where the file is lost, than the last that the journal remembers."""
    kept = _kept(line, "").anchor if line else None
    if kept:
        return kept.number + 1
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(max(target_id::bigint), 0) + 1 from journal where event = %s and target_id ~ '^[0-9]{1,11}$'",
            [Event.JOURNAL_ANCHORED],
        )
        return int(cursor.fetchone()[0])


def _lines() -> list[str]:
    path = folder() / "anchors.jsonl"
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _last_lines(most: int) -> list[str]:
    path = folder() / "anchors.jsonl"
    if not path.exists():
        return []
    with path.open("rb") as file:
        start = max(0, path.stat().st_size - (most + 1) * LINE_BYTES)
        file.seek(start)
        lines = file.read().decode("utf-8", "replace").splitlines()
    return lines[1 if start else 0 :][-most:]


def _append(line: str, *, after: str) -> None:
    """A line of its own, also where a write before it broke off."""
    handle = os.open(folder() / "anchors.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    size = os.fstat(handle).st_size
    begins = "\n" if size and os.pread(handle, 1, size - 1) != b"\n" else ""
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(begins + json.dumps({"anchor": line, "code": _code(line, after)}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _kept(line: str, before: str) -> Kept:
    try:
        content = json.loads(line)
        said, code = str(content["anchor"]), str(content["code"])
        return Kept(read_line(said), genuine=bytes_eq(code.encode(), _code(said, before).encode()))
    except (ValueError, KeyError, TypeError, RecursionError, AnchorTextError):
        return Kept(None, genuine=False)


def _code(line: str, before: str) -> str:
    made = HMAC(_key(), SM3())
    made.update(json.dumps([line, before]).encode())
    return made.finalize().hex()


def _key() -> bytes:
    """Made at the first anchor, beside the other secrets of the home."""
    path = Path(settings.CANBAO_HOME) / "anchor_key"
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text())
