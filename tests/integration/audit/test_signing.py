"""The auditor's own key: made and used where there is no register, its signature brought back and held against the chain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from canbao.cli.audit import audit as commands
from canbao.outside.signatures import SignatureFileError, SigningKeyError
from canbao.rules.anchors import text_of
from canbao.services import audit
from canbao.services.audit import GivenEvidence, Harm, Source
from tests.integration.audit.conftest import AUDITOR, append, ids, now
from tests.integration.audit.forgery import rewrite

PASSPHRASE = "correct horse battery"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the auditor's own machine, with a file that holds the passphrase."""
    folder = tmp_path_factory.mktemp("auditor")
    (folder / "passphrase").write_text(PASSPHRASE + "\n")
    return folder


def on_the_auditors_machine(desk: Path, *arguments: str, code: int = 0) -> str:
    """Another process, without register, database or home; returns what it says."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    done = subprocess.run(
        [sys.executable, "-m", "canbao.config.entry", "audit", *arguments, "--passphrase-file", str(desk / "passphrase")],
        env=env | {"CANBAO_HOME": str(desk / "home")}, capture_output=True, text=True, check=False, cwd=desk,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert not (desk / "home").exists()
    return done.stderr


@pytest.fixture
def public(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    said = on_the_auditors_machine(desk, "keygen", "--out", "key.pem")
    assert "公钥指纹" in said
    monkeypatch.setattr(settings, "CANBAO_AUDITOR_KEY", str(desk / "key.pem.pub"))
    return desk / "key.pem.pub"


def test_a_signature_made_away_from_the_machine_proves_until_when(
    journal: list[int], desk: Path, public: Path, anchors: Path
) -> None:
    made = audit.anchor(actor=AUDITOR, at=now())
    (desk / "anchor.txt").write_text(text_of(made))
    said = on_the_auditors_machine(desk, "sign", "anchor.txt", "--key", "key.pem")
    assert made.digest in said
    kept = audit.keep_signature((desk / "anchor.txt.sig").read_text(), actor=AUDITOR, at=now())
    assert kept == made and (anchors / "signatures" / "00000001.sig").exists()
    report = audit.verify(actor=AUDITOR, at=now(), given=GivenEvidence(key=public))
    assert report.intact and report.proven and report.proven.source is Source.SIGNATURE
    assert "审计员签名" in report.verdict
    rewrite(f"update journal set account = 'x' where id = {journal[0]}")
    found = audit.verify(actor=AUDITOR, at=now(), given=GivenEvidence(key=public))
    named = {(item.harm, item.number) for item in found.findings}
    assert named == {(Harm.ANCHOR_BROKEN, 1), (Harm.ANCHOR_DIFFERS, 1)} and found.proven is None


def test_the_private_key_is_encrypted_and_kept_to_its_owner(desk: Path, public: Path) -> None:
    key = desk / "key.pem"
    assert "ENCRYPTED PRIVATE KEY" in key.read_text() and key.stat().st_mode & 0o777 == 0o600
    assert "没有覆盖" in on_the_auditors_machine(desk, "keygen", "--out", "key.pem", code=3)
    (desk / "passphrase").write_text("short\n")
    assert "至少" in on_the_auditors_machine(desk, "keygen", "--out", "other.pem", code=3)
    (desk / "nothing.txt").write_text("nothing")
    assert "没有封存凭证" in on_the_auditors_machine(desk, "sign", "nothing.txt", "--key", "key.pem", code=3)


def test_a_wrong_passphrase_signs_nothing(journal: list[int], desk: Path, public: Path) -> None:
    (desk / "anchor.txt").write_text(text_of(audit.anchor(actor=AUDITOR, at=now())))
    (desk / "passphrase").write_text("something else altogether\n")
    assert "口令不对" in on_the_auditors_machine(desk, "sign", "anchor.txt", "--key", "key.pem", code=3)
    assert not (desk / "anchor.txt.sig").exists()


def test_what_was_not_signed_with_the_auditors_key_is_not_kept_and_named_where_it_lies(
    journal: list[int], desk: Path, public: Path, anchors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = audit.anchor(actor=AUDITOR, at=now())
    (desk / "anchor.txt").write_text(text_of(made))
    on_the_auditors_machine(desk, "keygen", "--out", "stranger.pem")
    on_the_auditors_machine(desk, "sign", "anchor.txt", "--key", "stranger.pem")
    document = (desk / "anchor.txt.sig").read_text()
    for wrong in (document, text_of(made), "", document.replace(f"number={made.number}", "number=2")):
        with pytest.raises(SignatureFileError):
            audit.keep_signature(wrong, actor=AUDITOR, at=now())
    (anchors / "signatures").mkdir(parents=True)
    (anchors / "signatures" / "00000001.sig").write_text(document)
    report = audit.verify(actor=AUDITOR, at=now())
    assert [(item.harm, item.number) for item in report.findings] == [(Harm.SIGNATURE_BAD, 1)]
    with pytest.raises(SigningKeyError):
        audit.verify(actor=AUDITOR, at=now(), given=GivenEvidence(key=desk / "anchor.txt"))
    monkeypatch.setattr(settings, "CANBAO_AUDITOR_KEY", str(desk / "anchor.txt"))
    assert any("CANBAO_AUDITOR_KEY" in notice for notice in audit.verify(actor=AUDITOR, at=now()).notices)


def test_the_commands_say_what_is_proven_by_whom(journal: list[int], desk: Path, public: Path) -> None:
    runner = CliRunner()
    text = desk / "anchor.txt"
    printed = runner.invoke(commands, ["anchor", "--out", str(text), "--as", "孙审计"])
    assert printed.exit_code == 0 and "审计管理员（签字）" in printed.output
    on_the_auditors_machine(desk, "sign", str(text), "--key", "key.pem")
    assert runner.invoke(commands, ["anchor", "--signature", f"{text}.sig", "--as", "孙审计"]).exit_code == 0
    unsigned = runner.invoke(commands, ["anchor", "--signature", str(text), "--as", "孙审计"])
    assert unsigned.exit_code and "不是用审计员的密钥" in unsigned.output
    verified = runner.invoke(commands, ["verify", "--key", str(public), "--json", "--as", "孙审计"])
    said = json.loads(verified.stdout)
    assert verified.exit_code == 0 and said["proven"]["by"] == "SIGNATURE" and said["proven"]["number"] == 1
    shown = runner.invoke(commands, ["verify", "--as", "孙审计"]).output
    assert "相符的存证（机外）：审计员签名 1 份" in shown and "日志完好。可证明至" in shown
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "CANBAO_TSA_URL", "")
        assert "没有设置机外存证" in runner.invoke(commands, ["deliver"]).output
    append(1)
    rewrite(f"delete from journal where id = {ids()[-1]}")
    rewrite(f"update journal set account = 'x' where id = {journal[1]}")
    broken = runner.invoke(commands, ["verify", "--as", "孙审计"])
    assert broken.exit_code == 4 and "与封存凭证不符" in broken.output and "没有机外存证" in broken.output
