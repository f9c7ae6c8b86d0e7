"""Commands in a real home ask who it is: an account in use, by password and code, in a post that may; in a practice home names are believed."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
from base64 import b32decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django_otp.oath import TOTP

from canbao.config import database
from canbao.rules.roles import Role
from tests.worlds import foreign_town, town_offices

PASSWORD = "Jinyun-58 Shan"
TOWN = town_offices()[0]
ASKS = ("密码:".encode(), "验证码:".encode(), "…".encode())  # what ends a question
SETTINGS = {"DJANGO_SETTINGS_MODULE": "canbao.config.settings"}
# name -> the posts of the account; one person each
STAFF = {
    "op": [[Role.MUNICIPAL_OPERATOR, "50"]], "shenpi": [[Role.MUNICIPAL_APPROVER, "50"]],
    "zhenban": [[Role.TOWN_CLERK, TOWN]], "yuan": [[Role.TOWN_CLERK, foreign_town(TOWN)]],
    "liangchu": [[Role.TOWN_CLERK, TOWN], [Role.TOWN_CLERK, town_offices(2)[1]]],
    "xian": [[Role.DISTRICT_CLERK, TOWN[:6]]], "qushen": [[Role.DISTRICT_APPROVER, TOWN[:6]]],
    "xitong": [[Role.SYSTEM_ADMINISTRATOR, "50"]], "anquan": [[Role.SECURITY_ADMINISTRATOR, "50"]],
    "gone": [[Role.MUNICIPAL_OPERATOR, "50"]], "bare": [[Role.MUNICIPAL_OPERATOR, "50"]],
}  # fmt: skip


@dataclass(frozen=True)
class Real:
    """A real home with staff and one person of TOWN; secrets: of the second factors; codes: for recovery."""

    home: Path
    secrets: dict[str, str]
    codes: dict[str, list[str]]

    def env(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CANBAO_CODE")}
        return kept | {"CANBAO_HOME": str(self.home)} | more

    def code(self, name: str) -> str:
        """A recovery code that was not used yet; any six digits for an account that is not there."""
        return self.codes[name].pop() if name in self.codes else "000000"

    def shown(self, name: str) -> str:
        """What the phone shows at this moment."""
        clock = TOTP(b32decode(self.secrets[name]))
        clock.time = time.time()
        return f"{clock.token():06d}"

    def run(self, *args: str, typed: Sequence[Callable[[], str]] = (), **more: str) -> tuple[int, str]:
        """(exit code, everything said); typed: what is entered at the terminal when it is asked for, where there is one."""
        command = [sys.executable, "-m", "canbao.config.entry", *args]
        if not typed:
            done = subprocess.run(
                command, env=self.env(**more), capture_output=True, text=True, check=False, timeout=240, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr
        process, terminal = pty.fork()
        if not process:
            os.execvpe(command[0], command, self.env(**more))
        said, lines, answered = b"", list(typed), 0
        try:
            while piece := os.read(terminal, 4096):
                said += piece
                if lines and said[answered:].rstrip().endswith(ASKS):
                    answered = len(said)
                    os.write(terminal, f"{lines.pop(0)()}\n".encode())
        except OSError:  # the other side is closed
            pass
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), said.decode("utf-8", "replace")

    def as_(self, name: str, *args: str, password: str = PASSWORD, code: str = "", **more: str) -> tuple[int, str]:
        """With the password in a file and the code in the environment."""
        with tempfile.NamedTemporaryFile("w", prefix="canbao-pw-") as file:
            file.write(password + "\n")
            file.flush()
            given = {"CANBAO_PASSWORD_FILE": file.name, "CANBAO_CODE": code or self.code(name.partition("@")[0])}
            return self.run(*args, "--as", name, **(given | more))

    def sql(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(database.admin_dsn(self.home, dbname="canbao"), autocommit=True) as connection:
            answer = connection.execute(query.encode())
            return answer.fetchall() if answer.description else []


@pytest.fixture(scope="module")
def real() -> Iterator[Real]:
    with tempfile.TemporaryDirectory(prefix="canbao-real-") as top:
        home = Path(top) / "home"
        made = Real(home, {}, {})
        assert made.run("init")[0] == 0
        server = database.start(home)
        assert server
        try:
            script = Path(__file__).with_name("make_staff.py")
            done = subprocess.run(
                [sys.executable, str(script), PASSWORD, TOWN, json.dumps(STAFF)], env=made.env(**SETTINGS), capture_output=True,
                text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            for name, secret, *codes in map(str.split, done.stdout.splitlines()):
                made.secrets[name], made.codes[name] = secret, codes
            yield made
        finally:
            server.stop()


def test_a_name_alone_is_not_believed(real: Real) -> None:
    code, said = real.run("person", "show", "1")
    assert (code, "请用 --as 账号" in said) == (4, True)
    code, said = real.run("person", "show", "1", "--as", "zhenban")
    assert (code, "没有终端" in said) == (4, True)
    assert "张三" not in said


def test_password_and_code_let_in_and_are_on_record_with_the_login_of_the_machine(real: Real) -> None:
    code, said = real.as_("zhenban", "person", "show", "1")
    assert (code, "张三" in said) == (0, True)
    rows = real.sql(
        "select event, account, role, office, terminal from journal where event in ('SIGNED_IN', 'PERSON_VIEWED') order by id"
    )
    assert [row[:4] for row in rows[-2:]] == [
        ("SIGNED_IN", "zhenban", "TOWN_CLERK", TOWN), ("PERSON_VIEWED", "zhenban", "TOWN_CLERK", TOWN),
    ]  # fmt: skip
    assert all(str(row[4]).startswith("命令行 ") for row in rows)


def test_they_are_asked_for_at_the_terminal_and_the_password_is_not_shown(real: Real) -> None:
    code, said = real.run(
        "person", "show", "1", "--as", "zhenban", typed=[lambda: PASSWORD, lambda: real.shown("zhenban")]
    )
    assert (code, "张三" in said, PASSWORD in said) == (0, True, False), said


def test_the_post_bounds_what_a_command_sees_and_does(real: Real) -> None:
    code, said = real.as_("yuan", "person", "show", "1")
    assert (code, "没有编号为 1" in said, "张三" in said) == (2, True, False)
    for name, args in (
        ("zhenban", ("match", "run")), ("zhenban", ("links",)), ("zhenban", ("intake", "commit", "--all")),
        ("op", ("intake", "commit", "--all")), ("xitong", ("person", "show", "1")), ("op", ("account", "list")),
    ):  # fmt: skip
        code, said = real.as_(name, *args)
        assert (code, "今天没有可以办理的岗位" in said) == (4, True), (name, args, said)
    code, said = real.as_("op", "person", "show", "1", "--full")
    assert (code, "没有“查看隐藏项目原文”的权限" in said) == (4, True)
    assert real.as_("xitong", "account", "list", "--json")[0] == 0


def test_with_two_posts_the_office_is_named(real: Real) -> None:
    code, said = real.as_("liangchu", "person", "show", "1")
    assert (code, f"账号@机构编码:{TOWN}(" in said) == (4, True)
    assert real.as_(f"liangchu@{TOWN}", "person", "show", "1")[0] == 0
    assert real.as_(f"liangchu@{town_offices(2)[1]}", "person", "show", "1")[0] == 2
    assert real.as_("liangchu@50", "person", "show", "1")[0] == 4


def test_wrong_passwords_and_codes_are_counted_like_those_of_the_pages(real: Real) -> None:
    show = ("person", "show", "1")
    code, said = real.as_("op", *show, code="000000")
    assert (code, "验证码不正确" in said) == (4, True)
    for _ in range(2):
        assert "账号或密码不正确" in real.as_("gone", *show, password="wrong")[1]
    assert "账号或密码不正确" in real.as_("nobody", *show, code="1")[1]
    failures = real.sql("select sum(failures_since_start) from axes_accessattempt where username = 'gone'")
    assert failures == [(2,)]
    events = real.sql("select event, target_id from journal where event = 'SIGN_IN_FAILED' order by id")
    assert events[:2] == [("SIGN_IN_FAILED", "gone")] * 2 and str(events[-1][1]).startswith("?")
    real.sql("update account set is_active = false, disabled_by = 'sys', disabled_at = now() where name = 'gone'")
    assert "账号或密码不正确" in real.as_("gone", *show)[1]


def test_a_code_is_taken_once_and_who_has_none_is_sent_to_the_pages(real: Real) -> None:
    used = real.code("op")
    assert real.as_("op", "person", "show", "1", code=used)[0] == 0
    code, said = real.as_("op", "person", "show", "1", code=used)
    assert (code, "已经用过" in said) == (4, True)
    real.sql("delete from otp_totp_totpdevice where user_id = (select id from account where name = 'bare')")
    code, said = real.as_("bare", "person", "show", "1", code="000000")
    assert (code, "还没有双因素认证" in said) == (4, True)


def test_the_password_file_is_the_users_own_and_nobody_elses_to_read(real: Real, tmp_path: Path) -> None:
    file, link = tmp_path / "password", tmp_path / "link"
    file.write_text(PASSWORD)
    link.symlink_to(file)
    given = {"CANBAO_CODE": "000000"}
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        code, said = real.run("person", "show", "1", "--as", "op", CANBAO_PASSWORD_FILE=str(file), **given)
        assert (code, "chmod 600" in said) == (4, True), oct(mode)
    file.chmod(0o600)
    for place in (link, tmp_path, tmp_path / "none"):
        code, said = real.run("person", "show", "1", "--as", "op", CANBAO_PASSWORD_FILE=str(place), **given)
        assert (code, "CANBAO_PASSWORD_FILE" in said) == (4, True), place


def test_the_approver_proves_it_too_and_is_another_person(real: Real) -> None:
    correct = ("person", "correct", "1", "姓名=张叁", "--from", "2026-11-20", "--basis", "户口簿")
    code, said = real.as_("xian", *correct, "--approved-by", "qushen")
    assert (code, "没有终端" in said) == (4, True)  # a file of the first person's is no proof of the second
    code, said = real.as_("xian", *correct, "--approved-by", "xian")
    assert (code, "不得为同一人" in said) == (4, True)
    assert real.sql("select version from person where id = 1") == [(1,)]
    real.sql("update axes_accessattempt set failures_since_start = 0")
    typed = [lambda: PASSWORD, lambda: real.shown("xian"), lambda: PASSWORD, lambda: real.code("qushen")]
    code, said = real.run(*correct, "--as", "xian", "--approved-by", "qushen", typed=typed)
    assert code == 0, said
    assert real.sql("select basis from person where id = 1") == [("户口簿(审批:qushen)",)]


def test_commands_that_read_nothing_of_people_need_nobody(real: Real) -> None:
    for args in (("status", "--json"), ("audit", "seal"), ("audit", "verify"), ("intake", "list")):
        assert real.run(*args)[0] == 0, args
    (account,) = real.sql("select account from journal where event = 'JOURNAL_VERIFIED' order by id desc limit 1")[0]
    assert str(account).startswith("（命令行）")


def test_a_reset_is_granted_at_the_machine_by_two_administrators_or_on_record_as_an_emergency(real: Real) -> None:
    def begun(number: str) -> None:
        real.sql(
            "insert into credential_reset (number, secret_digest, account_id, lost, state, steps, started_at, expires_at, address, agent,"
            f" reason, asked_by, settled_by, done_address) select '{number}', 'x', id, 'BOTH', 'DRAFT', '[]', now(),"
            " now() + interval '1 day', '', '', '', '', '', '' from account where name = 'op'"
        )

    begun("11112222")
    grant = ("account", "grant-reset", "1111 2222", "--reason", "当面核实")
    assert real.run(*grant)[0] == 2
    assert real.run(*grant, "--as", "xitong")[0] == 2
    assert real.as_("xitong", *grant, "--approved-by", "xitong")[0] == 4
    typed = [lambda: PASSWORD, lambda: real.code("xitong"), lambda: PASSWORD, lambda: real.shown("anquan")]
    code, said = real.run(*grant, "--as", "xitong", "--approved-by", "anquan", typed=typed)
    assert code == 0, said
    assert real.sql("select state, asked_by, settled_by from credential_reset where number = '11112222'") == [
        ("APPROVED", "xitong", "anquan")
    ]
    begun("33334444")
    assert real.run("account", "grant-reset", "33334444", "--reason", "两名管理员均离职", "--emergency")[0] == 0
    ((state, asked, settled),) = real.sql(
        "select state, asked_by, settled_by from credential_reset where number = '33334444'"
    )
    assert (state, str(asked)[:5], str(settled)[:4]) == ("APPROVED", "（命令行）", "（应急）")
    assert real.sql("select count(*) from journal where event = 'RESET_EMERGENCY'") == [(1,)]


FIRST = (
    "account",
    "first-admins",
    "--system",
    "a1",
    "甲",
    "A1",
    "--security",
    "a2",
    "乙",
    "A2",
    "--audit",
    "a3",
    "丙",
    "A3",
)


def test_the_first_administrators_are_made_once(real: Real, tmp_path: Path) -> None:
    code, said = real.run(*FIRST, "--into", str(tmp_path))
    assert (code, "已经有管理员" in said) == (4, True)
    assert not list(tmp_path.iterdir())
    code, said = real.run(*FIRST)
    assert (code, "没有终端" in said) == (4, True)


def _without_administrators(real: Real) -> None:
    real.sql(
        "set session_replication_role = replica; delete from post where role like '%ADMINISTRATOR';"
        " update account set name = name || '-' || id, staff_number = 'B' || id where name in ('a1', 'a2', 'a3')"
    )


def test_each_first_password_is_on_a_screen_of_its_own(real: Real) -> None:
    _without_administrators(real)
    seen: list[str] = []
    code, said = real.run(*FIRST, typed=[lambda: ""] * 6)
    assert code == 0, said
    for screen in said.split("\x1b[?1049h")[1:]:
        shown, after = screen.split("\x1b[?1049l")
        seen += re.findall("账号:(.*?)\r?\n一次性密码:(\\S+)", shown)
        assert "一次性密码:" not in after
        assert shown.endswith("\x1b[2J\x1b[H")
    assert [account for account, _ in seen] == ["a1", "a2", "a3"]
    assert len({password for _, password in seen}) == 3


def test_or_each_in_a_file_that_only_its_owner_reads(real: Real, tmp_path: Path) -> None:
    _without_administrators(real)
    tmp_path.chmod(0o750)
    code, said = real.run(*FIRST, "--into", str(tmp_path))
    assert (code, "chmod 700" in said, real.sql("select count(*) from post where role like '%ADMINISTRATOR'")) == (
        3,
        True,
        [(0,)],
    )
    tmp_path.chmod(0o700)
    code, said = real.run(*FIRST, "--into", str(tmp_path))
    assert code == 0, said
    files = sorted(tmp_path.iterdir())
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600] * 3
    passwords = [path.read_text().split("一次性密码:")[1].strip() for path in files]
    assert not [password for password in passwords if password in said]
