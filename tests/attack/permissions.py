"""Rights that ended: files of a former office, jobs of who may not any more (entry 13)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.attack.clients import Account, Client
from tests.attack.deliveries import Job, csv_of, ended, number_of, people
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.running import Product


def _move(product: Product, account: Account, *, office: str) -> None:
    """The account works elsewhere from today, as a granted change of post leaves it."""
    with product.database.connect() as connection, connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "insert into post select (jsonb_populate_record(p, jsonb_build_object('id', nextval(pg_get_serial_sequence('post', 'id')),"
            " 'office', %s::text, 'valid_from', current_date))).* from post p join account a on a.id = p.account_id where a.name = %s",
            [office, account.name],
        )
        connection.execute(
            "update post p set valid_to = current_date from account a where a.id = p.account_id and a.name = %s and p.office <> %s",
            [account.name, office],
        )
        connection.execute("update account set office = %s where name = %s", [office, account.name])


@contextmanager
def _worker_held(product: Product) -> Iterator[None]:
    """The worker does nothing for as long as the block: what is asked for waits in the queue."""
    assert product.watch
    pids = product.watch.pids("worker")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def _printed(product: Product, client: Client, *, wait: float = 90) -> Job:
    """The list of a town's villages, asked for as a job."""
    path = f"/survey/{product.place['round']}/print/"
    answer = client.submit(path, {"what": "list", "only": "all", "office": product.place["town"]})
    return ended(product, number_of(answer), wait=wait)


def _files(product: Product, job: Job) -> list[str]:
    names = [str(each["name"]) for each in job.result.get("files", ())]
    return [
        f"/jobs/{job.number}/file/",
        f"/jobs/{job.number}/all.zip",
        *(f"/jobs/{job.number}/files/{name}/" for name in names),
    ]


@attack("13", order=48)
def list_of_a_former_office(product: Product) -> Outcome:
    """A clerk has a town's list printed, is moved to another district, and fetches the file."""
    other = product.place["foreign"][0][3][:15]
    account, client = product.fresh("TOWN_CLERK", product.place["town"])
    job = _printed(product, client)
    if job.state != "DONE":
        return not_tried(job.says)
    own = client.get(_files(product, job)[0])
    _move(product, account, office=other)
    client = product.client_of(account)
    answers = {path: client.get(path) for path in _files(product, job)}
    holes = [f"{path} gives {len(answer.body)} bytes" for path, answer in answers.items() if answer.status == 200]
    return judged(holes, f"before {own.status}, afterwards {sorted({answer.status for answer in answers.values()})}")


@attack("13", order=48)
def list_after_the_post(product: Product) -> Outcome:
    """The same when the post was ended and nothing came after it, and when the account was disabled."""
    account, client = product.fresh("TOWN_CLERK", product.place["town"])
    job = _printed(product, client)
    if job.state != "DONE":
        return not_tried(job.says)
    holes, ends = [], []
    for statement in ("update post p set valid_to = current_date from account a where a.id = p.account_id and a.name = %s",
                      "update account set is_active = false, disabled_by = 'x', disabled_at = now() where name = %s"):  # fmt: skip
        with product.database.connect() as connection, connection.transaction():
            connection.execute("set local session_replication_role = replica")
            connection.execute(statement, [account.name])
        answers = [client.get(path) for path in _files(product, job)]
        holes += ["the file is given out"] if any(answer.status == 200 for answer in answers) else []
        ends.append(sorted({answer.status for answer in answers}))
    return judged(holes, f"answers {ends}")


@attack("13", order=49)
def job_of_a_disabled_account(product: Product) -> Outcome:
    """Jobs wait in the queue while who asked is disabled or moved: they are not carried out."""
    holes, ends = [], []
    for what in ("disabled", "moved", "ended"):
        account, client = product.fresh("TOWN_CLERK", product.place["town"])
        with _worker_held(product):
            job = _printed(product, client, wait=0)
            if not job.number:
                return not_tried("no job was made")
            if what == "disabled":
                administrator = product.client("SYSTEM_ADMINISTRATOR")
                number = product.database.account_id(account.name)
                administrator.submit(f"/accounts/{number}/", {"reason": "调离"}, to="/disable/")
            elif what == "moved":
                _move(product, account, office=product.place["foreign"][0][3][:15])
            else:
                with product.database.connect() as connection, connection.transaction():
                    connection.execute("set local session_replication_role = replica")
                    connection.execute("update post p set valid_to = current_date from account a where a.id = p.account_id and a.name = %s",
                                       [account.name])  # fmt: skip
        job = ended(product, job.number, wait=90)
        ends.append(f"{what}: {job.state}")
        holes += [f"{what}: carried out"] if job.state == "DONE" else []
    return judged(holes, ", ".join(ends))


@attack("13", order=49)
def delivery_of_a_disabled_account(product: Product) -> Outcome:
    """An upload waits in the queue while the operator is disabled: it is not received."""
    account, client = product.fresh("MUNICIPAL_OPERATOR")
    with _worker_held(product):
        words = {"source": "police", "kind": "full", "as_of": "2026-10-31"}
        answer = client.post("/deliveries/receive/", words, token=client.token("/deliveries/receive/"),
                             files=[("chosen", "a.csv", csv_of(people(5)))])  # fmt: skip
        with product.database.connect() as connection, connection.transaction():
            connection.execute("set local session_replication_role = replica")
            connection.execute(
                "update account set is_active = false, disabled_by = 'x', disabled_at = now() where name = %s",
                [account.name],
            )
    job = ended(product, number_of(answer), wait=60)
    return judged(["it was received"] if job.state == "DONE" else [], job.says)
