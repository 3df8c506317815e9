"""Fields and codes of a catalogue as words of a sentence.

A field is written with its Chinese label where that can be read as nothing else, otherwise as 〔name〕; a code as
`510117（郫都区）`, and in 「」 when the catalogue does not have it. So whatever stands unmarked is known and checked.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from qingdan.rules.catalogue import Catalogue, FieldType
from qingdan.rules.codes import CodeTree
from qingdan.rules.errors import RuleError, Words, unknown_name
from qingdan.rules.forms.sentence import grammar as g

# All that may follow a field in a sentence. Where one label is the beginning of another and the longer one goes on
# like one of these, the shorter one cannot be told from it.
_FOLLOWING = tuple(
    g.normal(each)
    for each in (
        *g.OPS,
        *("合计", "平均", "与", "之比", "较", "在", "列", "的", "每", "：", "属于", "有效", "至", "不早于", "不晚于"),
        *("，", "所在", g.MARGINAL),
    )
)
_FOLLOWS = re.compile("|".join(map(re.escape, _FOLLOWING)))

# What a label must not begin with, for it would be read as something else.
_LEAD = re.compile(
    "|".join(
        (
            *(g.ALL, g.ANY, g.NONE_OF, g.AT_LEAST, g.EXCLUSION, g.EXEMPTION, g.CASES.removeprefix("按"), g.SCORE),
            *(g.JUDGEMENT, g.FIXED, g.INSTALMENTS, g.NEGOTIATED, "按", "内无", "每年满足", "中至少"),
            rf"(?:近|前|得)?[-.0-9]+(?:年|个月|日|名|分)|截至|{g.PERIOD}|{g.DAY}",
        )
    )
)
_RESERVED = (g.LABEL, g.SOURCE)
_LABEL = re.compile(r"[\w()%‰/.&+·-]+")

LISTS = (FieldType.CODES, FieldType.STATUSES)
"""The types of fields whose facts are lists."""


class Vocabulary:
    """The words of one catalogue, for writing and for reading."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.fields = {each.name: each for each in catalogue.fields}
        self._trees = {each.name: each for each in catalogue.trees}
        self._labelled: dict[str, list[str]] = {}
        for each in catalogue.fields:
            self._labelled.setdefault(g.normal(each.chinese), []).append(each.name)
        self._usable = _usable(Counter(g.normal(each.chinese) for each in catalogue.fields))
        self._longest = max(map(len, self._labelled), default=0)

    def field(self, name: str) -> str:
        """A field in writing: 营业收入, 〔revenue〕 or, for a name that is none, 〔「…」〕."""
        known = self.fields.get(name)
        if known and g.normal(known.chinese) in self._usable:
            return known.chinese
        return f"〔{name if re.fullmatch(g.FIELD_NAME, name) else g.quoted(name)}〕"

    def longest_label(self, text: str, start: int) -> tuple[str, int] | None:
        """The field whose label stands in the (normal) text at `start`, the longest that fits, and where it ends."""
        for end in range(min(len(text), start + self._longest), start, -1):
            if text[start:end] in self._usable:
                return self._labelled[text[start:end]][0], end
        return None

    def no_field(self, words: str) -> RuleError:
        """The error for (normal) words that no usable label begins, with the marks or labels perhaps meant."""
        marks = [
            f"〔{name}〕"
            for label, names in self._labelled.items()
            if label and words.startswith(label)
            for name in names
        ]
        if marks:
            return RuleError(
                Words(
                    f"“{words[:40]}”开头的字段名称有歧义",
                    f"the label at the start of '{words[:40]}' is not the label of one field",
                ),
                Words(f"请写字段代号：{'、'.join(marks)}", f"write the field's mark: {', '.join(marks)}"),
            )
        if re.match("近[一二两三四五六七八九十]+个?[年月]", words):
            return RuleError(
                Words(f"“{words[:40]}”中的年数没有看懂", f"the number of years in '{words[:40]}' was not understood"),
                Words("请用阿拉伯数字，如 近3年", "write it in digits, as in 近3年"),
            )
        end = _FOLLOWS.search(words, 1)
        name = words[: end.start()] if end else words
        return unknown_name(
            Words("字段或句式", "field or kind of sentence"), name[:40].strip(), [*self._usable, *g.HEADS.values()]
        )

    def has_type(self, field: str, *types: FieldType) -> bool:
        return field in self.fields and self.fields[field].type in types

    def unit(self, field: str) -> str:
        """The unit of a field's figures, nothing for an unknown one."""
        return self.fields[field].unit if field in self.fields else ""

    # ---- codes

    def tree(self, field: str) -> CodeTree | None:
        """The codes of a field; None for an unknown field or one without codes."""
        return self._trees.get(self.fields[field].tree) if field in self.fields else None

    def code(self, field: str, code: str, on: date) -> str:
        """A code in writing, with its label as it is on a day."""
        tree = self.tree(field)
        if tree is None or code not in tree or not g.is_word(code):
            return g.quoted(code)
        label = tree.find(code, on).label
        comment = f"({g.normal(label)})"
        if label == code or not g.is_plain(label) or g.balanced(comment) != len(comment):
            return code
        return f"{code}（{label}）"


def _usable(labels: Counter[str]) -> frozenset[str]:
    """The labels that can stand for their field: of one field only, and read as nothing else in any sentence."""
    fitting = {
        label
        for label, count in labels.items()
        if count == 1 and _LABEL.fullmatch(label) and label not in _RESERVED and not _LEAD.match(label)
    }
    hidden = {
        label[:end]
        for label in fitting
        for end in range(1, len(label))
        if label[:end] in fitting and _may_follow(label[end:])
    }
    return frozenset(fitting - hidden)


def _may_follow(words: str) -> bool:
    return any(words.startswith(each) or each.startswith(words) for each in _FOLLOWING)


def codes_by_label(tree: CodeTree) -> dict[str, set[str]]:
    """The codes that have a (normal) label in any edition of the tree."""
    found: dict[str, set[str]] = {}
    for each in tree.codes:
        found.setdefault(g.normal(each.label).strip(), set()).add(each.code)
    return found
