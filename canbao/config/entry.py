"""The console script: prepare the environment, then run the command."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

from canbao.cli.main import run
from canbao.cli.output import BUSY, REFUSED_BY_RULE, Stop, say
from canbao.config import database, keys, libpq
from canbao.config.home import HomeKindError, KeyLostError, home_path, is_made, is_practice, make_home
from canbao.outside import home_permissions
from canbao.outside.postgres import EmbeddedServer
from canbao.outside.postgres_host import ServerUnavailable

MIGRATIONS = Path(__file__).parent.parent / "store"
_OTHER_KIND = (
    "{home} 与它的数据库一个是练习环境,一个是正式登记库,不能一起使用。"
    "请检查 CANBAO_HOME 和 DATABASE_URL;目录里的 practice 文件不得自行增删。"
)
_KIND_IS_FIXED = {
    True: "{home} 是练习环境,不能改作正式使用。正式使用请用 CANBAO_HOME 另指定一个目录;"
    "更新这个练习环境请执行 canbao init --practice。",
    False: "{home} 是正式登记库,不能改作练习环境。练习请用 CANBAO_HOME 另指定一个目录,再执行 canbao init --practice。",
}
_SHOWN = 20  # of what a database lacks
_PATTERN = frozenset("*?[")  # to the set engine such a name means other files as well
_IS_A_PATTERN = "目录 {home} 的名称中有 * ? [ 之一，程序会把它当作通配符。请用 CANBAO_HOME 另指定一个目录。"


class House:
    """One home folder with its database."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._mark = home / "initialised"
        self._server: EmbeddedServer | None = None
        self._has_kind = False  # whether the database says what kind of register it is

    def is_made(self) -> bool:
        """Whether a register was begun here."""
        return is_made(self.home)

    def is_practice(self) -> bool:
        """Whether its people are invented and names are believed."""
        return is_practice(self.home)

    def make(self, *, practice: bool) -> None:
        """The folder, its kind and its secrets; before Django reads them."""
        if _PATTERN & set(str(self.home)):
            raise Stop(_IS_A_PATTERN.format(home=self.home), code=REFUSED_BY_RULE)
        try:
            with _connection_explained(), _keys_explained(self.home):
                database.refuse_lost_keys(self.home)
                make_home(self.home, practice=practice)
        except HomeKindError as error:
            raise Stop(_KIND_IS_FIXED[error.is_practice].format(home=self.home), code=REFUSED_BY_RULE) from error

    def load_django(self) -> None:
        import django

        self._refuse_open_home()
        if self.is_made():
            with _connection_explained(), _keys_explained(self.home):
                database.prepare_keys(self.home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.config.settings")
        django.setup()

    def start_database(self) -> None:
        try:
            with _connection_explained(), _keys_explained(self.home):
                self._server = database.start(self.home)
                if self._server and database.restore_logins(self.home):
                    say("数据库账户的口令或默认设置被改动过，现已恢复。请检查谁以这些账户连接过数据库。")
                if self._mark.exists() or os.environ.get("DATABASE_URL"):
                    database.check_keys(self.home)
        except ServerUnavailable as error:
            raise Stop("\n".join([error.reason, error.output.strip()]).strip(), code=BUSY) from error
        self._check_kind()

    def _check_kind(self) -> None:
        with _connection_explained():
            kind = database.kind_of(self.home)
        self._has_kind = kind is not None
        if kind is (not self.is_practice()):
            raise Stop(_OTHER_KIND.format(home=self.home), code=REFUSED_BY_RULE)

    def _refuse_open_home(self) -> None:
        try:
            home_permissions.check(self.home)
        except home_permissions.HomeNotPrivateError as error:
            raise Stop(error.sentence(), code=REFUSED_BY_RULE) from error

    def keep_database(self) -> None:
        """Start the embedded server anew should it have been killed."""
        if self._server and self._server.revive():
            say("内置数据库已中断,现已重新启动。")

    def prepare_web(self) -> None:
        """The files that pages are served with."""
        self.load_django()
        from canbao.web.assets import MissingPackages, collect

        try:
            collect()
        except MissingPackages as missing:
            raise Stop(
                f"缺少网页所需的文件({missing})。请在程序目录执行 npm ci --omit=dev --ignore-scripts,再启动。",
                code=REFUSED_BY_RULE,
            ) from missing

    def check_schema(self) -> None:
        """The tables are those of this version."""
        self.load_django()
        _refuse_other_schema(using="default")

    def is_initialised(self) -> bool:
        """Whether `initialise` ran to its end with the migrations of this version, on the database that was started."""
        return self._has_kind and self._mark.exists() and self._mark.read_text() == _migrations_digest()

    def initialise(self, *, at: datetime) -> None:
        """One at a time: a second command that also found nothing waits, and finds it made."""
        with (self.home / "initialise.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._initialise(at=at)

    def _initialise(self, *, at: datetime) -> None:
        try:
            database.make_database(self.home)
        except database.NotPrepared as missing:
            raise Stop(
                f"所给的数据库还缺少角色或权限。请由数据库管理员执行后再试:\n{missing.statements}", code=REFUSED_BY_RULE
            ) from missing
        self.load_django()
        _migrate(is_practice=self.is_practice())
        _load_reference(at=at)
        with _keys_explained(self.home):
            database.check_keys(self.home)
        self._mark.write_text(_migrations_digest())


@contextmanager
def _connection_explained() -> Iterator[None]:
    try:
        yield
    except database.NotReachable as error:
        raise Stop(
            f"无法连接数据库,或不能读取其中的登记库种类。请检查地址、账户和密码。\n{error}", code=BUSY
        ) from error


@contextmanager
def _keys_explained(home: Path) -> Iterator[None]:
    try:
        yield
    except (KeyLostError, keys.KeyChangedError) as error:
        raise Stop(keys.sentence(error, home), code=REFUSED_BY_RULE) from error


def main() -> None:
    """Entry point of `canbao`."""
    home_permissions.close_umask()
    libpq.clear_environment()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup asks to ignore the end of the terminal
            signal.signal(number, _leave)
    house = House(home_path())
    sys.exit(run(house, sys.argv[1:]))


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave through the exit handlers, so that the last user stops the server."""
    sys.exit(128 + number)


def _migrate(*, is_practice: bool) -> None:
    from django.core.management import call_command

    from canbao.store.securing import fix_kind, secure

    call_command("migrate", database="owner", verbosity=0)
    _refuse_other_schema(using="owner")
    secure()
    fix_kind(is_practice=is_practice)


def _refuse_other_schema(*, using: str) -> None:
    from canbao.store.schema import differences

    if found := differences(using=using):
        more = f"\n  ……(共 {len(found)} 处)" if len(found) > _SHOWN else ""
        raise Stop(
            "数据库的结构与本版本的程序不符,不能使用:\n"
            + "\n".join(f"  {line}" for line in found[:_SHOWN])
            + more
            + "\n迁移尚未执行的,请先备份再执行 canbao init。其余须用建立该数据库的那个版本的程序,"
            "或从备份恢复;目前还没有从旧版本升级的办法(见 docs/operate/install.md)。",
            code=REFUSED_BY_RULE,
        )


def _load_reference(*, at: datetime) -> None:
    from importlib import import_module
    from importlib.util import find_spec

    from canbao.rules.roles import Actor, Role

    if find_spec("canbao.services.reference") is None:
        return
    import_module("canbao.services.reference").load(
        actor=Actor(account="canbao-init", role=Role.SYSTEM_ADMINISTRATOR), at=at
    )


def _migrations_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted([*MIGRATIONS.glob("migrations/0*.py"), *MIGRATIONS.glob("*.sql")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
