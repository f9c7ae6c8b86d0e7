"""Rows that are guessed or another's: each miss is on record, and many stop (entry 18)."""

from __future__ import annotations

import time
from collections import Counter
from statistics import median
from uuid import uuid4

from tests.attack.clients import Client
from tests.attack.enumeration import stopped
from tests.attack.outcomes import Outcome, attack, judged
from tests.attack.routes import office_of, role_with, routes
from tests.attack.running import Product

GUESSES = 100


@attack("18", order=44)
def guessed_rows(product: Product) -> Outcome:
    """Numbers of rows that do not exist are tried on every address that takes one: each miss is on record, and many stop."""
    silent: dict[str, str] = {}
    tried = misses = 0
    unlikely = {"file_name": "x.csv"}
    for route in routes(product):
        role = role_with(route.need)
        if not role or not [part for part in route.parts if part.endswith("_id")]:
            continue
        account = product.account(role.value, office_of(role, product))
        client = product.client_of(account)
        line = product.database.last_line()
        numbers = dict.fromkeys(route.parts, 987_654_321) | {"place": 1} | unlikely
        path = route.filled(**numbers)
        answer = client.get(path)
        if answer.status == 405:
            answer = client.post(path, {}, token=client.token("/sign-out/"))
        tried += 1
        if answer.status == 404:
            misses += 1
            if not product.database.events(line, account=account.name):
                silent[route.path] = role.value
        elif answer.status >= 500:
            silent[route.path] = f"answered {answer.status}"
    holes = [f"{len(silent)} of {misses} misses without a line: {', '.join(sorted(silent))}"] if silent else []
    return judged(holes, f"{tried} addresses, {misses} misses, each with a line")


@attack("18", order=45)
def guessed_in_a_row(product: Product) -> Outcome:
    """A hundred numbers of papers and lines, one after the other: each on record, and it stops."""
    holes, ends = [], []
    for path in ("/evidence/{}/", "/survey/tasks/{}/", "/found/{}/", "/people/{}/", "/cases/{}/"):
        account, client = product.fresh("TOWN_CLERK", product.place["town"])
        line, statuses = product.database.last_line(), Counter[int]()
        for number in range(GUESSES):
            statuses[client.get(path.format(900_000_000 + number)).status] += 1
        lines = sum(product.database.events(line, account=account.name).values())
        holes += [f"{path}: {statuses[404]} misses, {lines} lines"] if lines < statuses[404] else []
        ends.append(f"{path} {dict(statuses)}")
        holes += [] if stopped(statuses) else [f"{path}: nothing stopped it"]
    return judged(holes, "; ".join(ends))


@attack("18", order=45)
def guessed_by_device(product: Product) -> Outcome:
    """The village's device asks for households and receipts that are not its own."""
    account, client = product.fresh("VILLAGE_SURVEYOR", product.place["village"])
    line, statuses = product.database.last_line(), Counter[int]()
    for number in range(50):
        statuses[client.get(f"/api/v1/field/households/{900_000_000 + number}").status] += 1
        statuses[client.get(f"/api/v1/field/receipts/{uuid4()}").status] += 1
    lines = sum(product.database.events(line, account=account.name).values())
    holes = [f"{statuses[404]} misses, {lines} lines"] if lines < statuses[404] else []
    return judged(holes, f"answers {dict(statuses)}, {lines} lines")


@attack("held", order=46)
def foreign_rows(product: Product) -> Outcome:
    """Rows of another district, by address and by body, are not there."""
    database, place = product.database, product.place
    _, client = product.fresh("TOWN_CLERK", place["town"])  # the common one has guessed too much to be told anything
    foreign, name, number, _ = place["foreign"][0]
    case = database.value("select id from match_case where office_path not like %s limit 1", place["district"] + "%")
    paths = [f"/people/{foreign}/", f"/people/{foreign}/sources/", f"/people/{foreign}/looks/", f"/people/{foreign}/form/",
             f"/people/{foreign}/unmask/?field=doc_number", *([f"/cases/{case}/"] if case else [])]  # fmt: skip
    token = client.token("/search/")
    answers = {path: client.get(path) for path in paths}
    answers["unmask"] = client.post(f"/people/{foreign}/unmask/", {"field": "doc_number", "reason": "OTHER", "note": "电话核对情况"},
                                    token=token)  # fmt: skip
    answers["fragment"] = client.ask("GET", f"/people/{foreign}/", headers={"HX-Request": "true"})
    answers["search"] = client.post("/search/", {"q": number}, token=token)
    holes = [
        f"{what}: {answer.status}"
        for what, answer in answers.items()
        if answer.status not in (404, 403, 429) and what != "search"
    ]
    holes += [f"{what} tells the name" for what, answer in answers.items() if name in answer.text]
    return judged(holes, f"{len(answers)} ways, {sorted({answer.status for answer in answers.values()})}")


@attack("held", order=47)
def account_names(product: Product) -> Outcome:
    """Whether an account exists is told neither by the text nor by the time of a failed sign-in."""
    known = product.database.make_account("TOWN_CLERK", product.place["town"])
    said: dict[str, list[tuple[str, float]]] = {"known": [], "unknown": []}
    for turn in range(4):
        for kind, name in (("known", known.name), ("unknown", f"x{known.name}")):
            client = Client(product.port, source=f"127.0.9.{turn * 2 + (kind == 'known') + 1}")
            token, began = client.token(), time.monotonic()
            answer = client.post("/sign-in/", {"name": name, "password": "Falsch1%falsch"}, token=token)
            text = answer.text.replace(name, "").replace(token, "")
            alert = "".join(part for part in text.split("<") if "不正确" in part or "暂停" in part)
            said[kind].append((f"{answer.status} {alert}", time.monotonic() - began))
    texts = {kind: {text for text, _ in each} for kind, each in said.items()}
    times = {kind: median(seconds for _, seconds in each) for kind, each in said.items()}
    holes = ["the text differs"] if texts["known"] != texts["unknown"] else []
    slow, fast = max(times.values()), min(times.values())
    holes += [f"the time differs: {times}"] if slow > 3 * fast and slow - fast > 0.2 else []
    return judged(holes, f"same text, {times['known'] * 1000:.0f} and {times['unknown'] * 1000:.0f} ms")
