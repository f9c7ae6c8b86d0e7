"""A register starts with the keys and the tables it was made with, or says what is missing and how to restore it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from canbao.config import database
from canbao.config.home import KeyLostError, make_secrets, secret_key
from canbao.config.keys import values
from canbao.store import sealed

COMMAND = [sys.executable, "-m", "canbao.config.entry"]


def canbao(home: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"CANBAO_HOME": str(home)}
    return subprocess.run([*COMMAND, *args], env=env | more, capture_output=True, text=True, check=False, timeout=200)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A register that was initialised and has an anchor."""
    with TemporaryDirectory(prefix="canbao-test-") as top:
        home = Path(top) / "made"
        for command in (
            ("init",),
            ("audit", "anchor"),
            ("audit", "verify"),
        ):  # the third notes the key that the second made
            done = canbao(home, *command)
            assert done.returncode == 0, done.stderr
        yield home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy of it, as a restored backup is one."""
    subprocess.run(["cp", "-a", made, tmp_path / "home"], check=True)
    return tmp_path / "home"


@pytest.mark.parametrize("name", ["secret_key", "credentials.json", "anchor_key"])
def test_a_lost_key_is_not_made_anew(home: Path, name: str) -> None:
    kept = (home / name).read_bytes()
    (home / name).unlink()
    for command in (("status",), ("init",)):
        done = canbao(home, *command)
        assert done.returncode == 4, done.stderr
        assert name in done.stderr and "install -m 600" in done.stderr and "另建新的密钥" in done.stderr
    assert not (home / name).exists()
    (home / name).write_bytes(kept)
    assert canbao(home, "audit", "verify").returncode == 0


@pytest.mark.parametrize("noted", [True, False], ids=["noted in the home", "noted in the database only"])
@pytest.mark.parametrize("name", ["secret_key", "anchor_key"])
def test_another_key_is_refused(home: Path, name: str, noted: bool) -> None:
    kept = (home / name).read_bytes()
    (home / name).write_text("0" * 64)
    if not noted:
        (home / "key_check.json").unlink()
    done = canbao(home, "status")
    assert done.returncode == 4, done.stderr
    assert name in done.stderr and ("key_check.json" if noted else "数据库") in done.stderr
    (home / name).write_bytes(kept)
    assert canbao(home, "audit", "verify").returncode == 0


def test_the_web_does_not_start_with_another_key(home: Path) -> None:
    (home / "secret_key").write_text("0" * 64)
    env = os.environ | {"CANBAO_HOME": str(home), "CANBAO_LOGIN": "web"}
    done = subprocess.run(
        [sys.executable, "-c", "import canbao.config.wsgi"], env=env, capture_output=True, text=True, check=False
    )
    assert "KeyChangedError" in done.stderr


def test_the_settings_do_not_invent_a_key_beside_data(home: Path, tmp_path: Path) -> None:
    (home / "secret_key").unlink()
    with pytest.raises(KeyLostError):
        secret_key(home)
    assert secret_key(tmp_path / "nothing")


def test_a_home_that_was_lost_whole_does_not_take_over_the_database(home: Path, tmp_path: Path) -> None:
    server = database.start(home)
    assert server
    try:
        empty = tmp_path / "empty"
        url = (
            f"postgresql:///canbao?host={server.socket_dir}&user=canbao_root&password={database.password(home, 'root')}"
        )
        done = canbao(empty, "init", DATABASE_URL=url)
        assert done.returncode == 4, done.stderr
        assert "secret_key" in done.stderr
        assert not (empty / "secret_key").exists()
    finally:
        server.stop()


def test_a_kill_between_two_keys_is_made_good(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "credentials.json").unlink()
    first = (tmp_path / "secret_key").read_text()
    make_secrets(tmp_path)
    assert (tmp_path / "secret_key").read_text() == first and (tmp_path / "credentials.json").exists()


def test_a_check_value_tells_keys_apart_and_is_no_key(made: Path) -> None:
    noted = json.loads((made / "key_check.json").read_text())
    assert noted == values(made)
    assert noted.keys() == {"secret_key/totp", "secret_key/evidence", "anchor_key/anchors"}
    secret = secret_key(made)
    keys = {sealed.derive(secret, purpose).hex() for purpose in sealed.PURPOSES}
    assert len(set(noted.values()) | keys) == len(noted) + len(keys)


def test_a_key_for_a_purpose_that_is_not_checked_is_not_given() -> None:
    with pytest.raises(sealed.UnknownPurposeError):
        sealed.key_for("something new")


def test_a_login_that_changed_its_own_password_and_settings_gets_ours_back(home: Path) -> None:
    server = database.start(home)
    assert server
    try:
        assert not database.restore_logins(home)
        with psycopg.connect(database.dsn(home, "web"), autocommit=True) as web:
            web.execute("alter role current_user set local_preload_libraries = 'nothing'")
            web.execute(
                f"alter role current_user in database {database.DATABASE} set default_transaction_read_only = on"
            )
            web.execute("alter role current_user password 'x'")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(database.dsn(home, "web"))
        done = canbao(home, "status", "--json")
        assert "现已恢复" in done.stderr, done.stderr
        psycopg.connect(database.dsn(home, "web")).close()
        assert not database.restore_logins(home)
    finally:
        server.stop()


BROKEN = {
    "alter table person drop column phone cascade": "表 person 缺少列 phone",
    "drop table unmasking cascade": "缺少表 unmasking",
    "alter table account alter column real_name type text": "表 account 的列 real_name 类型不是 character varying",
    "alter table job alter column kind drop not null": "表 job 的列 kind 可以为空",
    "alter table api_client drop constraint api_client_two_people": "缺少约束或索引 api_client_two_people",
    "drop index password_used_account": "缺少约束或索引 password_used_account",
    "alter table post drop constraint {post_account}": "表 post 的列 account_id 缺少外键",
    "delete from django_migrations where app = 'store' and name = '0002_roles'": "迁移 store.0002_roles 尚未执行",
    "insert into django_migrations (app, name, applied) values ('store', '0099_later', now())": "属于更新的版本",
}


def test_serve_and_init_say_what_a_database_lacks(home: Path) -> None:
    server = database.start(home)
    assert server
    try:
        with psycopg.connect(database.admin_dsn(home, dbname="canbao"), autocommit=True) as owner:
            for statement in BROKEN:
                name = owner.execute(
                    "select conname from pg_constraint where conrelid = 'post'::regclass and contype = 'f'"
                    " and conkey = (select array_agg(attnum) from pg_attribute where attrelid = conrelid"
                    " and attname = 'account_id')"
                ).fetchone()
                owner.execute(statement.format(post_account=f'"{name[0]}"' if name else ""))
        done = canbao(home, "serve", "--port", "1")
        assert done.returncode == 4, done.stderr
        missing = [sentence for sentence in BROKEN.values() if sentence not in done.stderr]
        assert not missing, done.stderr
    finally:
        server.stop()


def test_init_does_not_call_a_database_with_a_missing_column_ready(home: Path) -> None:
    server = database.start(home)
    assert server
    try:
        with psycopg.connect(database.admin_dsn(home, dbname="canbao"), autocommit=True) as owner:
            owner.execute("alter table employer drop column uscc")
        done = canbao(home, "init")
        assert (done.returncode, "已就绪" in done.stderr) == (4, False), done.stderr
        assert "表 employer 缺少列 uscc" in done.stderr
    finally:
        server.stop()
