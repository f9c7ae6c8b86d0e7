"""Becoming somebody else: resets, several accounts of one person, posts that nobody granted (entries 5, 24)."""

from __future__ import annotations

import html
import re
from secrets import token_hex

from tests.attack.clients import Account, Answer, Client, NotSignedIn
from tests.attack.guessing import passed, tried
from tests.attack.outcomes import Outcome, attack, judged, not_tried
from tests.attack.pages import forms_of
from tests.attack.running import Product

ONE_TIME = re.compile(r'<code class="one-time">([^<]+)</code>')


def _reset(product: Product, administrator: Client, victim: Account) -> str:
    """The one-time password that a reset told the administrator; empty where it told none."""
    number = product.database.account_id(victim.name)
    answer = administrator.submit(f"/accounts/{number}/", {"reason": "本人忘记密码"}, to="/reset/")
    page = administrator.follow(answer)
    found = ONE_TIME.search(answer.text) or ONE_TIME.search(page.text)
    return html.unescape(found[1]) if found else ""


@attack("5", order=35)
def administrator_becomes_clerk(product: Product) -> Outcome:
    """A system administrator resets a clerk's password, reads it, and signs in as the clerk."""
    _, administrator = product.fresh("SYSTEM_ADMINISTRATOR")
    holes, ends = [], []
    for kind in ("never signed in", "with a second factor"):
        victim, before = product.database.make_account("TOWN_CLERK", product.place["town"]), None
        if kind != "never signed in":
            before = Client(product.port).sign_in(victim)
            if not victim.secret:
                page = before.get("/sign-in/set-up/")
                if page.status == 200:
                    before._set_up("/sign-in/set-up/", victim)
        password = _reset(product, administrator, victim)
        if not password:
            ends.append(f"{kind}: no password told")
            continue
        ends.append(f"{kind}: the administrator reads the password")
        try:
            client = Client(product.port).sign_in(Account(victim.name, password))
        except NotSignedIn as stopped:
            ends.append(str(stopped))
        else:
            if client.get("/search/").status == 200:
                holes.append(f"{kind}: signed in as the clerk with the password that was told")
    return judged(holes, "; ".join(ends))


@attack("5", order=35)
def one_administrator_resets_alone(product: Product) -> Outcome:
    """One administrator begins a reset in somebody's name, says that it was the holder, grants it, and finishes it."""
    account, administrator = product.fresh("SYSTEM_ADMINISTRATOR")
    if administrator.get("/sign-in/reset/").status != 200:
        return not_tried("resets are not begun by the holder here")
    line, holes, ends = product.database.last_line(), [], []
    for lost in ("PASSWORD", "FACTOR", "BOTH"):
        victim = product.database.make_account("TOWN_CLERK", product.place["town"])
        browser = Client(product.port)
        browser.submit("/sign-in/reset/", {"name": victim.name, "lost": lost})
        number = "".join(
            re.findall(r"\d{4}", (re.search(r"(\d{4} \d{4})", browser.get("/sign-in/reset/").text) or [""])[0])
        )
        token = administrator.token("/accounts/resets/")
        asked = administrator.post("/accounts/resets/ask/", {"number": number, "reason": "当面核实本人"}, token=token)
        row = product.database.value("select max(id) from credential_reset where number = %s", number)
        granted = administrator.post(f"/accounts/resets/{row}/grant/", {}, token=token)
        new = f"Zz8%{token_hex(8)}"
        browser.submit("/sign-in/reset/", {"new": new, "again": new, "old": victim.password, "code": "000000"})
        state = product.database.value("select state from credential_reset where id = %s", row)
        ends.append(f"{lost}: asked {asked.status}, granted {granted.status}, {state}")
        holes += [f"{lost}: granted by who asked"] if state in ("APPROVED", "DONE") else []
        holes += [f"{lost}: the new password is good"] if passed(tried(product, victim.name, new)) else []
    told = product.database.events(line, account=account.name)
    return judged(holes, f"{'; '.join(ends)}; on record {dict(told)}")


