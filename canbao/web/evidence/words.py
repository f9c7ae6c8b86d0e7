"""Why a file was not taken in, and what to do."""

from __future__ import annotations

from canbao.services import evidence

_MB, _AT_ONCE = (size // 1024 // 1024 for size in (evidence.MOST_BYTES, evidence.MOST_AT_ONCE))
_WHY: dict[type[BaseException], str] = {
    evidence.Empty: "文件是空的。请重新扫描或拍照。",
    evidence.TooLarge: f"文件超过 {_MB} MB。请降低扫描分辨率（300 dpi 足够），或分成几个文件。",
    evidence.NotKnown: "不是 JPEG、PNG 或 PDF（看内容，不看文件名）。请另存为这几种格式再收存。",
    evidence.Broken: "文件已损坏，打不开。请重新扫描，或从原来的设备再传一次。",
    evidence.Encrypted: "PDF 设有密码，系统不能保存。请去掉密码，另存以后再收存。",
    evidence.TooManyPages: f"超过 {evidence.MOST_PAGES} 页。请分成几个文件。",
    evidence.TooManyPixels: "图像尺寸过大。请用 300 dpi 重新扫描。",
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
        case evidence.NoFiles():
            return "chosen", f"请选择文件：一份材料 1 至 {evidence.MOST_FILES} 个文件。"
        case evidence.TooMuch():
            return "chosen", f"没有收存：一份材料的文件合计不能超过 {_AT_ONCE} MB。请降低扫描分辨率（300 dpi 足够）。"
        case evidence.IssuedLater():
            return "issued_on", "出具日期不能晚于今天。请照材料上的日期填写。"
        case evidence.NoItem():
            return "items", "登记表没有这一项。"
    raise error


def _why(cause: BaseException | None) -> str:
    return _WHY[type(cause)] if cause is not None else "不能使用。"


REFUSALS = (
    evidence.BadFile,
    evidence.SameTwice,
    evidence.NoFiles,
    evidence.TooMuch,
    evidence.IssuedLater,
    evidence.NoItem,
)
