"""Reading the register by the list: numbers tried, files opened, searches (entries 2, 17)."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from uuid import uuid4

from tests.attack.clients import Answer, Client
from tests.attack.database import insert
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.pages import forms_of
from tests.attack.running import Product

NUMBERS, FILES, SEARCHES = 300, 400, 300  # far more than a day's work with invented names
SPENT = 429  # the answer when a budget is used up
INVENTED = "钱甲乙"


def stopped(statuses: Counter[int]) -> bool:
    return statuses[SPENT] > 0


def _found(client: Client, product: Product, token: str, **facts: str) -> Answer:
    """Somebody found at a door, through the interface of the village's device."""
    content = {"client_id": str(uuid4()), "round_id": product.place["round"], "facts": facts}
    headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Accept": "application/json"}
    return client.ask("POST", "/api/v1/field/found", headers=headers, body=json.dumps(content).encode())


def _numbers(
    product: Product,
    account: str,
    ask: Any,
    *,
    tells: Callable[[Answer], bool] = lambda answer: answer.status in (200, 409),
) -> Outcome:
    """Try foreign numbers with an invented name until it stops. ask(number) returns an answer; tells: whether it says that somebody is there."""
    line = product.database.last_line()
    statuses: Counter[int] = Counter()
    told, answered = 0, 0
    people = product.place["foreign"]
    for turn in range(NUMBERS):
        _, name, number, _ = people[turn % len(people)]
        answer = ask(number)
        statuses[answer.status] += 1
        told += name in answer.text
        answered += tells(answer)
        if stopped(statuses):
            break
    events = product.database.events(line, account=account)
    looked = events["LOOKED_FOR_TWIN"]
    product.canbao("audit", "scan", CANBAO_DEMO="1", check=False)
    alarms = product.database.value("select count(*) from alarm where subject = %s", account)
    holes = [f"{told} names told for {sum(statuses.values())} numbers"] if told else []
    holes += [f"{answered} answers, {looked} lines of the journal"] if looked < answered else []
    holes += [] if stopped(statuses) else [f"nothing stopped it within {NUMBERS}"]
    holes += [] if alarms else ["no alarm"]
    return judged(holes, f"no name told; answers {dict(statuses)}, {looked} looks on record, {alarms} alarms")


@attack("2", order=40)
def numbers_into_names(product: Product) -> Outcome:
    """A village worker turns numbers of the whole city into names and towns, through the device's interface."""
    account, client = product.fresh("VILLAGE_SURVEYOR", product.place["village"])
    token = client.token("/field/found/new/")
    return _numbers(
        product, account.name, lambda number: _found(client, product, token, name=INVENTED, doc_number=number)
    )


@attack("2", order=40)
def numbers_into_names_by_page(product: Product) -> Outcome:
    """The same through the page of the village."""
    account, client = product.fresh("VILLAGE_SURVEYOR", product.place["village"])
    token = client.token("/field/found/new/")

    def ask(number: str) -> Answer:
        fields = {"client_id": str(uuid4()), "round_id": str(product.place["round"]), "name": INVENTED, "doc_type": "01",
                  "doc_number": number}  # fmt: skip
        return client.post("/field/found/new/", fields, token=token)

    return _numbers(product, account.name, ask)


@attack("2", order=41)
def numbers_into_names_at_entry(product: Product) -> Outcome:
    """A town clerk types foreign numbers into the form of somebody found who was invented."""
    database, place = product.database, product.place
    name = "钱" + "".join(random.choices("鑫淼焱垚森晶磊犇", k=3))
    born = f"19{random.randrange(50, 99)}-03-{random.randrange(10, 28)}"
    _, village = product.fresh("VILLAGE_SURVEYOR", place["village"])
    reported = _found(
        village,
        product,
        village.token("/field/found/new/"),
        name=name,
        birth_date=born,
        sex="1",
        home_address="某路1号",
    )
    said = json.loads(reported.text) if reported.text.startswith("{") else {}
    task = said.get("task_id")
    if not task:
        return not_tried(f"nobody could be reported: {reported.status} {reported.text[:200]}")
    _returned(product, task)
    account, clerk = product.fresh("TOWN_CLERK", place["town"])
    path = f"/survey/tasks/{task}/enter/"
    form = next((each for each in forms_of(clerk.get(path).text) if "doc_number" in each.fields), None)
    if form is None:
        return not_tried("the form of somebody found cannot be entered")
    token = form.fields["csrfmiddlewaretoken"]

    def ask(number: str) -> Answer:
        typed = {"doc_type": "01", "doc_number": number, "ethnicity": "01", "hukou_type": "110", "hukou_address": "某路1号", "signer": "SELF",
                 "signed_on": "2026-11-20", "seconds": "60", "sex": str(2 - int(number[16]) % 2), "phone": "",
                 "birth_date": f"{number[6:10]}-{number[10:12]}-{number[12:14]}"}  # fmt: skip
        return clerk.post(path, form.fields | typed, token=token)

    outcome = _numbers(
        product, account.name, ask, tells=lambda answer: "已有另一人" in answer.text or "很可能已有" in answer.text
    )
    left = database.value("select state from survey_task where id = %s", task)
    return Outcome(outcome.verdict, f"{outcome.says}; the line is {left}")


