"""Guessing passwords and codes, and locking somebody else out by it (entries 10, 11, 23)."""

from __future__ import annotations

import re
import time
from collections import Counter
from urllib.parse import urlsplit

from tests.attack.clients import Answer, Client, code_of
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.running import Product

SHOWN_CODE = re.compile(r'<b class="code">(\d{6})</b>')
WRONG = "Falsch1%falsch"


def tried(
    product: Product, name: str, password: str, *, source: str = "127.0.0.1", cookies: dict[str, str] | None = None
) -> Answer:
    """A password at the sign-in page, from an address, in a browser that may be known."""
    client = Client(product.port, source=source)
    client.cookies |= cookies or {}
    return client.submit("/sign-in/", {"name": name, "password": password})


def passed(answer: Answer) -> bool:
    return answer.status in (302, 303) and urlsplit(answer.location).path != "/sign-in/"


def _device(client: Client) -> dict[str, str]:
    """What a browser keeps when its session is over."""
    return {name: value for name, value in client.cookies.items() if "session" not in name and "csrf" not in name}


@attack("10", events=("SIGN_IN_FAILED",), order=37)
def locking_out(product: Product) -> Outcome:
    """Somebody elsewhere types wrong passwords for a name: its holder can still sign in."""
    holes, ends = [], []
    for role in ("TOWN_CLERK", "SYSTEM_ADMINISTRATOR"):
        office = product.place["town"] if role == "TOWN_CLERK" else "50"
        holder = product.database.make_account(role, office)
        known = Client(product.port, source="127.0.0.10").sign_in(holder)
        statuses = [tried(product, holder.name, WRONG, source="127.0.7.77").status for _ in range(12)]
        own = tried(product, holder.name, holder.password, source="127.0.0.10", cookies=_device(known))
        other = tried(product, holder.name, holder.password, source="127.0.0.11")
        stranger = tried(product, holder.name, holder.password, source="127.0.7.77")
        ends.append(f"{role}: tries {dict(Counter(statuses))}, holder {own.status}, at another place {other.status},"
                    f" right password where the wrong ones came from {stranger.status}")  # fmt: skip
        if not passed(own):
            holes.append(f"{role}: the holder is locked out at the own device ({own.status})")
        if 429 not in statuses:
            holes.append(f"{role}: twelve wrong passwords from one address are not stopped")
    return judged(holes, "; ".join(ends))


@attack("10", events=("SIGN_IN_FAILED", "ACCOUNT_LOCKED"), order=38)
def guessing_from_many_places(product: Product) -> Outcome:
    """A password is guessed from forty addresses, three times from each: it becomes slow or stops."""
    holder = product.database.make_account("TOWN_CLERK", product.place["town"])
    began, statuses = time.monotonic(), Counter[int]()
    for place in range(40):
        for _ in range(3):
            statuses[tried(product, holder.name, WRONG, source=f"127.0.8.{place + 1}").status] += 1
        if time.monotonic() - began > 120:
            break
    seconds, tries = time.monotonic() - began, sum(statuses.values())
    free = statuses[422]
    holes = [f"{free} of {tries} guesses in {seconds:.0f} s were answered"] if free > 60 and seconds < free else []
    return judged(holes, f"answers {dict(statuses)} in {seconds:.0f} s")


@attack("11", events=("SIGNED_IN", "SIGN_IN_FAILED"), order=38)
def ending_sessions(product: Product) -> Outcome:
    """Somebody who knows only the password does not end the holder's session."""
    holder = product.database.make_account("MUNICIPAL_APPROVER", "50")
    client = Client(product.port).sign_in(holder)
    if client.get("/search/").status != 200:
        return not_tried("the holder could not sign in")
    half = tried(product, holder.name, holder.password, source="127.0.7.78")
    after = client.get("/search/")
    holes = (
        []
        if after.status == 200
        else [f"the holder's session is over after a password alone ({after.status} {after.location})"]
    )
    return judged(holes, f"the password alone leads to {half.location}; the holder works on")


@attack("23", order=38)
def codes_shown(product: Product) -> Outcome:
    """Codes of accounts that the demo did not make are shown to nobody, whatever the environment says."""
    holes, ends = [], []
    stranger = product.database.make_account("MUNICIPAL_APPROVER", "50")
    client = Client(product.port)
    answer = client.submit("/sign-in/", {"name": stranger.name, "password": stranger.password})
    page = client.get("/sign-in/set-up/")
    holes += ["the code of a new device is on its page"] if SHOWN_CODE.search(page.text) else []
    Client(product.port).sign_in(stranger)
    again = Client(product.port)
    answer = again.submit("/sign-in/", {"name": stranger.name, "password": stranger.password})
    page = again.get("/sign-in/code/")
    holes += ["the code is shown beside the box where it is asked for"] if SHOWN_CODE.search(page.text) else []
    ends.append(f"{answer.location} {page.status}")
    return judged(holes, "; ".join(ends))


@attack("held", order=38)
def code_used_twice(product: Product) -> Outcome:
    """A code of the second factor is good once, and codes of other moments never."""
    holder = product.database.make_account("MUNICIPAL_APPROVER", "50")
    Client(product.port).sign_in(holder)
    if not holder.secret:
        return not_tried("no second factor was set up")
    holes = []
    first, second = Client(product.port, source="127.0.0.21"), Client(product.port, source="127.0.0.22")
    for client in (first, second):
        client.submit("/sign-in/", {"name": holder.name, "password": holder.password})
    used = holder.code()
    answers = [client.submit("/sign-in/code/", {"code": used}, to="code") for client in (first, second)]
    holes += ["the same code twice"] if all(passed(answer) for answer in answers) else []
    for step in (-20, -3, 3, 20):
        client = Client(product.port, source="127.0.0.23")
        client.submit("/sign-in/", {"name": holder.name, "password": holder.password})
        answer = client.submit("/sign-in/code/", {"code": code_of(holder.secret, holder.step + step)}, to="code")
        holes += [f"a code of {step * 30} s away"] if passed(answer) else []
    return judged(holes, f"answers {[answer.status for answer in answers]}")


@attack("held", order=38)
def guessing_codes(product: Product) -> Outcome:
    """With the password known, codes are guessed: after a few it has to be waited, and parallel guesses count."""
    holder = product.database.make_account("MUNICIPAL_APPROVER", "50")
    Client(product.port).sign_in(holder)
    client = Client(product.port, source="127.0.0.24")
    client.submit("/sign-in/", {"name": holder.name, "password": holder.password})
    answers = [client.submit("/sign-in/code/", {"code": f"{number:06d}"}, to="code") for number in range(12)]
    slowed = [
        answer
        for answer in answers
        if "秒后再试" in answer.text or answer.status == 429 or answer.location.startswith("/sign-in/?")
    ]
    holes = [] if slowed else ["twelve codes in a row were looked at"]
    return judged(holes, f"{len(slowed)} of 12 guesses had to wait")
