"""Evidence held against the chain, link by link: what agrees vouches for all before it, what does not encloses the harm."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from canbao.rules.anchors import START, Anchor
from canbao.services.audit.evidence import AnchorEvidence, Source
from canbao.services.audit.findings import Finding, Harm
from canbao.services.audit.report import Witness
from canbao.store.models.journal import JournalSeal

LONG = timedelta(hours=2)  # without a witness, during which an anchor was due twelve times
MOST_NOTICES = 10


class Comparison:
    """Collects which evidence agrees with the chain while somebody walks along it."""

    def __init__(self, evidence: Iterable[AnchorEvidence], *, printed: Iterable[str] = ()) -> None:
        self._waiting: dict[int, list[AnchorEvidence]] = defaultdict(list)
        self.good: list[AnchorEvidence] = []
        self.broken: list[AnchorEvidence] = []
        self._printed = {digest.strip().lower() for digest in printed}
        for item in evidence:
            if item.anchor.seal:
                self._waiting[item.anchor.seal].append(item)
            else:  # of a chain that had no link yet
                (self.good if item.anchor.digest == START else self.broken).append(item)

    def see(self, link: JournalSeal, *, entries: int) -> None:
        """The next link; entries: how many are sealed up to its end."""
        for item in self._waiting.pop(link.pk, ()):
            agrees = (item.anchor.digest, item.anchor.last_id) == (link.digest, link.to_id)
            (self.good if agrees else self.broken).append(item)
        if link.digest in self._printed:
            self._printed.discard(link.digest)
            anchor = Anchor("", 0, link.sealed_at, link.pk, entries, link.to_id, link.digest)
            self.good.append(AnchorEvidence(Source.PAPER, anchor, link.sealed_at))

    def finish(self) -> Iterator[Finding]:
        """After the last link: everything that does not agree, with the chain or with each other."""
        self.broken += [item for items in self._waiting.values() for item in items]
        yield from self._against_chain()
        yield from self._against_each_other()
        yield from (Finding(Harm.PRINTED_UNKNOWN, 0, says=digest) for digest in sorted(self._printed))

    def proven(self) -> AnchorEvidence | None:
        """What reaches furthest of the evidence from outside, before any that does not agree; of several what was there first.

        What agrees only after something that does not was made of a chain that had been rewritten before.
        """
        limit = min((item.anchor.last_id for item in self.broken if item.source.is_outside), default=None)
        outside = [
            item
            for item in self.good
            if item.source.is_outside and item.anchor.last_id and (limit is None or item.anchor.last_id < limit)
        ]
        return min(outside, key=lambda item: (-item.anchor.last_id, item.at), default=None)

    def witnesses(self) -> list[Witness]:
        """How much each source says that agrees."""
        found: dict[Source, list[AnchorEvidence]] = defaultdict(list)
        for item in self.good:
            found[item.source].append(item)
        return [_witness(source, found[source]) for source in Source if source in found]

    def notices(self) -> Iterator[str]:
        """What is no harm by itself."""
        recorded, filed = self._numbers(Source.RECORD), self._numbers(Source.FILE)
        for number in sorted(filed - recorded)[:MOST_NOTICES]:
            yield f"第 {number} 号凭证没有记入日志：生成时办理中断，或其后尚未封存的日志被删除。"
        times = sorted(item.anchor.at for item in self.good if item.source.is_outside)
        if times:
            yield f"相符的机外存证最早是 {_moment(times[0])}；在那之前的改动，机外存证不能发现。"
        gaps = [(after - before, before, after) for before, after in pairwise(times) if after - before > LONG]
        for _, before, after in sorted(gaps, reverse=True)[:MOST_NOTICES]:
            yield f"自 {_moment(before)} 至 {_moment(after)} 没有机外存证。"

    def _against_chain(self) -> Iterator[Finding]:
        by_number: dict[int, list[AnchorEvidence]] = defaultdict(list)
        for item in self.broken:
            if item.source is Source.RECORD:
                yield Finding(Harm.RECORD_FALSE, item.entry, at=item.at, says=f"第 {item.anchor.number} 号凭证")
            else:
                by_number[item.anchor.number].append(item)
        good_ids = sorted({item.anchor.last_id for item in self.good})
        for number, items in sorted(by_number.items()):
            anchor, sources = items[0].anchor, "、".join(dict.fromkeys(item.source.label for item in items))
            place = bisect_left(good_ids, anchor.last_id)
            good = good_ids[place - 1] if place else 0
            says = f"{sources}，{anchor.at:%Y-%m-%d %H:%M} UTC：问题在第 {good + 1} 条至第 {anchor.last_id} 条之间"
            yield Finding(Harm.ANCHOR_BROKEN, number, at=anchor.at, says=says)

    def _against_each_other(self) -> Iterator[Finding]:
        """The journal remembers every anchor; anybody else who knows of one has to know the same."""
        recorded: dict[int, set[Anchor]] = defaultdict(set)
        others: dict[Source, dict[int, set[Anchor]]] = defaultdict(lambda: defaultdict(set))
        for item in (*self.good, *self.broken):
            held = recorded if item.source is Source.RECORD else others[item.source]
            held[item.anchor.number].add(item.anchor)
        others.pop(Source.PAPER, None)
        for number in sorted(recorded.keys() - others[Source.FILE].keys()):
            yield Finding(Harm.ANCHOR_MISSING, number)
        last = max(recorded, default=0)
        for source, anchors in others.items():
            for number, said in sorted(anchors.items()):
                if number in recorded and not said & recorded[number]:
                    yield Finding(Harm.ANCHOR_DIFFERS, number, says=source.label)
                if source.is_outside and number > last:
                    yield Finding(Harm.END_CUT, number, at=min(item.at for item in said), says=source.label)

    def _numbers(self, source: Source) -> set[int]:
        return {item.anchor.number for item in (*self.good, *self.broken) if item.source is source}


def _witness(source: Source, items: list[AnchorEvidence]) -> Witness:
    times = [item.at for item in items]
    return Witness(source, len(items), min(times), max(times), max(item.anchor.number for item in items))


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