def _returned(product: Product, task: int) -> None:
    """The line's form was printed and came back, as a station notes it."""
    at, number, place = datetime.now(UTC), f"F{token_hex(5).upper()}", product.place
    with product.database.connect() as connection, connection.transaction():
        connection.execute("set local session_replication_role = replica")
        insert(connection, "registration_form", number=number, version=1, masked=True, printed_by="a-test", printed_at=at,
               office_path=place["village"], task_id=task)  # fmt: skip
        insert(connection, "form_return", form_number=number, round_id=place["round"], task_id=task, office_path=place["village"],
               signer="SELF", returned_by="a-test", returned_at=at, earlier="[]")  # fmt: skip
        connection.execute("update survey_task set state = 'RETURNED', form_number = %s where id = %s", [number, task])


@attack("17", order=42)
def files_opened(product: Product) -> Outcome:
    """One session of the city opens four hundred files one after the other."""
    account, client = product.fresh("MUNICIPAL_APPROVER")
    line = product.database.last_line()
    statuses: Counter[int] = Counter()
    for number, *_ in product.place["foreign"][:FILES]:
        statuses[client.get(f"/people/{number}/").status] += 1
        if stopped(statuses):
            break
    lines = product.database.events(line, account=account.name)["PERSON_VIEWED"]
    holes = [] if stopped(statuses) else [f"nothing stopped it within {sum(statuses.values())} files"]
    holes += [f"{statuses[200]} files opened, {lines} lines"] if lines < statuses[200] else []
    return judged(holes, f"answers {dict(statuses)}, {lines} lines")


@attack("17", order=42)
def searches(product: Product) -> Outcome:
    """One session searches three hundred numbers."""
    account, client = product.fresh("MUNICIPAL_APPROVER")
    token, line = client.token("/search/"), product.database.last_line()
    statuses: Counter[int] = Counter()
    for _, _, number, _ in (product.place["foreign"] * 2)[:SEARCHES]:
        statuses[client.post("/search/", {"q": number}, token=token).status] += 1
        if stopped(statuses):
            break
    lines = product.database.events(line, account=account.name)["SEARCHED"]
    holes = [] if stopped(statuses) else [f"nothing stopped it within {sum(statuses.values())} searches"]
    holes += [f"{statuses[200]} searches, {lines} lines"] if lines < statuses[200] else []
    return judged(holes, f"answers {dict(statuses)}, {lines} lines")


@attack("17", order=43)
def sources_and_looks(product: Product) -> Outcome:
    """The parts of a file, the source records and who looked, are opened for many people without the file."""
    account, client = product.fresh("MUNICIPAL_APPROVER")
    line, statuses = product.database.last_line(), Counter[int]()
    for number, *_ in product.place["foreign"][:200]:
        for part in ("sources", "looks", "form"):
            statuses[client.get(f"/people/{number}/{part}/").status] += 1
        if stopped(statuses):
            break
    lines = sum(product.database.events(line, account=account.name).values())
    holes = [] if stopped(statuses) else [f"nothing stopped it within {sum(statuses.values())} pages"]
    holes += [f"{statuses[200]} pages, {lines} lines"] if lines < statuses[200] else []
    return judged(holes, f"answers {dict(statuses)}, {lines} lines")