@attack("5", order=35)
def administrator_makes_herself(product: Product) -> Outcome:
    """A system administrator makes an account and signs in to it: it holds no post until another person grants one."""
    _, administrator = product.fresh("SYSTEM_ADMINISTRATOR")
    name = f"new-{token_hex(3)}"
    answer = _made(administrator, name, "新员工", f"S{token_hex(4)}")
    found = ONE_TIME.search(answer.text)
    if not found:
        return judged([], f"no password told ({answer.status})")
    try:
        client = Client(product.port).sign_in(Account(name, html.unescape(found[1])))
    except NotSignedIn as stopped:
        return judged([], str(stopped))
    seen = client.get("/search/").status
    return judged(
        ["a page of people opens"] if seen == 200 else [], f"signed in without a post, search {seen}", was_refused=False
    )


def _made(administrator: Client, name: str, real_name: str, number: str) -> Answer:
    """An account through the page, with a staff number where there is such a field."""
    page = administrator.get("/accounts/new/")
    form = next((each for each in forms_of(page.text) if "real_name" in each.fields), None)
    if form is None:
        return page
    fields = {"name": name, "real_name": real_name, "office": "50", "office_text": ""}
    if field := next((each for each in form.fields if "staff" in each or each == "number"), ""):
        fields[field] = number
    return administrator.submit("/accounts/new/", fields)


@attack("24", order=36)
def two_accounts_of_one_person(product: Product) -> Outcome:
    """One person gets two accounts, to ask as the one and grant as the other."""
    _, administrator = product.fresh("SYSTEM_ADMINISTRATOR")
    number, names = f"S{token_hex(4)}", [f"one-{token_hex(3)}", f"two-{token_hex(3)}"]
    answers = [_made(administrator, name, "同一人", number) for name in names]
    count = product.database.value("select count(*) from account where name = any(%s)", names)
    holes = [f"{count} accounts for one person"] if count > 1 else []
    return judged(holes, f"answers {[answer.status for answer in answers]}, {count} account")


@attack("24", order=39)
def another_post_in_silence(product: Product) -> Outcome:
    """The post somebody works in ends: the product asks, and does not go on in another one by itself."""
    place = product.place
    account = product.database.make_account("TOWN_CLERK", place["town"], more=[("DISTRICT_CLERK", place["district"])])
    client = Client(product.port).sign_in(account)
    posts = dict(product.database.rows(
        "select p.role, p.id from post p join account a on a.id = p.account_id where a.name = %s", account.name))  # fmt: skip
    client.post("/post/", {"post": str(posts["DISTRICT_CLERK"])}, token=client.token("/post/"))
    with product.database.connect() as connection, connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute("update post set valid_to = current_date - 1 where id = %s", [posts["DISTRICT_CLERK"]])
    answer = client.get("/search/")
    asked = answer.status in (302, 303) or ("选择岗位" in answer.text and answer.status != 200)
    holes = [] if asked else [f"goes on as town clerk without a word ({answer.status})"]
    return judged(holes, f"{answer.status} {answer.location}")


@attack("24", order=39)
def posts_of_nobody(product: Product) -> Outcome:
    """SQL under the web's login: a post that was asked for and granted by names that do not exist, or by the wrong people."""
    clerk = product.database.make_account("TOWN_CLERK", product.place["town"])
    other = product.database.make_account("GUIDE", "50")
    number = product.database.account_id(clerk.name)
    holes, ends = [], []
    for asked, granted in (
        ("nobody-1", "nobody-2"),
        (other.name, clerk.name),
        (other.name, "nobody-2"),
        (other.name, f"a-{token_hex(3)}"),
    ):
        error = product.database.try_as(
            "web",
            "insert into post (account_id, role, office, valid_from, asked_by, asked_at, granted_by, granted_at) values"
            f" ({number}, 'MUNICIPAL_APPROVER', '50', current_date, '{asked}', now(), '{granted}', now())",
        )
        ends.append(error or "written")
        holes += [] if error else [f"asked by {asked[:10]}, granted by {granted[:10]}"]
        product.database.run("delete from post where account_id = %s and role = 'MUNICIPAL_APPROVER'", number)
    return judged(holes, ", ".join(ends))
