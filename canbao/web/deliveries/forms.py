"""What is said about files, and why something is released or reversed."""

from __future__ import annotations

from typing import Any

from django import forms

from canbao.rules.labels import DEPARTMENTS

KINDS = {"full": "全量", "delta": "增量"}


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class SeveralFiles(forms.FileField):
    """A list of files; none at all is an error, as with one file."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(SeveralFiles, self).clean(file, initial) for file in files]


class Said(forms.Form):
    """Needed only where no manifest says it."""

    source = forms.ChoiceField(label="来源", required=False, choices=[("", "以清单为准"), *DEPARTMENTS.items()])
    kind = forms.ChoiceField(label="种类", required=False, choices=[("", "以清单为准"), *KINDS.items()])
    as_of = forms.DateField(
        label="数据日期", required=False, widget=forms.DateInput(attrs={"type": "date"}), error_messages={"invalid": "请写成 2026-10-31 这样的日期。"}
    )  # fmt: skip

    needs_all = False

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if self.needs_all or any(said.get(name) for name in ("source", "kind", "as_of")):
            for name in ("source", "kind", "as_of"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, "没有清单时必须说明。")
        return said

    def words(self) -> dict[str, str]:
        """As the job takes it."""
        return {name: str(self.cleaned_data.get(name) or "") for name in ("source", "kind", "as_of")}


class Upload(Said):
    chosen = SeveralFiles(
        label="文件",
        widget=SeveralFilesInput(attrs={"multiple": True, "accept": ".csv,.txt,.gz,.xlsx,.ods,.parquet,.json"}),
        help_text="可以一次选择几个文件，连同清单 manifest.json 一起选。",
        error_messages={"required": "请选择文件。", "empty": "有一个文件是空的。"},
    )
    field_order = ("chosen", "source", "kind", "as_of")

    def clean(self) -> dict[str, Any]:
        files = self.cleaned_data.get("chosen") or []
        self.needs_all = bool(files) and all(file.name != "manifest.json" for file in files)
        said = super().clean()
        if self.errors and files:  # a browser never sends back which files were chosen
            self["chosen"].help_text = "文件没有上传。更正后请重新选择文件，连同清单 manifest.json 一起选。"
        return said


class Reason(forms.Form):
    reason = forms.CharField(
        label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": "请写明理由。"},
        help_text="例如向报送部门何人核实、结果如何。请不要写个人的姓名和证件号码。",
    )  # fmt: skip
