"""The command line and the folder of a real register: who may give commands, who can read, what a lost key does (entries 14 to 16)."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from tests.attack.database import Database
from tests.attack.homes import Home, real
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.running import Product

NOBODY = 65534
_REFUSAL = re.compile("REFUSED|FAILED|WRONG")
_FIRST = (
    ("--system", "wang-1", "王系统", "10001"),
    ("--security", "sec-1", "李安全", "10002"),
    ("--audit", "aud-1", "陈审计", "10003"),
)


def _staffed(home: Home) -> str:
    """Three administrators of a real register; the password of the first, from the file that is its holder's alone."""
    with TemporaryDirectory(prefix="canbao-first-") as folder:
        words = [word for option in _FIRST for word in option]
        done = home.canbao("account", "first-admins", *words, "--into", folder)
        assert done.returncode == 0, done.stderr
        return (Path(folder) / "系统管理员.txt").read_text(encoding="utf-8").split("一次性密码:")[1].strip()


@attack("14", order=85)
def command_line_believes(product: Product) -> Outcome:
    """Commands of a real register under a name that is nobody's, or another's, without a password."""
    with real(product) as (home, made):
        if made.returncode:
            return not_tried(f"init answered {made.returncode}: {made.stderr[-200:]}")
        password = _staffed(home)
        sent = home.path.with_name(f"sent-{token_hex(3)}.csv")
        sent.write_text("公民身份号码,姓名\n", encoding="utf-8")
        commands = (
            ("account", "reset-password", "wang-1"), ("account", "list"), ("audit", "verify"), ("audit", "anchor"), ("match", "run"),
            ("intake", "commit", "--all"),
            ("intake", "receive", str(sent), "--source", "police", "--kind", "full", "--as-of", "2026-10-31"),
        )  # fmt: skip
        with home.running() as database:
            holes = [
                f"{' '.join(words[:2])} --as {name}: {said}"
                for words in commands
                for name in ("nobody-at-all", "wang-1", "aud-1")
                if (said := _believed(home, database, name, *words, "--as", name))
            ]
            holes += _with_files(home, sent, password) if not holes else []
        sent.unlink()
    return judged(holes, f"{len(commands) * 3} commands refused")


def _believed(home: Home, database: Database, name: str, *words: str) -> str:
    """How a command was carried out in somebody's name; empty when it was not."""
    before = database.last_line()
    done = home.canbao(*words)
    acted = [
        line["event"]
        for line in database.lines(before)
        if line["account"] == name and not _REFUSAL.search(line["event"])
    ]
    return f"exit {done.returncode}, {acted}" if done.returncode == 0 or acted else ""


def _with_files(home: Home, path: Path, password: str) -> list[str]:
    """A wrong password, the right one of another post, and the right one in a file that others read."""
    holes = []
    for what, text, mode, words in (
        ("a wrong password", "Falsch1%falsch", 0o600, ("account", "list", "--as", "wang-1")),
        ("the password of a post that may not", password, 0o600, ("audit", "verify", "--as", "wang-1")),
        ("a password that others can read", password, 0o644, ("account", "list", "--as", "wang-1")),
    ):
        path.write_text(text)
        path.chmod(mode)
        if home.canbao(*words, CANBAO_PASSWORD_FILE=str(path)).returncode == 0:
            holes.append(f"{what} is enough")
    return holes


@attack("14", order=85)
def nothing_makes_itself(product: Product) -> Outcome:
    """A command in an empty folder: no register comes into being by itself, least of all one that believes names."""
    home = Home(product, product.folder / f"empty-{token_hex(4)}")
    home.path.mkdir(mode=0o700)
    done = home.canbao("account", "list", "--as", "anybody")
    made = (home.path / "postgres").exists() and done.returncode == 0
    home.remove()
    return judged(
        ["it initialised itself"] if made else [],
        f"exit {done.returncode}: {(done.stderr or done.stdout).strip()[-100:]}",
    )


