"""Why a job was refused, for the clerk who asked for it. What is not named here is a bug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from canbao.outside.files.refusal import DeliveryRefused
from canbao.rules.approval import WrongStage
from canbao.services import access, audit, forms, intake, matching, registry
from canbao.services.survey import building

_SENTENCES: dict[type[Exception], Callable[[Any], str]] = {
    DeliveryRefused: lambda error: f"拒收：{error.sentence}",
    audit.BudgetSpentError: lambda error: f"{error.sentence}确需继续的，在“查阅额度”页申请增加以后再办理。",
    access.NotAllowed: lambda error: "您现在的岗位没有办理这项业务的权限。",
    access.NotFound: lambda error: "要办理的文件夹或上传的文件已经不在，请重新选择。",
    intake.DeliveryBusy: lambda error: "有人正在接收同一份数据，请等它结束后再办理。",
    intake.ReaderBusyError: lambda error: "现在打开的文件太多，没有轮到这份数据。请过一会儿重新接收。",
    intake.ReaderUnavailableError: lambda error: (
        "这台服务器不能安全地打开外来文件，没有接收。请告知系统管理员执行 canbao doctor。"
    ),
    intake.NoSuchBatch: lambda error: f"没有编号为 {error.batch_id} 的批次。",
    intake.SamePerson: lambda error: "接收或首先放行这一批次的人，不能由本人提交，请由另一人提交。",
    intake.WrongStatus: lambda error: f"批次 {error.batch_id} 的状态已经变化，不能办理这一步，请查看批次现在的状态。",
    intake.BatchHeld: lambda error: (
        f"批次 {error.batch_id} 被拦截：{'；'.join(str(one.get('label', '')) for one in error.breakers)}。须先由两个人放行。"
    ),
    intake.PreviewChanged: lambda error: (
        f"预览之后该来源有了新的数据，批次 {error.batch_id} 会改变或终止的记录比预览时多，没有提交。请再看一次预览，然后重新提交。"
    ),
    intake.LaterBatchDepends: lambda error: (
        f"批次 {error.later_id} 是在批次 {error.batch_id} 之上提交的，请先撤销批次 {error.later_id}。"
    ),
    registry.LaterActs: lambda error: (
        f"此后已有人对 {len(error.person_ids)} 名人员办理过业务，不能直接撤销。请先撤销那些办理。"
    ),
    WrongStage: lambda error: "该事项已由他人办理，状态已经变化，请查看现状。",
    forms.batch.NothingToPrint: lambda error: "名单中已没有符合条件的人员，没有可以打印的。请看一下名单，再重新选择。",
    forms.carrying.SheetsNotPrintable: lambda error: (
        f"有 {error.sheets} 人的登记表用到字库中没有的字，为免姓名缺字，一份也没有打印：{_some(error.holes)}。"
        "请把这些字报给系统管理员；急用的，回到打印页面，勾选“字库缺字的先不打”再打印。"
    ),
    forms.bag.LinesNotPrintable: lambda error: (
        f"名单里有字库中没有的字，没有打印：{_some(error.holes)}。请把这些字报给系统管理员。"
    ),
    building.NotBuilding: lambda error: "这次入户调查的名单已经生成，或者已被取消，没有再次生成。",
    matching.NothingToMatch: lambda error: "还没有已提交的数据，没有可以比对的。",
    matching.AlreadyRunning: lambda error: "另一次比对正在进行，请等它结束后再办理。",
    matching.InputsChanged: lambda error: "比对期间有新的提交或判定，为免覆盖，这一次没有写入登记库。请再比对一次。",
    matching.RunFaultError: lambda error: (
        f"比对停在“{error.where}”：有一项内容登记库不能保存，登记库没有变。请告知系统管理员。"
    ),
    matching.NoRun: lambda error: "还没有做过信息比对，没有可以导出的结果。",
}


def _some(holes: Sequence[Any]) -> str:
    """The first of them, the rest as 等."""
    named = "、".join(hole.words for hole in holes[: forms.carrying.NAMED])
    return named + "等" * (len(holes) > forms.carrying.NAMED)


def sentence(error: Exception) -> str | None:
    """What the clerk reads; None for what nobody foresaw."""
    kind = next((kind for kind in _SENTENCES if isinstance(error, kind)), None)
    return _SENTENCES[kind](error) if kind else None
