"""YAML 1.2 as packs use it: plain data out, every value's line kept.

Only the core schema counts: `null true false`, numbers, text; `on`, `yes`, `no` and dates are text
(formats.md, first paragraph). Tags, merge keys and double keys are refused; size, depth and the
number of values are bounded, so that aliases cannot grow into a bomb.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .problems import KeyPath

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 100_000
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge")
)
_TEXT_TAG = "tag:yaml.org,2002:str"
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NUMBER_LIKE = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WORDS: Mapping[str, bool | None] = MappingProxyType(
    {
        **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
        **dict.fromkeys(("true", "True", "TRUE"), True),
        **dict.fromkeys(("false", "False", "FALSE"), False),
    }
)


@dataclass(frozen=True, slots=True)
class Read:
    """A file as data (maps, lists, text, numbers, booleans, None) with the line of each path."""

    data: object
    lines: Mapping[KeyPath, int]
    findings: tuple[tuple[int, KeyPath, str], ...] = ()
    """Mistakes of the YAML itself: line, path, message."""

    def line(self, path: KeyPath) -> int:
        """The line of `path`, or of the nearest value around it."""
        for end in range(len(path), -1, -1):
            if (found := self.lines.get(path[:end])) is not None:
                return found
        return 1


class _TooMuchError(Exception):
    """The file is beyond the bounds at `line`; reading on would not help."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Composer(Composer):
    """Stops at the bound of depth; the library alone would go on to Python's own, which takes seconds."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooMuchError(self.parser.peek_event().start_mark.line + 1)
        try:
            node: Node | None = super().compose_node(parent, index)
            return node
        finally:
            self.depth -= 1


@dataclass(slots=True)
class _Builder:
    lines: dict[KeyPath, int] = field(default_factory=dict)
    findings: list[tuple[int, KeyPath, str]] = field(default_factory=list)
    count: int = 0

    def note(self, node: Node, path: KeyPath, message: str) -> None:
        self.findings.append((node.start_mark.line + 1, path, message))

    def build(self, node: Node, path: KeyPath) -> object:
        self.count += 1
        if self.count > MAX_VALUES or len(path) > MAX_DEPTH:
            raise _TooMuchError(node.start_mark.line + 1)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if str(node.tag) not in _TAGS:
            self.note(node, path, f"不支持类型标记“{node.tag}”")
            return None
        if isinstance(node, MappingNode):
            return self._map(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, place)) for place, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _map(self, node: MappingNode, path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or _UNFIT.search(str(key_node.value)):
                self.note(key_node, path, "键必须是文字")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key == "<<" and key_node.style is None:
                self.note(key_node, here, "不支持合并键“<<”")
            elif key in found:
                self.note(key_node, here, f"键“{key}”重复，第{self.lines[here]}行已经写过")
            else:
                self.lines[here] = key_node.start_mark.line + 1
                found[key] = self.build(value_node, here)
        return found

    def _scalar(self, node: Node, path: KeyPath) -> object:
        text = str(node.value)
        if _UNFIT.search(text):
            self.note(node, path, "含有控制字符")
            return None
        if not isinstance(node, ScalarNode) or node.style is not None or "\n" in text:
            return text
        if str(node.tag) == _TEXT_TAG and text != "":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        if _NUMBER_LIKE.fullmatch(text):
            self.note(node, path, f"数字“{text}”不能使用，若是文字请加引号")
            return None
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
        return text


def read_yaml(content: bytes) -> Read:
    """Read one YAML file; never raises: mistakes stand in `findings`, `data` is then partial or None."""
    if len(content) > MAX_BYTES:
        return _failed(0, f"文件超过{MAX_BYTES // 1000}KB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _failed(content[: error.start].count(b"\n") + 1, "文件不是UTF-8编码")
    return _read_text(text)


def _read_text(text: str) -> Read:
    builder = _Builder()
    try:
        parser = YAML(typ="safe", pure=True)
        parser.Composer = _Composer
        parser.composer.warn_double_anchors = False  # an anchor named twice is no news: the later one counts
        node = parser.compose(text)
        data = builder.build(node, ()) if node is not None else None
    except _TooMuchError as error:
        return _failed(error.line, f"内容过大或嵌套过深（最多{MAX_VALUES}个值、{MAX_DEPTH}层）")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _failed(mark.line + 1 if mark else 1, f"YAML写法有误：{_plain(error.problem)}")
    except (YAMLError, ValueError, AssertionError, LookupError, TypeError, AttributeError) as error:
        # The parser gives up on some broken texts with an error of its own inside.
        return _failed(1, f"YAML写法有误：{_plain(str(error))}")
    return Read(data, builder.lines, tuple(builder.findings))


def _failed(line: int, message: str) -> Read:
    return Read(None, {(): line}, ((line, (), message),))


_SAID = (
    ("\\t", "不能用制表符缩进"),
    ("mapping values are not allowed", "此处不能出现冒号，含冒号的文字请加引号"),
    ("expected ',' or", "缺少逗号或右括号"),
    ("expected <block end>", "缩进不一致"),
    ("could not find expected ':'", "键后缺少冒号"),
    ("another document", "一个文件只能有一份内容"),
    ("special characters", "含有不可见的控制字符"),
    ("undefined alias", "引用了不存在的锚点"),
    ("while scanning a quoted scalar", "引号没有结束"),
    ("unexpected end of stream", "引号或括号没有结束"),
    ("cannot start any token", "不能以这个字符开头，请加引号"),
)


def _plain(problem: str | None) -> str:
    said = " ".join((problem or "").split())
    return next((text for sign, text in _SAID if sign in said), said[:200] or "无法识别")
