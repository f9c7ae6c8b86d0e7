"""Anchors outside the machine, with real receivers: what only they can prove, and that they are reached again and again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from canbao.jobs import timetable
from canbao.rules.anchors import line_of, read_line
from canbao.services import audit
from canbao.services.audit import GivenEvidence, Harm, Source, Way, gathering
from tests.integration.audit.conftest import AUDITOR, Owner, append, ids, now
from tests.integration.audit.forgery import rewrite
from tests.receivers import Authority, Rsyslog, TimeStampAuthority, rsyslog


@pytest.fixture
def stamps(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[TimeStampAuthority]:
    with TimeStampAuthority(tmp_path_factory.mktemp("tsa")) as authority:
        monkeypatch.setattr(settings, "CANBAO_TSA_URL", authority.url)
        monkeypatch.setattr(settings, "CANBAO_TSA_ROOT", str(authority.authority.root))
        yield authority


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rsyslog]:
    with rsyslog() as running:
        monkeypatch.setattr(settings, "CANBAO_SYSLOG", f"127.0.0.1:{running.port}")
        monkeypatch.setattr(settings, "CANBAO_SYSLOG_CA", str(running.authority.root))
        monkeypatch.setattr(settings, "CANBAO_SYSLOG_CERT", str(running.client[0]))
        monkeypatch.setattr(settings, "CANBAO_SYSLOG_KEY", str(running.client[1]))
        yield running


def work(count: int = 3) -> None:
    """Ten minutes of an office: some entries, the seal of a minute, the timetable's anchor."""
    for number in range(count):
        append(100 + number)
    audit.seal()
    timetable.anchor_journal(timestamp=0)


def verify(**given: object) -> audit.Report:
    return audit.verify(actor=AUDITOR, at=now(), given=GivenEvidence(**given))  # type: ignore[arg-type]


def received(receiver: Rsyslog) -> Path:
    """The receiver's file, once the last head that was sent stands in it: it is written a moment after the send."""
    return receiver.until(f" number={dict(audit.reached())[Way.SYSLOG].number} ")


def harms(report: audit.Report) -> set[Harm]:
    return {found.harm for found in report.findings}


def test_every_ten_minutes_the_end_of_the_chain_gets_out_and_proves_until_when(
    journal: list[int], stamps: TimeStampAuthority, receiver: Rsyslog, anchors: Path
) -> None:
    work()
    work()
    append(7)
    assert [state.error for _, state in audit.reached()] == ["", ""]
    lines = receiver.lines(least=3)  # the first head once more with the second
    assert [read_line(line).number for line in lines] == [1, 1, 2]
    assert [path.name for path in sorted((anchors / "tokens").glob("2*/*.tsr"))] == ["00000001.tsr", "00000002.tsr"]
    report = verify(syslog=received(receiver))
    assert report.intact and report.proven and report.proven.source.is_outside
    assert report.proven.anchor.number == 2 and report.proven.anchor.last_id < ids()[-2]
    assert {item.source for item in report.witnesses} == {Source.FILE, Source.RECORD, Source.STAMP, Source.RECEIVER}
    assert report.after == 2  # the line about the last anchor itself, and an entry
    assert "可证明至" in report.verdict and "此后的 2 条尚无机外存证" in report.verdict
    proof = [item for item in report.witnesses if item.source is Source.STAMP]
    assert proof[0].count == 2 and abs(proof[0].last_at - now()) < timedelta(minutes=5)


def test_without_anything_outside_nothing_is_called_proven(journal: list[int]) -> None:
    work()
    report = verify()
    assert report.intact and report.proven is None and "没有机外存证" in report.verdict


def test_a_chain_made_anew_with_the_keys_of_the_same_folder_is_found_only_from_outside(
    journal: list[int], stamps: TimeStampAuthority, receiver: Rsyslog, anchors: Path
) -> None:
    work()
    work()
    signed = line_of(audit.latest(2)[0])
    printed = audit.latest(1)[0].digest
    rewrite(f"update journal set account = 'x' where id = {journal[0]}")
    shutil.move(anchors / "tokens", anchors / "elsewhere")  # the forger takes away what he cannot forge
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "CANBAO_TSA_URL", "")
        report = verify()
    assert harms(report) <= {Harm.STAMP_MISSING} and report.proven is None  # what the journal remembers of stamps
    assert harms(verify(tokens=anchors / "elsewhere")) >= {Harm.ANCHOR_BROKEN}
    found = verify(syslog=received(receiver))
    broken = [item for item in found.findings if item.harm is Harm.ANCHOR_BROKEN]
    assert [item.number for item in broken] == [1, 2] and found.proven is None
    assert f"第 1 条至第 {read_line(signed).last_id} 条之间" in broken[0].says
    assert Harm.PRINTED_UNKNOWN in harms(verify(printed=(printed,)))
    work()  # what is witnessed from now on is the chain that was made anew
    later = verify(syslog=received(receiver))
    assert {item.number for item in later.findings if item.harm is Harm.ANCHOR_BROKEN} == {1, 2}
    assert later.proven is None and any("最早是" in notice for notice in later.notices)


