"""What is said about a paper that is taken in."""

from __future__ import annotations

from django import forms

from canbao.rules.answers import ITEMS
from canbao.rules.evidence import EvidenceKind
from canbao.web.deliveries.forms import SeveralFiles, SeveralFilesInput


class Paper(forms.Form):
    chosen = SeveralFiles(
        label="文件",
        widget=SeveralFilesInput(attrs={"multiple": True, "accept": ".jpg,.jpeg,.png,.pdf"}),
        help_text="JPEG、PNG 照片或 PDF，可以一次选择或拖入几个文件，按页序排列。每个文件不超过 20 MB、50 页，合计不超过 100 MB。",
        error_messages={"required": "请选择文件。", "empty": "有一个文件是空的。"},
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="材料种类", choices=[("", "请选择"), *((kind.value, kind.label) for kind in EvidenceKind)],
        error_messages={"required": "请选择材料种类。", "invalid_choice": "没有这种材料。"},
    )  # fmt: skip
    items = forms.MultipleChoiceField(
        label="证明登记表的哪些项目", required=False, choices=[(item.name, item.label) for item in ITEMS],
        widget=forms.CheckboxSelectMultiple, help_text="不选的，按材料种类通常能证明的项目。",
        error_messages={"invalid_choice": "登记表没有这一项。"},
    )  # fmt: skip
    paper_number = forms.CharField(label="材料编号", required=False, max_length=60)
    issuer = forms.CharField(label="出具单位", required=False, max_length=100)
    issued_on = forms.DateField(
        label="出具日期", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "请写成 2026-10-31 这样的日期。"},
    )  # fmt: skip
