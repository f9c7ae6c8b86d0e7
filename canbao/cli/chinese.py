"""click's own words in Chinese. It asks gettext at the moment of use; one language needs no catalogue file."""

from __future__ import annotations

import sys

TEXTS = {
    "Usage:": "用法:",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Show this message and exit.": "显示本说明。",
    "Show the version and exit.": "显示版本号。",
    "%(prog)s, version %(version)s": "%(prog)s %(version)s 版",
    "required": "必填",
    "default: {default}": "默认:{default}",
    "Aborted!": "已中断。",
    "Missing command.": "缺少子命令。",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Invalid value: {message}": "取值有误:{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 取值有误:{message}",
    "No such option {name!r}.": "没有选项 {name}。",
    "No such command {name!r}.": "没有命令 {name}。",
    "Option {name!r} does not take a value.": "选项 {name} 不带值。",
    "Choose from:\n\t{choices}": "可选:{choices}",
    "{value!r} is not a valid {number_type}.": "{value} 不是有效的 {number_type}。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 内。",
    "{name} {filename!r} does not exist.": "{name} {filename} 不存在。",
    "{name} {filename!r} is a file.": "{name} {filename} 是文件。",
    "{name} {filename!r} is a directory.": "{name} {filename} 是目录。",
    "{name} {filename!r} is not readable.": "{name} {filename} 无法读取。",
    "{name} {filename!r} is not writable.": "{name} {filename} 无法写入。",
    "file": "文件",
    "directory": "目录",
    "path": "路径",
    "File": "文件",
    "Directory": "目录",
    "Path": "路径",
    "Got unexpected extra argument ({args})": "多余的参数:{args}",
    "Got unexpected extra arguments ({args})": "多余的参数:{args}",
    "{value!r} is not one of {choices}.": "{value} 不在可选值 {choices} 之中。",
    "{value!r} does not match the format {formats}.": "{value} 不符合格式 {formats}。",
    "{value!r} does not match the formats {formats}.": "{value} 不符合格式 {formats}。",
    "Option {name!r} requires an argument.": "选项 {name} 需要一个值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name} 需要 {nargs} 个值。",
}


def speak() -> None:
    """Let click's modules look their sentences up here."""
    for name, module in list(sys.modules.items()):
        if name.startswith("click."):
            vars(module).update({word: own for word, own in OWN.items() if hasattr(module, word)})


def _said(text: str) -> str:
    return TEXTS.get(text, text)


def _said_of(one: str, many: str, count: int) -> str:
    return _said(one if count == 1 else many)


OWN = {"_": _said, "ngettext": _said_of}
