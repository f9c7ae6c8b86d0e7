"""The forms of a whole village through the real job: from its start to its files, with the register read for every one.

python -m bench.village [FORMS]     default 3100

A register of its own is made below bench/out: so many invented people of one village, in up to five insurances each, with numbers,
cards and employers. The job runs as the worker runs it. `bare`: the typesetter alone setting the same form without data, evaluated once,
in files of the same size. Kept in bench/results/.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)
SCHEMES = ("EMPLOYEE_PENSION", "EMPLOYEE_MEDICAL", "UNEMPLOYMENT", "WORK_INJURY", "MATERNITY")
NAMES = ("张伟", "王芳", "李㛃", "刘䶮", "陈𠅤", "杨𬎆", "赵𫖯", "黄𪟝", "周秀英", "吴建国")


def main(count: int) -> None:
    home = ROOT / "bench" / "out" / f"village-{count}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    env = os.environ | {
        "CANBAO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "canbao.config.settings", "CANBAO_LOGIN": "worker"
    }  # fmt: skip
    os.environ |= env
    subprocess.run(
        [sys.executable, "-m", "canbao.config.entry", "init", "--practice"],
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    from canbao.config import database

    server = database.start(home)
    try:
        for what in ("fill", "measure"):
            done = subprocess.run(
                [sys.executable, "-m", "bench.village", str(count), what], env=env, check=True, text=True, cwd=ROOT,
                capture_output=True,
            )  # fmt: skip
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.stdout + failed.stderr)
    finally:
        if server:
            server.stop()
    print(done.stdout.strip())
    (ROOT / "bench" / "results" / f"village-{count}.txt").write_text(done.stdout, encoding="utf-8")


def alone(what: str, count: int) -> None:
    """Each in a process of its own: memory is that of the job."""
    import django

    django.setup()
    match what:
        case "fill":
            fill(count)
        case "bare":
            print(f"{static_pages(count):.3f}")
        case "measure":
            measure(count)


def measure(count: int) -> None:
    bare = float(
        subprocess.run(
            [sys.executable, "-m", "bench.village", str(count), "bare"],
            check=True,
            text=True,
            cwd=ROOT,
            capture_output=True,
        ).stdout
    )
    took, job, peak = print_all(count)
    folder = Path(os.environ["CANBAO_HOME"]) / "exports" / str(job.pk)
    sheets = sorted(folder.glob("登记表*.pdf"))
    size, all_size = (sum(one.stat().st_size for one in files) for files in (sheets, folder.glob("*")))
    print(f"{count} forms of one village, {2 * count} pages, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(
        f"job, start to files: {took:.1f} s, {2 * count / took:.0f} pages/s, peak {peak:.0f} MB; {job.state} {job.message}"
    )
    print(
        f"{len(sheets)} files, {size / 1e6:.1f} MB, {size / count / 1000:.1f} kB a form; all files {all_size / 1e6:.1f} MB"
    )
    print(f"stages, s: {', '.join(f'{name} {seconds:.1f}' for name, seconds in STAGES.items())}")
    setting = STAGES["排版"]
    print(f"bare typesetter, the same form without data: {bare:.1f} s, {2 * count / bare:.0f} pages/s")
    print(
        f"setting the village: {setting:.1f} s, {2 * count / setting:.0f} pages/s, {bare / setting:.2f} of the bare typesetter"
    )


STAGES: dict[str, float] = {}


def print_all(count: int) -> tuple[float, Any, float]:
    from procrastinate.contrib.django import app

    from canbao.jobs import printing  # noqa: F401
    from canbao.rules.roles import Actor, Role
    from canbao.services.forms import batch
    from canbao.services.jobs import running
    from canbao.store.models import Job, SurveyRound

    village, town = _offices()
    actor = Actor("bench", Role.TOWN_CLERK, town)
    order = batch.Order(SurveyRound.objects.get().pk, village)
    job = batch.start(order, actor=actor, at=AT)
    last: list[Any] = []
    plain = running.Progress.stage

    def stage(self: Any, text: str, **more: Any) -> None:
        _stop(last)
        last[:] = [text, time.perf_counter()]
        plain(self, text, **more)

    running.Progress.stage = stage  # type: ignore[method-assign]
    started = time.perf_counter()
    app.tasks["print_forms"].func(job_id=job.pk)
    _stop(last)
    took = time.perf_counter() - started
    return took, Job.objects.get(pk=job.pk), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _stop(last: list[Any]) -> None:
    if last:
        STAGES[last[0]] = STAGES.get(last[0], 0.0) + time.perf_counter() - last[1]


def static_pages(count: int) -> float:
    """The limit: one blank form, evaluated once and set as often, in files of the same size."""
    import json

    import typst

    from canbao.outside.printing.typesetter import TEMPLATES
    from canbao.services.forms import blank
    from canbao.services.forms.printing import house_fonts

    source = (TEMPLATES / "registration.typ").read_text(encoding="utf-8")
    kept = source[: source.index("#for (place, form)")]
    loop = (
        "#let one = front(given.forms.at(0))\n#let other = back(given.forms.at(0))\n"
        "#for n in range(MANY) { if n > 0 { pagebreak() }\n one + pagebreak() + other }"
    )
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(one) for one in house_fonts().folders()],
    )
    data = json.dumps({"forms": [blank() | {"qr": []}], "version": 1, "rare": []}, ensure_ascii=False)
    started = time.perf_counter()
    for first in range(0, count, 200):
        text = kept + loop.replace("MANY", str(min(200, count - first)))
        typst.Compiler(text.encode(), font_paths=fonts, sys_inputs={"data": data}).compile(format="pdf", pdf_tags=False)
    return time.perf_counter() - started


def _offices() -> tuple[str, str]:
    from canbao.rules.offices import OfficeKind, offices

    village = next(
        one.path for one in offices() if one.kind is OfficeKind.VILLAGE_COMMITTEE and one.period.contains(AT.date())
    )
    return village, village[:15]


def fill(count: int) -> None:
    """People, and a round with a line for each."""
    from canbao.rules.names import name_key
    from canbao.store.models import (
        BusinessNumber,
        Card,
        Employer,
        Enrolment,
        Person,
        SurveyRound,
        SurveyTask,
    )

    village, _ = _offices()
    common = {"office_path": village, "valid_from": LONG_AGO, "recorded_at": AT, "basis": "bench"}
    names = [NAMES[n % len(NAMES)] for n in range(count)]
    Person.objects.bulk_create(
        (
            Person(
                id=n + 1, name=name, name_key=name_key(name), birth_date=date(1960 + n % 40, 1 + n % 12, 1 + n % 28),
                sex=str(1 + n % 2), ethnicity="01", doc_type="01", doc_number=f"500901{n:012d}", hukou_type="51",
                hukou_status="NORMAL", hukou_address=f"重庆市某区人民路{n}号", home_address=f"某村{n // 40}组{n % 40}号",
                phone=f"139{n:08d}", gap="MISSING_SCHEME", scope="LOCAL_HUKOU", household_no=str(n // 3), **common,
            )
            for n, name in enumerate(names)
        ),
        batch_size=1000,
    )  # fmt: skip
    Enrolment.objects.bulk_create(
        (
            Enrolment(
                person_id=n + 1, scheme=scheme, record_key=f"{n}-{scheme}", source="employee", state="PAYING",
                first_enrolled_on=date(2005 + n % 15, 3, 1), spell_from=LONG_AGO, capacity="101", employer_no=f"E{n % 300}",
                enrolment_division="500101000000", **common,
            )
            for n in range(count)
            for scheme in SCHEMES[: n % 6]
        ),
        batch_size=1000,
    )  # fmt: skip
    Employer.objects.bulk_create(
        Employer(source="employee", employer_no=f"E{n}", name=f"某某第{n}机械制造有限责任公司") for n in range(300)
    )
    BusinessNumber.objects.bulk_create(
        (BusinessNumber(person_id=n + 1, source="employee", number=f"23{n:08d}", **common) for n in range(count)),
        batch_size=1000,
    )
    Card.objects.bulk_create(
        (Card(person_id=n + 1, card_no=f"A{n:011d}", card_status="1", office_path=village) for n in range(count)),
        batch_size=1000,
    )
    round_ = SurveyRound.objects.create(
        name="2026年入户调查", office=village[:6], reasons=["NOT_ENROLLED"], due_on=date(2026, 12, 31), state="OPEN",
        opened_by="bench", opened_at=AT, built_at=AT,
    )  # fmt: skip
    SurveyTask.objects.bulk_create(
        (
            SurveyTask(
                round_id=round_.pk, person_id=n + 1, office_path=village, held_at=village, name=name,
                address=f"某村{n // 40}组{n % 40}号", address_key=f"{n // 40:04d}-{n % 40:04d}", reasons=["NOT_ENROLLED"],
                state="TO_VISIT",
            )
            for n, name in enumerate(names)
        ),
        batch_size=1000,
    )  # fmt: skip


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 3100
    alone(sys.argv[2], number) if len(sys.argv) > 2 else main(number)
