"""`canbao audit keygen|sign`: on the auditor's own machine, where there is no register and no database."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from canbao.cli.output import REFUSED_INPUT, Stop, explain, say
from canbao.outside.signatures import SHORTEST_PASSPHRASE, SigningKeyError, fingerprint, make_key
from canbao.outside.signatures import sign as signed
from canbao.rules.anchors import AnchorTextError, read_line, text_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PASSPHRASE_FILE = click.option("--passphrase-file", type=_FILE, help="从文件第一行读取口令；不写时在终端输入。")


@click.group(name="audit")
def audit() -> None:
    """审计员的签名密钥：在审计员自己的电脑上使用，不需要登记库。"""


@audit.command()
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="私钥文件；公钥写在旁边的 .pub。"
)
@_PASSPHRASE_FILE
def keygen(out: Path, passphrase_file: Path | None) -> None:
    """生成审计员的签名密钥（Ed25519，口令加密）。请在审计员自己的电脑上执行，不要在服务器上执行。"""
    passphrase = _passphrase(passphrase_file, confirm=True)
    problems = {
        SigningKeyError: (REFUSED_INPUT, lambda _: f"口令至少 {SHORTEST_PASSPHRASE} 个字符。"),
        FileExistsError: (REFUSED_INPUT, lambda _: f"{out} 或它的 .pub 已经存在，没有覆盖。"),
        OSError: (REFUSED_INPUT, lambda error: f"不能写入 {out}（{os.strerror(error.errno or 0)}）。"),
    }
    with explain(problems):
        public = make_key(out, passphrase=passphrase)
    say(f"私钥 {out} 请自己保管，公钥 {public} 交给系统管理员（CANBAO_AUDITOR_KEY）和监督人。")
    say(f"公钥指纹：{fingerprint(public)}")


@audit.command()
@click.argument("anchor", type=_FILE)
@click.option("--key", required=True, type=_FILE, help="审计员的私钥文件。")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="签名后的文件；不写时为原文件名加 .sig。")
@_PASSPHRASE_FILE
def sign(anchor: Path, key: Path, out: Path | None, passphrase_file: Path | None) -> None:
    """给封存凭证（canbao audit anchor --out 写出的文件）签名。请在审计员自己的电脑上执行。"""
    try:
        said = read_line(anchor.read_text(encoding="ascii", errors="replace"))
    except AnchorTextError as error:
        raise Stop(f"{anchor} 里没有封存凭证。", code=REFUSED_INPUT) from error
    say(f"登记库 {said.register} 第 {said.number} 号凭证，{said.at:%Y-%m-%d %H:%M:%S} UTC，累计 {said.entries} 条。")
    say(f"SM3：{said.digest}")
    passphrase, place = _passphrase(passphrase_file), out or anchor.with_name(anchor.name + ".sig")
    with explain({SigningKeyError: (REFUSED_INPUT, lambda _: "口令不对，或者不是 Ed25519 私钥。")}):
        document = signed(text_of(said), key=key, passphrase=passphrase, at=datetime.now(UTC))
    place.write_text(document, encoding="ascii")
    say(f"已签名：{place}。请带回，由审计管理员执行 canbao audit anchor --signature 收存。")


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    if file:
        return (file.read_text(encoding="utf-8").splitlines() or [""])[0]
    return str(click.prompt("口令", hide_input=True, confirmation_prompt="再输一次" if confirm else False, err=True))
