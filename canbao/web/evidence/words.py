"""Why a file was not taken in, and what to do."""

from __future__ import annotations

from datetime import datetime

from canbao.rules.period import HERE
from canbao.services import evidence

_MB, _AT_ONCE = (size // 1024 // 1024 for size in (evidence.MOST_BYTES, evidence.MOST_AT_ONCE))
_WHY: dict[type[BaseException], str] = {
    evidence.Empty: "文件是空的。请重新扫描或拍照。",
    evidence.TooLarge: f"文件超过 {_MB} MB。请降低扫描分辨率（300 dpi 足够），或分成几个文件。",
    evidence.NotKnown: "不是 JPEG、PNG 或 PDF（看内容，不看文件名）。请另存为这几种格式再收存。",
    evidence.Broken: "文件已损坏，打不开。请重新扫描，或从原来的设备再传一次。",
    evidence.Encrypted: "PDF 设有密码，系统不能保存。请去掉密码，另存以后再收存。",
    evidence.NotDrawnError: "这是只能用原来的程序显示的动态表单（XFA），页面上没有内容。请打印或另存为普通 PDF 再收存。",
    evidence.TooManyPages: f"超过 {evidence.MOST_PAGES} 页。请分成几个文件。",
    evidence.TooManyPixels: "图像或页面尺寸过大，或过于狭长。请用 300 dpi 重新扫描。",
    evidence.TooHeavyError: "打开这个文件需要的内存或时间远远超过一般材料，没有保存。请把原件重新扫描成 JPEG 或 PDF 再收存。",
    evidence.NotReadNowError: "现在打开的文件太多，没有来得及检查这个文件。请过一会儿再收存。",
    evidence.NoReaderError: "这台服务器不能安全地打开外来文件，暂时不能收存材料。请告知系统管理员执行 canbao doctor。",
    evidence.Infected: "查毒程序报告这个文件带有病毒，没有保存。请不要再打开它，并告知系统管理员。",
    evidence.NotScanned: "查毒程序没有正常运行，暂时不能收存材料。请稍后再试，并告知系统管理员。",
}


def why_not(error: Exception) -> tuple[str, str]:
    """The field and the sentence; what is not anticipated is raised again."""
    match error:
        case evidence.BadFile(name=name):
            return "chosen", f"没有收存，“{name[:60]}”：{_why(error.__cause__)}"
        case evidence.SameTwice(name=name):
            return "chosen", f"没有收存，“{name[:60]}”与前面一个文件内容相同。请去掉一个再收存。"
        case evidence.TookTooLongError(name=name):
            return "chosen", (
                f"没有收存：到“{name[:60]}”时，打开、查毒全部文件已超过 {evidence.MOST_SECONDS:.0f} 秒。"
                "请分成几份材料收存，或降低扫描分辨率（300 dpi 足够）。"
            )
        case evidence.NoFiles():
            return "chosen", f"请选择文件：一份材料 1 至 {evidence.MOST_FILES} 个文件。"
        case evidence.TooMuch():
            return "chosen", f"没有收存：一份材料的文件合计不能超过 {_AT_ONCE} MB。请降低扫描分辨率（300 dpi 足够）。"
        case evidence.IssuedLater():
            return "issued_on", "出具日期不能晚于今天。请照材料上的日期填写。"
        case evidence.PausedError(until=until):
            return "chosen", _paused(until)
        case evidence.OneAtATimeError():
            return "chosen", "没有收存：您的另一份材料正在打开，请等它结束后再收存。"
        case evidence.NoItem():
            return "items", "登记表没有这一项。"
    raise error


def not_shown(error: Exception) -> tuple[int, str]:
    """Status and sentence of a page that cannot be drawn."""
    match error:
        case evidence.NotReadNowError():
            return 503, "现在打开的文件太多，请过一会儿刷新页面。"
        case evidence.NoReaderError():
            return 503, "这台服务器不能安全地打开外来文件。请告知系统管理员执行 canbao doctor。"
        case evidence.PausedError(until=until):
            return 429, _paused(until)
        case evidence.OneAtATimeError():
            return 503, "您的另一份材料正在打开，请过一会儿刷新页面。"
        case evidence.TooHeavyError():
            return 409, "显示这一页需要的内存或时间超出限度。请把原件重新扫描后收存。"
    return 409, "这一页不能显示。"


def _paused(until: datetime) -> str:
    return f"您刚才有 {evidence.MOST_HEAVY} 份材料打开时远远超出限度，{until.astimezone(HERE):%H:%M} 以后才能再收存、查看材料。"


def _why(cause: BaseException | None) -> str:
    return _WHY[type(cause)] if cause is not None else "不能使用。"


REFUSALS = (
    evidence.BadFile,
    evidence.SameTwice,
    evidence.TookTooLongError,
    evidence.NoFiles,
    evidence.TooMuch,
    evidence.IssuedLater,
    evidence.NoItem,
    evidence.PausedError,
    evidence.OneAtATimeError,
)