@attack("14", order=85)
def practice_afterwards(product: Product) -> Outcome:
    """A real register is made to believe names by hand: by the marker of a practice register, or by the environment."""
    with real(product) as (home, _):
        _staffed(home)
        holes, codes = [], []
        for more in ({"CANBAO_DEMO": "1"}, {"CANBAO_PRACTICE": "1"}):
            done = home.canbao("account", "reset-password", "wang-1", "--as", "nobody-at-all", **more)
            codes.append(done.returncode)
            holes += [f"{more} is enough"] if done.returncode == 0 else []
        again = home.canbao("init", "--practice")
        done = home.canbao("account", "reset-password", "wang-1", "--as", "nobody-at-all")
        holes += [f"init --practice (exit {again.returncode}) turned it into one"] if done.returncode == 0 else []
    return judged(holes, f"exit codes {codes}, init --practice again {again.returncode}")


@attack("15", order=86)
def home_open_to_others(product: Product) -> Outcome:
    """A folder that others can read is made a register: it is refused, or closed."""
    with real(product, mode=0o755) as (home, made):
        if made.returncode:
            return judged([], f"init refuses: exit {made.returncode}, {made.stderr.strip()[-120:]}")
        _staffed(home)
        holes = _readable(home.path)
        home.path.chmod(0o755)
        done = home.canbao("status")
        if done.returncode == 0 and home.path.stat().st_mode & 0o077:
            holes.append("a home opened afterwards (0755) is used without a word")
        (home.path / "secret_key").chmod(0o644)
        home.path.chmod(0o700)
        done = home.canbao("status")
        if done.returncode == 0 and (home.path / "secret_key").stat().st_mode & 0o077:
            holes.append("a secret key of mode 0644 is used without a word")
    return judged(holes, "nothing in it can be read by others")


def _readable(home: Path) -> list[str]:
    """What another user of the machine can read, tried as one where we may become one."""
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}
    modes = [] if as_nobody else ["-perm", "/044"]
    command = ["find", str(home), "-type", "f", "-readable", *modes]
    found = subprocess.run(command, capture_output=True, text=True, check=False, **as_nobody).stdout.split("\n")  # type: ignore[call-overload]
    return [f"nobody reads {Path(name).relative_to(home)}" for name in found if name][:8]


@attack("15", order=86)
def modes_of_files(product: Product) -> Outcome:
    """Nothing below the served home has a mode for others."""
    found: dict[str, int] = {}
    for path in product.home.rglob("*"):
        parts = path.relative_to(product.home).parts
        if parts[0] in ("postgres", "city") or path.is_symlink():
            continue
        mode = path.stat().st_mode & 0o077
        if mode:
            found.setdefault(f"{parts[0]} {mode:03o}", 0)
            found[f"{parts[0]} {mode:03o}"] += 1
    mode = product.home.stat().st_mode & 0o077
    holes = [f"{count} in {name}" for name, count in sorted(found.items())] + (
        [f"the home itself: {mode:03o}"] if mode else []
    )
    return judged(holes, "every file 0600 and folder 0700", was_refused=False)


@attack("16", order=87)
def lost_key(product: Product) -> Outcome:
    """The secret key is lost, cut or exchanged: the product says so, and makes no new one in silence."""
    holes, ends = [], []
    for what in ("lost", "empty", "other"):
        with real(product) as (home, _):
            _staffed(home)
            path = home.path / "secret_key"
            before = path.read_text()
            if what == "lost":
                path.unlink()
            else:
                path.write_text("" if what == "empty" else f"x{before[1:]}"[::-1])
            done = home.canbao("status")
            again = home.canbao("init")
            now = path.read_text() if path.exists() else ""
            if what == "lost" and now and now != before:
                holes.append("a new key was made in silence")
            if done.returncode == 0 and again.returncode == 0:
                holes.append(f"{what}: status and init answer as if nothing had happened")
            ends.append(f"{what}: {done.returncode}, {again.returncode}")
    return judged(holes, "; ".join(ends))


@attack("16", order=87)
def missing_column(product: Product) -> Outcome:
    """A column of the database is missing: `init` does not call the register ready."""
    with real(product) as (home, _):
        with home.running() as database:
            database.run("alter table account drop column real_name cascade")
        done = home.canbao("init")
    return judged(
        ["init calls it ready"] if done.returncode == 0 else [], f"exit {done.returncode}: {done.stderr.strip()[-160:]}"
    )
