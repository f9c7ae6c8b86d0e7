"""What somebody does who rules the machine: database owner, home folder, program. Inside it everything agrees afterwards."""

from __future__ import annotations

import json
from dataclasses import replace

from canbao.rules.anchors import START, line_of, read_line
from canbao.services import audit
from canbao.services.audit import chain
from canbao.services.audit.anchors import _code
from canbao.services.audit.delivered import folder
from canbao.store.models import JournalSeal
from tests.journal import as_owner

COLUMNS = "from_id, to_id, count, leaves, prev_digest, digest, sealed_at"


def rewrite(statement: str) -> None:
    """Change the journal, make the chain anew link by link with the old times, and every anchor of it: journal and file."""
    links = list(JournalSeal.objects.order_by("id"))
    with as_owner() as cursor:
        cursor.execute("alter table journal_seal disable trigger journal_seal_follows")
        cursor.execute(statement)
        cursor.execute("truncate journal_seal")
        digest, after = START, 0
        for link in links:
            leaves = list(chain.leaves_of(after, link.to_id))
            made = chain._link(prev_digest=digest, leaves=leaves, at=link.sealed_at)
            values = [getattr(made, name.strip()) for name in COLUMNS.split(",")]
            cursor.execute(
                f"insert into journal_seal (id, {COLUMNS}) overriding system value values (%s{', %s' * 7})",
                [link.pk, *values],
            )
            digest, after = made.digest, made.to_id
            _remember_anew(cursor, link.digest, made.digest)
        cursor.execute("alter table journal_seal enable always trigger journal_seal_follows")
    _file_anew()


def _remember_anew(cursor: object, before: str, digest: str) -> None:
    """The lines of the journal about anchors, before the link that seals them is made."""
    cursor.execute(  # type: ignore[attr-defined]
        "update journal set detail = replace(detail::text, %s, %s)::jsonb where event = 'JOURNAL_ANCHORED'",
        [before, digest],
    )


def _file_anew() -> None:
    """With the key that lies beside it."""
    digests = dict(JournalSeal.objects.values_list("pk", "digest"))
    path, before, lines = folder() / "anchors.jsonl", "", []
    for text in path.read_text().splitlines():
        anchor = read_line(json.loads(text)["anchor"])
        said = line_of(replace(anchor, digest=digests.get(anchor.seal, anchor.digest)))
        lines.append(json.dumps({"anchor": said, "code": _code(said, before)}))
        before = lines[-1]
    path.write_text("".join(f"{line}\n" for line in lines))
    assert all(kept.genuine for kept in audit.anchors())
