"""YAML and JSON texts to plain data and back.

YAML here is the part of it that cannot surprise: true and false are the only words for yes and no, a number is
digits with an optional point, 0111 and 2025-06-30 stay text. Aliases, tags and double keys are refused.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import yaml

from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms.codec import MAX_DEPTH, Path

MAX_CHARACTERS = 4_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,29})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,29})\.\d{1,18}", re.ASCII)
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def write_yaml(data: Any) -> str:
    return str(yaml.dump(data, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=10**6))


def read_yaml(text: str, file: str = "") -> tuple[Any, dict[Path, int]]:
    """Plain data and the line of each path; RuleError for broken text and for what is refused (see above)."""
    _check_size(text, file)
    lines: dict[Path, int] = {}
    builder = _Builder(file, lines)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise _broken("YAML", str(getattr(error, "problem", None) or error), Place(file, line)) from None
    if not builder.roots:
        raise _broken("YAML", "empty", Place(file, 1))
    return builder.roots[0], lines


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


class _Builder:
    """Makes data of YAML's events one by one; no recursion, so no text can exhaust the stack."""

    def __init__(self, file: str, lines: dict[Path, int]) -> None:
        self.file, self.lines = file, lines
        self.roots: list[Any] = []
        self.open: list[tuple[Any, Path]] = []  # the lists and tables around, each with its path
        self.keys: list[str | None] = []  # for each of them the key that waits for its value

    def _refuse(self, event: yaml.Event, reason: Words, remedy: Words) -> RuleError:
        path = self.open[-1][1] if self.open else ()
        words = ".".join(str(each) for each in path)
        return RuleError(reason, remedy, Place(self.file, _line(event), words))

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refuse(
                event,
                Words("不支持引用（& 和 *）", "references (& and *) are not supported"),
                Words("请写出完整内容", "write it out"),
            )
        if getattr(event, "tag", None) not in (None, "!"):
            raise self._refuse(
                event, Words("不支持类型标记（!）", "tags (!) are not supported"), Words("请去掉标记", "drop the tag")
            )
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(self.open) >= MAX_DEPTH:
                raise self._refuse(event, Words("层次太深", "nested too deep"), Words("请拆分规则", "split the rule"))
            inner: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            path = self._put(inner, event)
            self.open.append((inner, path))
            self.keys.append(None)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()
            self.keys.pop()

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        value: Any = event.value
        if self.open and isinstance(self.open[-1][0], dict) and self.keys[-1] is None:
            if value in self.open[-1][0]:
                raise self._refuse(
                    event,
                    Words(f"“{value}”写了两次", f"'{value}' is written twice"),
                    Words("请只保留一个", "keep one of them"),
                )
            self.keys[-1] = value
            self.lines[(*self.open[-1][1], value)] = _line(event)
            return
        if event.implicit[0]:  # not in quotes
            if value in _WORDS:
                value = _WORDS[value]
            elif _INTEGER.fullmatch(value):
                value = int(value)
            elif _DECIMAL.fullmatch(value):
                value = Decimal(value)
        self._put(value, event)

    def _put(self, value: Any, event: yaml.Event) -> Path:
        """Place a value where the text has it; its path."""
        if not self.open:
            if self.roots:
                raise self._refuse(
                    event,
                    Words("文件里有多份文档", "the file has several documents"),
                    Words("一个文件只写一份", "write one to a file"),
                )
            self.roots.append(value)
            return ()
        around, path = self.open[-1]
        if isinstance(around, list):
            around.append(value)
            path = (*path, len(around) - 1)
        else:
            key = self.keys[-1]
            if key is None:
                raise self._refuse(
                    event, Words("名称不能是列表或表", "a key cannot be a list or table"), Words("请更正", "correct it")
                )
            around[key] = value
            self.keys[-1] = None
            path = (*path, key)
        self.lines.setdefault(path, _line(event))
        return path


def write_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def canonical_json(data: Any) -> str:
    """The one writing that is hashed: sorted keys, no spaces."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read_json(text: str, file: str = "") -> Any:
    """Plain data; RuleError for broken text, double keys, NaN and infinities."""
    _check_size(text, file)

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            double = next(name for name in names if names.count(name) > 1)
            raise RuleError(
                Words(f"“{double}”写了两次", f"'{double}' is written twice"),
                Words("请只保留一个", "keep one of them"),
                Place(file),
            )
        return found

    def no_number(word: str) -> Any:
        raise RuleError(
            Words(f"“{word}”不是有限的数", f"'{word}' is not a finite number"),
            Words("请写有限的数，不知道的不写", "write a finite number, leave out what is not known"),
            Place(file),
        )

    def number(word: str) -> Any:
        return Decimal(word) if _DECIMAL.fullmatch(word) else no_number(word)

    def integer(word: str) -> Any:
        return int(word) if _INTEGER.fullmatch(word) else no_number(word)

    try:
        return json.loads(
            text, object_pairs_hook=table, parse_float=number, parse_int=integer, parse_constant=no_number
        )
    except json.JSONDecodeError as error:
        raise _broken("JSON", error.msg, Place(file, error.lineno)) from None
    except RecursionError:
        raise RuleError(
            Words("层次太深", "nested too deep"), Words("请拆分规则", "split the rule"), Place(file)
        ) from None


def _check_size(text: str, file: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise RuleError(
            Words("文件太大", "the file is too large"),
            Words(f"请拆分，每份不超过 {MAX_CHARACTERS} 字", f"split it, {MAX_CHARACTERS} characters at most each"),
            Place(file),
        )


def _broken(form: str, problem: str, place: Place) -> RuleError:
    return RuleError(
        Words(f"不是完整的 {form}：{problem}", f"not well-formed {form}: {problem}"),
        Words("请在这一行附近检查缩进、引号和括号", "look for indentation, quotes and brackets near this line"),
        place,
    )
