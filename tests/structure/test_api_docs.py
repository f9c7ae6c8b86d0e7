"""docs/api says what the interface is. Run this file to write it anew: python -m tests.structure.test_api_docs"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent.parent / "docs" / "api"


def described() -> dict[str, Any]:
    from canbao.api.urls import api

    schema: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return schema


def page(schema: dict[str, Any]) -> str:
    """One section an operation: what it takes, what it answers, in the words of the schema."""
    lines = [
        "# 查询接口",
        "",
        schema["info"]["description"],
        "",
        "由程序生成，勿手改；机器可读的描述见 `openapi.json`。",
        "",
    ]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            lines += [f"## {operation['summary']}", "", f"`{method.upper()} {path}`", ""]
            lines += [operation.get("description", ""), "", _way_in(operation), ""]
            lines += _taken(schema, operation)
            lines += ["答复：", ""]
            for status, answer in sorted(operation["responses"].items()):
                told = answer["content"]["application/json"]["schema"] if "content" in answer else {}
                lines.append(f"- {status}：`{told.get('$ref', '').rsplit('/')[-1]}`")
            lines.append("")
    for name, model in sorted(schema["components"]["schemas"].items()):
        lines += [f"## `{name}`", "", model.get("description", ""), "", *_fields(schema, model), ""]
    return "\n".join(lines)


def _way_in(operation: dict[str, Any]) -> str:
    if any("Token" in name or "Needs" in name for one in operation["security"] for name in one):
        return "请求头 `Authorization: Bearer 令牌`。"
    return "登录后的会话；提交时另须请求头 `X-CSRFToken`。"


def _taken(schema: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Parameters of the address, and the content of the request."""
    lines: list[str] = []
    for one in operation.get("parameters", []):
        lines += [f"- `{one['name']}`（{'网址' if one['in'] == 'path' else '查询'}）：{one.get('description', '')}", ""]
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        lines += ["请求内容：", "", *_fields(schema, body), ""]
    return lines


def _fields(schema: dict[str, Any], model: dict[str, Any]) -> list[str]:
    if "$ref" in model:
        model = schema["components"]["schemas"][model["$ref"].rsplit("/")[-1]]
    if "enum" in model:
        return ["、".join(f"`{value}`" for value in model["enum"])]
    return ["| 项目 | 必填 | 说明 |", "| --- | --- | --- |"] + [
        f"| `{name}` | {'是' if name in model.get('required', ()) else '否'} | {field.get('description', '')} |"
        for name, field in model.get("properties", {}).items()
    ]


def written(schema: dict[str, Any]) -> dict[str, str]:
    return {"openapi.json": json.dumps(schema, ensure_ascii=False, indent=1) + "\n", "README.md": page(schema)}


def test_the_pages_are_up_to_date() -> None:
    for name, text in written(described()).items():
        assert (FOLDER / name).read_text("utf-8") == text, f"python -m tests.structure.test_api_docs writes {name} anew"


def test_every_operation_names_what_it_needs() -> None:
    from canbao.api.urls import api
    from canbao.rules.permissions import Permission

    operations = [
        operation
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    ]
    assert operations
    for operation in operations:
        assert isinstance(getattr(operation.view_func, "need", None), Permission), operation.view_func
        assert operation.auth_callbacks, operation.view_func


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.config.settings")
    import django

    django.setup()
    FOLDER.mkdir(exist_ok=True)
    for name, text in written(described()).items():
        (FOLDER / name).write_text(text, "utf-8")
