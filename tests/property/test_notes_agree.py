"""The page and the server agree on which remarks carry somebody's identity number."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

from canbao.rules.identity import check_digit
from canbao.rules.notes import carries_number

SCRIPT = Path(__file__).parents[2] / "canbao" / "web" / "static" / "canbao" / "typing.js"
ASK = """
const { carriesNumber } = await import(process.argv[1]);
let sent = ""; for await (const part of process.stdin) sent += part;
console.log(JSON.stringify(JSON.parse(sent).map(carriesNumber)));
"""
KNOWN = [
    "证号 500901199001010118", "票据 123456789012345", "500901900101011 本人", "见 500901901301011", "单号 50090119900101",
    "5009019001010112222", "",
]  # fmt: skip


def numbers(count: int) -> list[str]:
    drawn, made = random.Random(7), []
    for _ in range(count):
        area = f"{drawn.randint(0, 9)}0090{drawn.randint(0, 9)}"
        day = f"{drawn.choice([1899, 1950, 1990, 2024])}{drawn.randint(0, 13):02}{drawn.randint(0, 32):02}"
        first = f"{area}{day}{drawn.randint(0, 999):03}"
        whole = first + drawn.choice([check_digit(first), check_digit(first).lower(), "0", "7"])
        written = drawn.choice(
            [whole, f"{area}{day[2:]}{first[14:]}", " ".join(whole), whole.translate(WIDE), whole + "1"]
        )
        made.append(f"{drawn.choice(['', '本人', '9', 'x'])}{written}{drawn.choice(['', '号', ' 1'])}")
    return made


WIDE = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"}


def test_the_page_and_the_rule_agree() -> None:
    texts = [*KNOWN, *numbers(3000)]
    done = subprocess.run(
        ["node", "--input-type=module", "-e", ASK, SCRIPT.as_uri()], input=json.dumps(texts), capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    said = dict(zip(texts, json.loads(done.stdout), strict=True))
    assert {text: said[text] for text in texts} == {text: carries_number(text) for text in texts}
    assert 100 < sum(said.values()) < len(texts) - 100
