"""One round of the household survey, by four actors: opened, printed, walked, taken back, entered, sent back; and what the register says."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import pypdfium2
import zxingcpp
from playwright.sync_api import Page, expect

from canbao.rules.period import HERE
from tests.browser.conftest import PHONE, City, SignIn
from tests.worlds import number

DISTRICT_REASONS = ("可参未参", "部门交换新增", "信息不完整")


def test_a_round_from_the_district_to_the_register(city: City, sign_in: SignIn) -> None:
    district = city.about["town"][:6]
    clerk = sign_in("DISTRICT_CLERK", district)
    round_ = opened(clerk, city)
    place = city.script("read_round.py", district=district, round=round_)
    town = sign_in("TOWN_CLERK", place["town"], name="b-survey-town")
    given_to_the_village(town, city, round_, place)
    lines = city.script("read_round.py", office=place["village"], round=round_)
    assert len(lines) == place["lines"] and {line["state"] for line in lines} == {"TO_VISIT"}

    printed(town, city, round_, lines)
    lines = city.script("read_round.py", office=place["village"], round=round_)

    village = sign_in("VILLAGE_SURVEYOR", place["village"], name="b-survey-village", viewport=PHONE)
    walked(village, city, lines)
    found(village, city, place)
    expect_board(clerk, city, round_, visited=len(lines) + 1)  # somebody found and new has been visited
    clerk.locator("dl.figures div", has_text="愿意参保").get_by_role("link", name="1", exact=True).click()
    expect(clerk.locator("tbody tr")).to_have_count(1)
    expect(clerk.locator("tbody tr")).to_contain_text("愿意参保")
    handed_in(village, city, round_)

    taken_back(town, city, round_, [line["form"] for line in lines])
    first = entered(town, city, lines[0])
    assert first["state"] == "ENTERED" and first["occupation"] == "E06"
    assert first["declared_basis"] == f"form:{lines[0]['form']}"
    assert first["ethnicity"] == "01" and first["requests"] == [["ethnicity", "01", "15", "SUBMITTED"]]
    if "phone" in lines[0]["asks"]:
        assert first["phone"] == "13800000001" and first["basis"] == f"form:{lines[0]['form']}"

    sent_back(town, city, round_, lines[-1]["name"])
    village.goto(f"{city.address}/field/")
    expect(village.locator("main")).to_contain_text("字迹不清")


def opened(page: Page, city: City) -> int:
    """The district opens a round and hands it down to the villages; the list is built by the worker meanwhile."""
    page.goto(f"{city.address}/survey/new/")
    page.get_by_label("名称").fill("浏览器调查")
    for reason in DISTRICT_REASONS:
        page.get_by_label(reason, exact=True).check()
    page.get_by_role("button", name="生成走访名单").click()
    expect(page.get_by_text("生成时的名单")).to_be_visible(timeout=60_000)
    expect(page).to_have_url(re.compile(r"/survey/\d+/"))
    round_ = int(re.search(r"/survey/(\d+)/", page.url)[1])  # type: ignore[index]
    page.goto(f"{city.address}/survey/{round_}/dispatch/")
    page.locator("thead input[type=checkbox]").check()
    page.get_by_role("button", name="下发").click()
    expect(page.locator("body")).to_contain_text("已下发")
    return round_


def given_to_the_village(page: Page, city: City, round_: int, place: dict[str, Any]) -> None:
    """The town gives its whole list to one village."""
    page.goto(f"{city.address}/survey/{round_}/list/")
    page.locator("thead input[type=checkbox]").check()
    name = city.script("read_office.py", path=place["village"])
    page.get_by_placeholder("输入机构名称查找").fill(name)
    page.get_by_role("radio", name=name).first.check()
    page.get_by_label("原因", exact=True).fill("由一个村社走访")
    page.get_by_role("button", name="改派").click()
    expect(page.locator("body")).to_contain_text("走访")
    expect(page.get_by_text("已改由", exact=False).first).to_be_visible()


def printed(page: Page, city: City, round_: int, lines: list[dict[str, Any]]) -> None:
    """Two pages a person, each sheet with its own code, in the order of the doors; and the numbers stand on the list."""
    page.goto(f"{city.address}/survey/{round_}/print/")
    page.get_by_role("button", name=re.compile("打印登记表")).click()
    expect(page.get_by_text("已完成")).to_be_visible(timeout=90_000)
    row = page.locator("tr", has_text="登记表-")
    answer = page.request.get(city.address + (row.get_by_role("link").get_attribute("href") or ""))
    paper = pypdfium2.PdfDocument(io.BytesIO(answer.body()))
    assert len(paper) == 2 * len(lines)
    codes = [zxingcpp.read_barcodes(paper[sheet].render(scale=2).to_pil())[0].text for sheet in range(0, len(paper), 2)]
    after = city.script(
        "read_round.py", office=city.script("read_round.py", district=city.about["town"][:6])["village"]
    )
    assert codes == [f"{line['form']}-1" for line in after]


def walked(page: Page, city: City, lines: list[dict[str, Any]]) -> None:
    """Everybody is reported; the first with answers."""
    for place, line in enumerate(lines):
        page.goto(f"{city.address}/field/tasks/{line['id']}/")
        if place == 0:
            page.get_by_text("已核实", exact=True).click()
            expect(page.get_by_role("button", name="提交")).to_be_visible()
            if page.get_by_label("当前职业").count():  # asked only where the register does not tell it
                page.get_by_label("当前职业").select_option("E06")
            for label, value in (("移动电话", "13800000001"), ("现居住地址", "某村1组1号")):
                if page.get_by_label(label).count():
                    page.get_by_label(label).fill(value)
            agreed_to_join(page)
        else:
            page.get_by_text("拒访", exact=True).click()
            page.locator("textarea[name=note]").fill("不愿意填表")
        page.get_by_role("button", name="提交").click()
        expect(page.locator("main")).to_contain_text("回执")
        expect(page.locator("#visit")).to_be_hidden()
        onward = page.get_by_role("link", name=re.compile("下一位"))
        expect(onward).to_have_count(1 if place < len(lines) - 1 else 0)


def agreed_to_join(page: Page) -> None:
    """Schemes and month are asked of who is willing, and of nobody else."""
    page.get_by_text("尚未决定", exact=True).click()
    expect(page.get_by_label("从哪个月起参保")).to_be_hidden()
    page.get_by_text("愿意参保", exact=True).click()
    page.locator("#joins").get_by_role("checkbox").first.check()
    page.get_by_label("从哪个月起参保").select_option(index=1)


def found(page: Page, city: City, place: dict[str, Any]) -> None:
    """One is known under an old number: noticed, and led to; the other is new."""
    page.goto(f"{city.address}/field/found/new/")
    page.get_by_label("姓名").fill(place["old_name"])
    page.get_by_label("证件号码").fill(place["old_number"])
    page.get_by_role("button", name="查重并登记").click()
    expect(page.locator("main")).to_contain_text("已有登记")
    expect(page.locator("main")).to_contain_text("15位旧号码")
    page.goto(f"{city.address}/field/found/new/")
    page.get_by_label("姓名").fill("欧阳新现")
    page.get_by_label("证件号码").fill(number(777, "19990707"))
    page.get_by_label("现居住地址").fill("某村3组8号")
    page.get_by_role("button", name="查重并登记").click()
    expect(page.locator("main")).to_contain_text("待镇街登记")
    sent_from_the_page_before(page)


def sent_from_the_page_before(page: Page) -> None:
    """The back button, and the form sent once more where the browser still has it: the same answer (the board counts)."""
    page.go_back()
    expect(page.get_by_label("姓名")).to_be_visible()
    if page.get_by_label("姓名").input_value():
        page.get_by_role("button", name="查重并登记").click()
        expect(page.locator("main")).to_contain_text("待镇街登记")


def expect_board(page: Page, city: City, round_: int, *, visited: int) -> None:
    page.goto(f"{city.address}/survey/{round_}/")
    table = page.locator("#by-office")
    expect(table.locator("tr", has_text="合计")).to_be_visible()
    heads = table.locator("thead th").all_inner_texts()
    total = table.locator("tr", has_text="合计").locator("th, td").all_inner_texts()
    assert total[heads.index("已走访")] == str(visited)


def handed_in(page: Page, city: City, round_: int) -> None:
    page.goto(f"{city.address}/field/hand-in/{round_}/")
    page.get_by_role("button", name="上交").click()
    expect(page.locator("main")).to_contain_text("此前已上交")


def taken_back(page: Page, city: City, round_: int, numbers: list[str]) -> None:
    """A scanner types and presses Enter, faster than answers come; one sheet goes through twice."""
    page.goto(f"{city.address}/survey/{round_}/return/")
    for code in (*numbers, numbers[0]):
        page.keyboard.type(f"{code}-1")
        page.keyboard.press("Enter")
    expect(page.get_by_text("收过了").first).to_be_visible()
    expect(page.locator("main")).to_contain_text(numbers[-1])


def entered(page: Page, city: City, line: dict[str, Any]) -> dict[str, Any]:
    """By keyboard; the ethnic group is contradicted."""
    page.goto(f"{city.address}/survey/tasks/{line['id']}/enter/")
    page.keyboard.press("Escape") if page.locator("dialog[open]").count() else None
    page.locator("button", has_text="改").nth(2).click()
    page.keyboard.type("15")
    page.keyboard.press("Enter")
    page.get_by_label("当前职业", exact=True).fill("e06")
    page.keyboard.press("Enter")
    page.get_by_label("签名人", exact=True).focus()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.keyboard.type(f"{datetime.now(HERE):%Y%m%d}")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text("1 项转变更申请")
    return dict(city.script("read_round.py", task=line["id"]))


def sent_back(page: Page, city: City, round_: int, name: str) -> None:
    page.goto(f"{city.address}/survey/{round_}/check/")
    page.locator("tr", has_text=name).last.locator("input[type=checkbox]").check()
    page.get_by_label("退回原因").select_option(label="字迹不清")
    page.get_by_role("button", name="退回").click()
    expect(page.locator("body")).to_contain_text("已退回")


REFUSED = ("拒访", "不愿意填表")


def reported(page: Page) -> None:
    """A form filled in, ready to be sent."""
    page.get_by_text(REFUSED[0], exact=True).click()
    page.locator("textarea[name=note]").fill(REFUSED[1])


def test_a_double_tap_is_one_visit_and_a_queue_is_deleted_at_sign_out_only_after_a_warning(
    city: City, sign_in: SignIn
) -> None:
    village = city.about["village"]
    tasks = city.script("make_lines.py", village=village, count=2, state="TO_VISIT")["tasks"]
    page = sign_in("VILLAGE_SURVEYOR", village, name="b-once", viewport=PHONE)
    page.goto(f"{city.address}/field/tasks/{tasks[0]}/")
    reported(page)
    page.get_by_role("button", name="提交").dblclick()
    expect(page.locator("main")).to_contain_text("回执")
    assert city.script("count_rows.py", visits=tasks) == [[tasks[0], "b-once"]]

    page.goto(f"{city.address}/field/tasks/{tasks[1]}/")
    reported(page)
    page.route("**/api/v1/field/visits", lambda route: route.abort())  # the network is lost
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#queue")).to_contain_text("1 份结果")
    page.goto(f"{city.address}/sign-out/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    expect(page.locator("#ask")).to_contain_text("1 份")
    page.locator("#ask").get_by_role("button", name="先不退出").click()
    page.goto(f"{city.address}/field/")
    expect(page.locator("#queue")).to_be_visible()  # nothing is lost

    other = city.sessions({"name": "b-next", "role": "VILLAGE_SURVEYOR", "office": village})[0]
    page.context.add_cookies([{"name": other["name"], "value": other["value"], "url": city.address}])
    page.unroute("**/api/v1/field/visits")
    page.goto(f"{city.address}/field/")  # the next user of the phone
    expect(page.locator("#queue")).to_be_hidden()
    page.wait_for_timeout(300)
    assert city.script("count_rows.py", visits=tasks) == [[tasks[0], "b-once"]]
    page.goto(f"{city.address}/sign-out/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    kept = page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('field-'))")
    assert sorted(kept) == [
        f"field-draft:b-once:{tasks[1]}",
        "field-queue:b-once",
    ]  # it waits for the one who reported it


def test_a_form_that_is_another_offices_by_now_is_not_sent_for_ever(city: City, sign_in: SignIn) -> None:
    village = city.about["village"]
    (task,) = city.script("make_lines.py", village=village, count=1, state="RETURNED")["tasks"]
    page = sign_in("TOWN_CLERK", village[:15], name="b-moved")
    page.clock.install()
    page.goto(f"{city.address}/survey/tasks/{task}/enter/")
    sent: list[str] = []

    def not_here(route: Any) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(status=404, content_type="text/html", body="<p>没有这一页</p>")

    page.route("**/draft/", not_here)
    page.get_by_label("QQ号码", exact=True).fill("10001")
    page.clock.fast_forward(2_000)
    expect(page.locator("#entry-state")).to_contain_text("不在本机构的名单上")
    page.clock.fast_forward(60_000)
    expect(page.locator("#entry-state")).to_contain_text("没有保存")
    assert len(sent) == 1


def test_a_second_tab_does_not_overwrite_what_the_first_has_saved(city: City, sign_in: SignIn) -> None:
    village = city.about["village"]
    (task,) = city.script("make_lines.py", village=village, count=1, state="RETURNED")["tasks"]
    first = sign_in("TOWN_CLERK", village[:15], name="b-tabs")
    second = first.context.new_page()
    for page in (first, second):
        page.goto(f"{city.address}/survey/tasks/{task}/enter/")
    first.get_by_label("QQ号码", exact=True).fill("10001")
    expect(first.locator("#entry-state")).to_contain_text("已保存")
    second.get_by_label("QQ号码", exact=True).fill("20002")
    expect(second.locator("#entry-state")).to_contain_text("已在别的窗口保存")
    assert city.script("count_rows.py", drafts=[task])[0]["qq"] == "10001"
    with first.expect_response(lambda answer: "10003" in (answer.request.post_data or "")):
        first.get_by_label("QQ号码", exact=True).fill("10003")
    assert city.script("count_rows.py", drafts=[task])[0]["qq"] == "10003"


def test_an_answer_that_is_lost_while_a_form_is_typed_loses_nothing(city: City, sign_in: SignIn) -> None:
    village = city.about["village"]
    (task,) = city.script("make_lines.py", village=village, count=1, state="RETURNED")["tasks"]
    page = sign_in("TOWN_CLERK", village[:15], name="b-lost")
    page.goto(f"{city.address}/survey/tasks/{task}/enter/")
    lost: list[str] = []

    def swallow(route: Any) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().text())  # the server has it
        return route.abort()

    page.route("**/draft/", swallow)
    page.get_by_label("当前职业", exact=True).fill("e06")
    expect(page.locator("#entry-state")).to_contain_text("正在重试")
    with page.expect_response(lambda answer: "10001" in (answer.request.post_data or "")):
        page.get_by_label("QQ号码", exact=True).fill("10001")
    expect(page.locator("#entry-state")).to_contain_text("已保存")
    (kept,) = city.script("count_rows.py", drafts=[task])
    assert len(lost) == 1 and kept["qq"] == "10001" and kept["occupation"] == "E06"

    page.context.clear_cookies(name="canbao_session")  # the session ends while somebody types
    page.get_by_label("QQ号码", exact=True).fill("1000177")
    expect(page.locator("#gone")).to_be_visible()
    expect(page.locator("#entry")).to_be_hidden()  # blanked
    again = city.sessions({"name": "b-lost", "role": "TOWN_CLERK", "office": village[:15]})[0]
    page.context.add_cookies([{"name": again["name"], "value": again["value"], "url": city.address}])
    page.evaluate("dispatchEvent(new Event('focus'))")  # signed in again in another tab
    expect(page.locator("#gone")).to_be_hidden()
    expect(page.locator("#entry-state")).to_contain_text("已保存")
    assert page.get_by_label("QQ号码", exact=True).input_value() == "1000177"
    assert city.script("count_rows.py", drafts=[task])[0]["qq"] == "1000177"
