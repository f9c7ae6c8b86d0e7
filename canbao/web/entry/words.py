"""What the desk says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from canbao.rules import entry
from canbao.rules.forms import is_form_number
from canbao.rules.survey import TaskState
from canbao.services import audit
from canbao.services.survey import comparing, knowing
from canbao.services.survey.drafting import Held, Late
from canbao.services.survey.finding import Twin

GONE = "此人现由其他机构经办，或登记已终结，不能在本机构录入。是新发现人员的，请在“新发现人员”中打开此人办结；其他的，请在走访名单中写明原因剔除。"
STALE = "打开以后，登记库中此人的信息有了变化。下面已换成最新的登记信息，您录入的内容都在，请再看一遍后提交。"
TAKEN = "登记库中已有另一人使用这个证件号码，没有录入。请先按号码查询；是同一人的，请在“新发现”中确认为已在登记库。"
ROUND_OVER = "本次调查已结束或尚未开始，不能录入。"
NOT_SAVED = {
    "held": "这份表已由别人接手，您这里的内容不再保存。",
    "gone": "这份表已经提交或已退回，不再保存。",
    "nonsense": "没有收到可以保存的内容。",
}


def not_saved(late: Late) -> str:
    return f"没有保存：这份表已在别的窗口保存了较新的内容{_differing(late)}。请刷新页面，再继续录入。"


def not_handed_over(late: Late) -> str:
    return f"没有提交：这份表已在别的窗口保存了较新的内容{_differing(late)}。您录入的内容都在下面，请对照纸表核对后再提交。"


def _differing(late: Late) -> str:
    labels = [item.label for item in entry.FIELDS if item.name in late.differs]
    return f"，与这里不同的有：{'、'.join(labels)}" if labels else ""


TAKEN_BY_ANOTHER = "没有改动，登记库中已有另一人使用这个证件号码。请先按号码查询。"
NOTHING_TO_SETTLE = "这份登记表没有需要核实的差异：没有复录，两次一致，或退回后已重新录入。"
NOT_SETTLED = (
    comparing.NothingToSettle, comparing.OwnTyping, comparing.SettledOtherwise, comparing.Unsound, knowing.Gone,
)  # fmt: skip


def not_settled(why: Exception) -> str:
    match why:
        case comparing.OwnTyping():
            return "首次录入的就是您，须由另一人核实。"
        case comparing.SettledOtherwise(by=by):
            return f"{audit.real_names({by}).get(by, by)} 已核实，结论不同，没有改动。"
        case comparing.Unsound(texts=texts):
            return f"没有改动，复录的内容不能通过检查（{'；'.join(texts)}）。纸表如此的，请退回村社核实后重新录入。"
        case knowing.Gone():
            return "没有改动，此人现由其他机构经办，或登记已终结。"
    return NOTHING_TO_SETTLE


def no_such_form(number: str) -> str:
    if not number:
        return "请输入或扫描表号。"
    digits = number.partition("-")[0]
    if not is_form_number(digits):
        return "这不是一个表号：表号是12位数字，末位为校验位。请对照表上的数字重新输入。"
    return "本镇街的这次调查中没有这个表号。请核对是否拿错了表，或此表属于其他镇街。"


def alike(twins: Sequence[Twin]) -> str:
    """Who is there already, without a number or an address; twins: those who may be told."""
    if not twins:
        return "登记库中有很相似的人，不在本辖区。请核对证件号码和出生日期；确是两人的，写明如何核实。"
    said = "；".join(f"{one.where}，{'、'.join(one.why)}" for one in twins[:3])
    return f"登记库中很可能已有此人（{said}）。确是两人的，写明如何核实；是同一人的，请到“新发现”中确认。"


def not_waiting(state: TaskState) -> str:
    match state:
        case TaskState.ENTERED | TaskState.CLOSED:
            return "这份登记表已经录入。"
        case TaskState.DROPPED:
            return "此人已从名单中剔除，不再录入。"
        case TaskState.SENT_BACK:
            return "这份登记表已退回村社，重新上交后再录入。"
    return "这份登记表还在村社，收表或上交后再录入。"


def held(found: Held) -> str:
    name = audit.real_names({found.by}).get(found.by, found.by)
    return f"{name} 已开始录入这份登记表，{at(found.since)} 保存过。" if found.edition else f"{name} 刚打开这份登记表。"


def at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"
