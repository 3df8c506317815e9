"""A text as a tree of indented lines, and a cursor that reads the words of one line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn

from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms.codec import MAX_DEPTH
from qingdan.rules.forms.sentence import grammar as g
from qingdan.rules.forms.text import MAX_CHARACTERS

_QUOTED = re.compile(r"「((?:[^\\」]|\\.)*)」", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|(.?))", re.DOTALL)
_ESCAPED = {"\\": "\\", "」": "」", "「": "「", "n": "\n", "t": "\t"}
_SHOWN = 24


@dataclass
class Line:
    """One line without its indentation. `plain` is the same text as `normal` makes it, position by position."""

    text: str
    place: Place
    indent: int
    below: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plain = g.normal(self.text)


def read_lines(text: str, file: str) -> list[Line]:
    """The outermost lines, each with those below it; RuleError for tabs, crooked indentation and too much of either.

    A full-width space in front counts for two.
    """
    if len(text) > MAX_CHARACTERS:
        raise RuleError(
            Words("文件太大", "the file is too large"),
            Words(f"请拆分，每份不超过 {MAX_CHARACTERS} 字", f"split it, {MAX_CHARACTERS} characters at most each"),
            Place(file),
        )
    root = Line("", Place(file), -1)
    around = [root]
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        words = raw.strip()
        if not words:
            continue
        place = Place(file, number)
        front = raw[: len(raw) - len(raw.lstrip())]
        if "\t" in raw.rstrip():
            raise RuleError(
                Words("行内有制表符", "the line has a tab"),
                Words("请改成空格，每层缩进两格", "write spaces instead, two for each level"),
                place,
            )
        line = Line(words, place, len(front.replace("\u3000", "  ")))
        while around[-1].indent >= line.indent:
            around.pop()
        siblings = around[-1].below
        if siblings and siblings[0].indent != line.indent:
            raise RuleError(
                Words(
                    f"缩进 {line.indent} 格与上面各行都不对齐",
                    f"{line.indent} spaces in front agree with no line above",
                ),
                Words(
                    f"同一层的各行应缩进 {siblings[0].indent} 格",
                    f"lines of this level begin after {siblings[0].indent}",
                ),
                place,
            )
        if len(around) > MAX_DEPTH:
            raise RuleError(Words("层次太深", "nested too deep"), Words("请拆分规则", "split the rule"), place)
        siblings.append(line)
        around.append(line)
    return root.below


class Cursor:
    """Reads one line from left to right. Spaces between words are passed over, except inside quotes."""

    def __init__(self, line: Line, at: int = 0) -> None:
        self.line, self.at = line, at

    @property
    def place(self) -> Place:
        return self.line.place

    @property
    def below(self) -> list[Line]:
        return self.line.below

    def skip(self) -> None:
        while self.line.plain[self.at : self.at + 1] == " ":
            self.at += 1

    def match(self, pattern: str) -> re.Match[str] | None:
        """The pattern here, in normal characters; the cursor moves behind it."""
        self.skip()
        found = re.compile(pattern).match(self.line.plain, self.at)
        if found:
            self.at = found.end()
        return found

    def sees(self, words: str) -> bool:
        self.skip()
        return self.line.plain.startswith(g.normal(words), self.at)

    def take(self, words: str) -> bool:
        """Whether these words stand here; the cursor moves behind them."""
        if not self.sees(words):
            return False
        self.at += len(words)
        return True

    def need(self, words: str) -> None:
        if not self.take(words):
            self.fail(Words(f"“{words}”", f"'{words}'"))

    def key(self, name: str) -> bool:
        """Whether the line goes on with `name` and a colon; the cursor moves behind them."""
        start = self.at
        if self.take(name) and self.take("："):
            return True
        self.at = start
        return False

    def find(self, pattern: str, wanted: Words) -> re.Match[str]:
        """The pattern, or RuleError that it was wanted here."""
        return self.match(pattern) or self.fail(wanted)

    @property
    def rest(self) -> str:
        """What is left of the line, as written."""
        return self.line.text[self.at :].strip()

    def quoted(self) -> str:
        """The text in the quotes that begin here."""
        found = _QUOTED.match(self.line.text, self.at)
        if not found:
            self.fail(Words("成对的引号「」", "quotes 「」 that are closed"))
        text = _ESCAPE.sub(self._unescape, found[1])
        self.at = found.end()
        return text

    def _unescape(self, found: re.Match[str]) -> str:
        number, sign = found.groups()
        if number and int(number, 16) <= 0x10FFFF:
            return chr(int(number, 16))
        if number or sign not in _ESCAPED:
            self.fail(Words(r"引号内 \\、\n、\t、\」 或 \u{3000}", r"in quotes \\, \n, \t, \」 or \u{3000}"))
        return _ESCAPED[sign]

    def text(self, what: Words) -> str:
        """The text that fills the rest of the line, quoted or not."""
        if self.sees("「"):
            text = self.quoted()
            if self.rest:
                self.fail(
                    Words(
                        "行末（整段文字须同在一对「」内）",
                        "the end of the line (all of a text stands in one pair of 「」)",
                    )
                )
            return text
        if not self.rest:
            self.fail(Words(f"{what.chinese}（空文字写成「」）", f"{what.english} (an empty text is written 「」)"))
        text, self.at = self.rest, len(self.line.text)
        return text

    def word(self, what: Words) -> str:
        """A text in the middle of the line, quoted or without spaces and signs."""
        self.skip()
        return self.quoted() if self.sees("「") else self.find(g.WORD, what)[0]

    def end(self) -> None:
        """RuleError when words are left; a closing 。 or ； is not missed."""
        self.match("[。；;]")
        if self.rest:
            self.fail(Words("行末", "the end of the line"))

    def fail(self, wanted: Words) -> NoReturn:
        """RuleError that the words here were not understood, and what belongs here."""
        self.skip()
        left = self.rest
        shown = left if len(left) <= _SHOWN else f"{left[:_SHOWN]}…"
        column = self.line.indent + self.at + 1
        reason = Words(f"第{column}列起没有看懂：“{shown}”", f"not understood from column {column}: '{shown}'")
        if not left:
            reason = Words(
                f"这一行不完整：“{self.line.text[-_SHOWN:]}”", f"the line is not complete: '{self.line.text[-_SHOWN:]}'"
            )
        raise RuleError(
            reason, Words(f"这里应是{wanted.chinese}", f"what belongs here is {wanted.english}"), self.line.place
        )
