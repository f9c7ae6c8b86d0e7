"""The command line and the folder of a real register: who may give commands, who can read, what a lost key does (entries 14 to 16)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

from tests.attack.homes import Home, real
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.running import Product

NOBODY = 65534
PASSWORD = re.compile(r"\S{12,}")
_FIRST = (
    "account",
    "first-admins",
    "--system",
    "sys-1",
    "王系统",
    "--security",
    "sec-1",
    "李安全",
    "--audit",
    "aud-1",
    "陈审计",
)


def _staffed(home: Home) -> str:
    """Three administrators of a real register; the password of the first, as it was printed."""
    words = [*_FIRST]
    help_text = home.canbao("account", "first-admins", "--help").stdout
    if "工号" in help_text:  # a staff number beside each name
        words = [*_FIRST[:2]]
        for option, name, real_name, number in (("--system", "sys-1", "王系统", "10001"), ("--security", "sec-1", "李安全", "10002"),
                                                ("--audit", "aud-1", "陈审计", "10003")):  # fmt: skip
            words += [option, name, real_name, number]
    done = home.canbao(*words)
    for row in done.stdout.splitlines():
        cells = [cell.strip() for cell in re.split(r"[│|┃]", row)]
        if "sys-1" in cells:
            return next((cell for cell in reversed(cells) if cell), "")
    return ""


@attack("14", order=85)
def command_line_believes(product: Product) -> Outcome:
    """Commands of a real register under a name that is nobody's, or another's, without a password."""
    with real(product) as (home, made):
        if made.returncode:
            return not_tried(f"init answered {made.returncode}: {made.stderr[-200:]}")
        password = _staffed(home)
        folder = home.path.with_name(f"sent-{token_hex(3)}")
        folder.mkdir()
        (folder / "a.csv").write_text("公民身份号码,姓名\n", encoding="utf-8")
        sent = (
            "intake",
            "receive",
            str(folder / "a.csv"),
            "--source",
            "police",
            "--kind",
            "full",
            "--as-of",
            "2026-10-31",
        )
        commands = {
            "account reset-password sys-1": ("account", "reset-password", "sys-1"),
            "account list": ("account", "list"),
            "audit verify": ("audit", "verify"),
            "audit anchor": ("audit", "anchor"),
            "intake receive": sent,
            "match run": ("match", "run"),
            "intake commit --all": ("intake", "commit", "--all"),
        }
        holes, ends = [], []
        for what, words in commands.items():
            for name in ("nobody-at-all", "sys-1", "aud-1", "canbao-init", "（首次建立）"):
                with _line_mark(home) as mark:
                    done = home.canbao(*words, "--as", name)
                acted = mark.lines()
                believed = done.returncode == 0 or any(line for line in acted if name in line)
                if believed:
                    holes.append(f"{what} --as {name}: exit {done.returncode}, {acted[:2]}")
                ends.append(done.returncode)
        wrong = folder / "password"
        wrong.write_text("Falsch1%falsch")
        wrong.chmod(0o600)
        done = home.canbao("account", "list", "--as", "sys-1", CANBAO_PASSWORD_FILE=str(wrong))
        holes += ["a wrong password is believed"] if done.returncode == 0 else []
        wrong.write_text(password)
        done = home.canbao("audit", "verify", "--as", "sys-1", CANBAO_PASSWORD_FILE=str(wrong))
        holes += (
            ["the right password of another post is enough to verify"] if done.returncode == 0 and not holes else []
        )
        subprocess.run(["rm", "-r", str(folder)], check=True)
    return judged(holes, f"{len(ends)} commands refused with exit codes {sorted(set(ends))}")


class _line_mark:  # noqa: N801
    """The lines of the journal that a command leaves, as text."""

    def __init__(self, home: Home) -> None:
        self.home, self.before, self.found = home, 0, []  # type: ignore[var-annotated]

    def __enter__(self) -> _line_mark:
        with self.home.running() as database:
            self.before = database.last_line()
        return self

    def __exit__(self, *error: object) -> None:
        with self.home.running() as database:
            self.found = database.lines(self.before)

    def lines(self) -> list[str]:
        return [f"{line['event']} by {line['account']}" for line in self.found if "REFUSED" not in line["event"]
                and "FAILED" not in line["event"]]  # fmt: skip


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
            done = home.canbao("account", "reset-password", "sys-1", "--as", "nobody-at-all", **more)
            codes.append(done.returncode)
            holes += [f"{more} is enough"] if done.returncode == 0 else []
        again = home.canbao("init", "--practice")
        done = home.canbao("account", "reset-password", "sys-1", "--as", "nobody-at-all")
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
    if os.geteuid() == 0:
        script = (
            "import os,sys;found=[]\n"
            "for top, folders, files in os.walk(sys.argv[1]):\n"
            "  for name in files:\n"
            "    path = os.path.join(top, name)\n"
            "    try: open(path,'rb').close(); found.append(os.path.relpath(path, sys.argv[1]))\n"
            "    except OSError: pass\n"
            "print('\\n'.join(found[:8]))"
        )
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", script, str(home)] if not Path(sys.executable).exists() else [_python(), "-c", script, str(home)],
            capture_output=True, text=True, check=False, user=NOBODY, group=NOBODY, extra_groups=[],
        )  # fmt: skip
        return [f"nobody reads {name}" for name in done.stdout.split()]
    if not home.stat().st_mode & 0o077:
        return []
    return [
        f"readable by others: {path.name}" for path in home.rglob("*") if path.is_file() and path.stat().st_mode & 0o044
    ][:8]


def _python() -> str:
    """An interpreter that another user may start."""
    return str(Path(sys.executable).resolve())


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