def test_an_end_cut_off_together_with_all_that_lies_beside_it_is_found_by_the_receiver(
    journal: list[int], receiver: Rsyslog, anchors: Path, owner: Owner
) -> None:
    work()
    kept = audit.last_seal()
    file = (anchors / "anchors.jsonl").read_text()
    assert kept
    last = ids()[-1]
    work()
    owner(f"delete from journal where id > {last}")
    owner(f"delete from journal_seal where id > {kept.pk}")
    (anchors / "anchors.jsonl").write_text(file)
    assert verify().intact  # inside everything agrees
    report = verify(syslog=received(receiver))
    assert {(item.harm, item.number) for item in report.findings} == {(Harm.ANCHOR_BROKEN, 2), (Harm.END_CUT, 2)}
    assert report.proven and report.proven.anchor.number == 1  # until then it holds
    (anchors / "anchors.jsonl").unlink()
    assert harms(verify(syslog=received(receiver))) == {Harm.ANCHOR_BROKEN, Harm.END_CUT, Harm.ANCHOR_MISSING}


def test_what_came_after_the_last_anchor_cannot_be_vouched_for_and_is_named_so(
    journal: list[int], receiver: Rsyslog, owner: Owner
) -> None:
    work()
    last = audit.last_seal()
    assert last
    append(8)
    audit.seal()
    append(9)
    owner(f"delete from journal where id > {last.to_id + 1}")  # sealed or not: gone with its seal
    owner(f"delete from journal_seal where id > {last.pk}")
    report = verify(syslog=received(receiver))
    assert report.intact and report.proven and report.proven.anchor.last_id == last.to_id
    assert (report.unsealed, report.lost, report.after) == (1, 2, 1)
    assert any("无法区分" in notice for notice in report.notices)


def test_an_authority_or_a_receiver_that_is_away_is_reached_with_the_next_anchor(
    journal: list[int], stamps: TimeStampAuthority, receiver: Rsyslog
) -> None:
    work()
    stamps.is_up = False
    receiver.kill()
    work()
    states = dict(audit.reached())
    assert all(state.number == 1 and state.error for state in states.values())
    assert not states[Way.STAMP].is_late(now()) and states[Way.STAMP].is_late(now() + timedelta(minutes=40))
    report = verify(syslog=received(receiver))
    assert report.intact and report.proven and report.proven.anchor.number == 1
    stamps.is_up = True
    receiver.start()
    work()
    states = dict(audit.reached())
    assert all(state.number == 3 and not state.error for state in states.values())
    assert {read_line(line).number for line in receiver.lines(least=4)} == {1, 2, 3}
    assert verify(syslog=received(receiver)).intact


def test_what_a_killed_receiver_lost_is_sent_again(journal: list[int], receiver: Rsyslog) -> None:
    """Nobody is told of the loss: the send had succeeded."""
    work()
    receiver.lines(least=1)
    receiver.kill()
    receiver.file.unlink()
    receiver.start()
    work()
    assert [read_line(line).number for line in receiver.lines(least=2)] == [1, 2]


