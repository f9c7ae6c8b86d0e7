"""A village's registration forms on paper, beside what the typesetter does with plain words.

python -m bench.forms [FORMS]     default 3100

Each measure is a process of its own: seconds, pages a second, size of the PDF files, peak memory. `plain` is the same words of the
same number of pages as paragraphs, without tables, data or codes. Kept as text in bench/results/.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "bench" / "out" / "fonts"
NAMES = ("张伟", "王芳", "李㛃", "刘䶮", "陈𠅤", "杨𬎆", "赵𫖯", "黄𪟝", "周秀英", "吴建国")
SIZES = (20, 50, 150)


def main(count: int) -> None:
    lines = [f"{count} forms, {2 * count} pages, {os.cpu_count()} cores"]
    for what in (f"plain {count} 150", *(f"forms {count} {size}" for size in SIZES), "forms 1 1"):
        done = subprocess.run(
            [sys.executable, "-m", "bench.forms", *what.split()], check=True, capture_output=True, text=True, cwd=ROOT
        )
        lines.append(done.stdout.strip())
    report = "\n".join(lines)
    print(report)
    (ROOT / "bench" / "results" / f"forms-{count}.txt").write_text(report + "\n", encoding="utf-8")


def measure(what: str, count: int, size: int) -> None:
    """One way of printing, in this process."""
    from canbao.outside.printing import Fonts

    fonts = Fonts(modules=ROOT / "node_modules", kept=KEPT)
    started, total, files = time.perf_counter(), 0, 0
    for first in range(0, count, size):
        many = min(size, count - first)
        total += len(_plain(many, fonts) if what == "plain" else _forms(first, many, fonts))
        files += 1
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what}, {files} files of {size}: {seconds:.1f} s, {2 * count / seconds:.0f} pages/s,"
        f" {total / 1e6:.1f} MB ({total / count / 1000:.1f} kB a form), peak {peak:.0f} MB"
    )


def _forms(first: int, many: int, fonts: Any) -> bytes:
    from canbao.outside.printing import typeset

    return typeset("registration", [_form(serial) for serial in range(first, first + many)], version=1, fonts=fonts)


def _plain(many: int, fonts: Any) -> bytes:
    import typst

    text = (ROOT / "tests/spec/article_08_form/annex.txt").read_text(encoding="utf-8").replace("|", "")
    front, back = (part.replace("\n", "\n\n") for part in text.split("（反面）"))
    page = '#set page(paper: "a4")\n#set text(font: "Noto Serif SC", size: 10pt)\n'
    words = page + "\n#pagebreak()\n".join([front, back] * many)
    given = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(one) for one in fonts.folders()]
    )
    return bytes(typst.Compiler(words.encode(), font_paths=given).compile(format="pdf", pdf_tags=False))


def _form(serial: int) -> dict[str, Any]:
    """Somebody invented, everybody different."""
    from canbao.outside.printing import qr
    from canbao.rules.forms import code_text, form_number

    number = form_number(2026, serial)
    insured = {
        "first": f"20{serial % 20:02d}-03-01", "state": "参保缴费", "capacity": "企业职工",
        "employer": f"某某第{serial}机械制造有限责任公司", "place": "渝中区",
    }  # fmt: skip
    nothing = dict.fromkeys(insured, "") | {"state": "未参保"}
    return {
        "number": number, "masked": False, "printed": "bench 2026-11-24 10:00 打印", "qr": qr(code_text(number)),
        "office": "七星岗街道社会保障服务所", "name": NAMES[serial % len(NAMES)], "sex": "女", "ethnicity": "汉族",
        "birth": f"19{60 + serial % 40}-01-01", "doc_type": "居民身份证（户口簿）", "doc_number": f"500901{serial:012d}",
        "hukou_type": "本地居民户口", "number_employee": f"23{serial:08d}", "number_resident": "", "card_no": f"A{serial:011d}",
        "card_made": "是", "hukou": f"重庆市渝中区七星岗街道人民路{serial}号", "insurances": [insured] * (serial % 6) + [nothing] * (8 - serial % 6),
        "letter": {"lines": ["insured", "owed"], "insured": "失业保险", "owed": "工伤保险、生育保险",
                   "may": "城乡居民基本养老保险", "year": "", "month": ""},
        "day": ["2026", "11", "24"], "ticks": ["1", "IN", "E01"], "work_in": "渝中区", "work_out": "",
        "home": {"province": "重庆市", "city": "", "district": "渝中区", "town": "七星岗街道", "village": "某社区",
                 "rest": f"人民路{serial}号"},
        "post": {"address": "", "code": ""}, "mobile": f"139{serial:08d}", "landline": ["", ""], "qq": "", "mail": "",
    }  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3100)
