"""What was acknowledged as saved stays saved, however often processes are killed meanwhile (held)."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import threading
import time
from uuid import uuid4

from tests.attack.clients import Client
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.running import Product

ROUNDS, SECONDS = 6, 3.0


def _visit(client: Client, token: str, task: int, number: str) -> str:
    """The receipt of a visit; empty where no answer came."""
    content = {
        "client_id": number,
        "task_id": task,
        "outcome": "CHECKED",
        "visited_at": "2026-11-20T10:00:00+08:00",
        "note": "走访",
    }
    headers = {"Content-Type": "application/json", "X-CSRFToken": token}
    with contextlib.suppress(OSError, ValueError):
        answer = client.ask("POST", "/api/v1/field/visits", headers=headers, body=json.dumps(content).encode())
        return str(json.loads(answer.text).get("receipt", "")) if answer.status == 200 else ""
    return ""


def _postmaster(product: Product) -> int:
    text = (product.home / "postgres" / "postmaster.pid").read_text().split("\n")[0]
    return int(text)


@attack("held", is_heavy=True, may_fault=True, order=91)
def killed_with_receipts(product: Product) -> Outcome:
    """Web, worker and database are killed with -9 while visits are sent: every receipt can be read back."""
    village = product.client("VILLAGE_SURVEYOR", product.place["village"])
    token = village.token("/field/found/new/")
    tasks = [
        row[0]
        for row in product.database.rows("select id from survey_task where held_at = %s", product.place["village"])
    ]
    dice, over = random.Random(product.seed), threading.Event()
    receipts: dict[str, str] = {}
    counted = [0]

    def send() -> None:
        while not over.is_set():
            number = str(uuid4())
            counted[0] += 1
            if told := _visit(village, token, dice.choice(tasks), number):
                receipts[number] = told

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    killed = []
    for turn in range(ROUNDS):
        time.sleep(SECONDS)
        assert product.watch
        pids = product.watch.pids(("web", "worker", "web")[turn % 3]) if turn != 2 else [_postmaster(product)]
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(dice.choice(pids), signal.SIGKILL)
            killed.append(turn)
    time.sleep(SECONDS * 2)
    over.set()
    for thread in threads:
        thread.join(90)
    lost = [number for number, told in receipts.items() if not _is_kept(product, number, told)]
    holes = [f"{len(lost)} receipts of {len(receipts)} lost"] if lost else []
    holes += [] if receipts else ["no receipt at all"]
    return judged(
        holes, f"{len(receipts)} receipts of {counted[0]} sent, {len(killed)} kills, none lost", was_refused=False
    )


def _is_kept(product: Product, number: str, told: str) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            return bool(
                product.database.value(
                    "select count(*) from survey_visit where client_id = %s and receipt = %s", number, told
                )
            )
        time.sleep(0.5)
    return False