def test_nothing_is_told_to_a_receiver_that_is_somebody_else(
    journal: list[int], receiver: Rsyslog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Authority.in_folder(tmp_path, "stranger")
    monkeypatch.setattr(settings, "CANBAO_SYSLOG_CA", str(stranger.root))
    work()
    assert "certificate verify failed" in dict(audit.reached())[Way.SYSLOG].error
    assert not receiver.file.exists() or receiver.file.read_text() == ""


def test_a_stamp_that_does_not_hold_is_not_kept(
    journal: list[int], stamps: TimeStampAuthority, anchors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "CANBAO_TSA_ROOT", str(Authority.in_folder(tmp_path, "stranger").root))
    work()
    assert dict(audit.reached())[Way.STAMP].error and not list(anchors.glob("tokens/2*/*.tsr"))
    monkeypatch.setattr(settings, "CANBAO_TSA_ROOT", str(stamps.authority.root))
    monkeypatch.setattr(stamps, "answer", lambda query: b"junk")
    work()
    assert dict(audit.reached())[Way.STAMP].error and not list(anchors.glob("tokens/2*/*.tsr"))


def test_stamps_that_were_removed_spoilt_exchanged_or_made_afterwards_are_named(
    journal: list[int], stamps: TimeStampAuthority, anchors: Path
) -> None:
    for _ in range(4):
        work(1)
    audit.anchor(actor=AUDITOR, at=now() - timedelta(days=2))  # with a time that the stamp will not bear out
    audit.deliver(at=now())
    audit.anchor(actor=AUDITOR, at=now())  # the journal remembers the stamp before
    first, second, third, fourth, last = sorted(anchors.glob("tokens/2*/*.tsr"), key=lambda path: path.stem)
    first.unlink()
    second.write_bytes(second.read_bytes()[:-9] + b"123456789")
    text = third.with_suffix(".txt")
    text.write_text(text.read_text().replace(f"entries={read_line(text.read_text()).entries}", "entries=1"))
    fourth.write_bytes(last.read_bytes())
    named = {(item.harm, item.number) for item in verify().findings}
    late = audit.latest(2)[0].number
    assert named == {
        (Harm.STAMP_MISSING, 1), (Harm.STAMP_BAD, 2), (Harm.STAMP_BAD, 3), (Harm.STAMP_BAD, 4), (Harm.STAMP_LATE, late),
    }  # fmt: skip


def test_a_file_of_another_register_proves_nothing(journal: list[int], receiver: Rsyslog, tmp_path: Path) -> None:
    work()
    foreign = tmp_path / "foreign.log"
    foreign.write_text(receiver.lines(least=1)[0].replace("register=", "register=other-") + "\nnoise\x00\xff\n")
    assert harms(verify(syslog=foreign)) == {Harm.RECEIVER_EMPTY}


def test_a_file_of_anchors_that_was_spoilt_stops_neither_anchor_nor_verification(
    journal: list[int], receiver: Rsyslog, anchors: Path
) -> None:
    work()
    file = anchors / "anchors.jsonl"
    file.write_text(file.read_text() + "\n{\n[]\n" + json.dumps({"anchor": 3, "code": None}) + "\n")
    (anchors / "delivered.json").write_text("[1")
    work()
    assert audit.latest(1)[0].number == 2
    report = verify(syslog=received(receiver))
    assert harms(report) == {Harm.ANCHOR_CHANGED} and report.proven and report.proven.anchor.number == 2


@pytest.mark.parametrize("length", [1, 40, -1], ids=["a sign", "a part", "all but the end of the line"])
def test_an_anchor_whose_write_broke_off_spoils_none_after_it(length: int, journal: list[int], anchors: Path) -> None:
    file = anchors / "anchors.jsonl"
    audit.anchor(actor=AUDITOR, at=now())
    kept = file.read_text()
    append(1)
    audit.seal()
    with transaction.atomic():  # killed while it wrote: nothing stands in the journal
        audit.anchor(actor=AUDITOR, at=now())
        transaction.set_rollback(True)
    file.write_text(kept + file.read_text()[len(kept) :][:length])
    for _ in range(2):
        audit.anchor(actor=AUDITOR, at=now())
    lines = file.read_text().splitlines()
    assert len(lines) == 4 and audit.verify(actor=AUDITOR, at=now()).intact
    file.write_text("\n".join([lines[0], lines[1], lines[2][:50], lines[3]]) + "\n")  # a whole one cut off afterwards
    assert Harm.ANCHOR_CHANGED in harms(verify())


def test_what_cannot_be_noted_does_not_keep_the_rest_from_getting_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    sent: list[object] = []
    monkeypatch.setattr(audit, "anchor", full)
    monkeypatch.setattr(audit, "deliver", lambda **given: sent.append(given))
    with pytest.raises(OSError, match="No space"):
        timetable.anchor_journal(timestamp=0)
    assert sent


def test_a_time_without_witnesses_is_named(journal: list[int], receiver: Rsyslog) -> None:
    for hours in (9, 1, 0):
        append(hours)
        audit.seal()
        audit.anchor(actor=AUDITOR, at=now() - timedelta(hours=hours))
    audit.deliver(at=now())
    report = verify(syslog=received(receiver))
    assert report.intact and sum("没有机外存证" in notice for notice in report.notices) == 1


@pytest.mark.parametrize("step", ["_from_stamps", "_from_signatures", "_from_journal", "_from_file"])
def test_an_anchor_that_is_made_meanwhile_is_no_harm(
    step: str, journal: list[int], stamps: TimeStampAuthority, receiver: Rsyslog, monkeypatch: pytest.MonkeyPatch
) -> None:
    work()
    plain = getattr(gathering, step)

    def meanwhile(*args: object) -> object:
        work()
        done = plain(*args)
        work()
        return done

    monkeypatch.setattr(gathering, step, meanwhile)
    assert verify(syslog=received(receiver)).findings == []
