"""The catalogue of fields that rules may ask about, and the code trees they use.

Every numeric field counts in whole steps (one person, one fen, one hundredth of a percent), so that facts and
thresholds compare as integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from qingdan.rules.codes import CodeTree
from qingdan.rules.errors import RuleError, Words, unknown_name
from qingdan.rules.values import FEN_PER_YUAN, Value, money_text, plain


class FieldType(StrEnum):
    """What a fact of a field is."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    RATIO = "ratio"  # a reported share; 0.8 is 80 %
    BOOLEAN = "boolean"
    DATE = "date"
    TEXT = "text"
    CODE = "code"
    CODES = "codes"  # a set of codes
    STATUSES = "statuses"  # titles or records, each with its code and days of validity

    @property
    def is_number(self) -> bool:
        return self in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY, FieldType.RATIO)

    @property
    def needs_tree(self) -> bool:
        return self in (FieldType.CODE, FieldType.CODES, FieldType.STATUSES)


class PeriodKind(StrEnum):
    """What a fact is about: for ever, a calendar year, a month, or the state as of a day."""

    NONE = "none"
    YEAR = "year"
    MONTH = "month"
    AS_OF = "as-of"


class Visibility(StrEnum):
    """Who may see a fact: everybody; the enterprise and the offices; only the offices."""

    PUBLIC = "public"
    ENTERPRISE = "enterprise"
    OFFICE = "office"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that can be known about an enterprise.

    `unit` is the base unit without scale (人, 元, 亩). `scale` counts decimal places of a decimal or ratio.
    `tree` names the code tree. `fresh_months`: a fact as of an earlier day than this before the fact date
    counts as missing (0: never too old). `minimum`, `maximum`: no fact lies outside, both included.
    `source` says who reports it.
    """

    name: str
    chinese: str
    english: str
    type: FieldType
    unit: str = ""
    scale: int = 0
    tree: str = ""
    period: PeriodKind = PeriodKind.NONE
    fresh_months: int = 0
    minimum: Value | None = None
    maximum: Value | None = None
    source: str = ""
    visibility: Visibility = Visibility.ENTERPRISE

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name != self.name.lower() or not self.name.isascii():
            raise self._error("名称须为小写英文", "the name must be lower-case English words joined by _")
        if self.type.needs_tree != bool(self.tree):
            raise self._error("代码类字段须写明代码表，其他字段不写", "fields of codes name a tree, others do not")
        if self.type is FieldType.MONEY and self.unit != "元":
            raise self._error("金额字段的单位须为元", "the unit of money is 元")
        if self.scale and self.type not in (FieldType.DECIMAL, FieldType.RATIO):
            raise self._error("只有小数和比例有小数位数", "only decimals and ratios have decimal places")
        if not 0 <= self.scale <= 9:
            raise self._error("小数位数须在 0 到 9 之间", "the number of decimal places is 0 to 9")
        if self.fresh_months < 0 or (self.fresh_months and self.period is not PeriodKind.AS_OF):
            raise self._error("只有时点数据有时效月数", "only facts as of a day grow old")
        bounds = [self.steps(bound) for bound in (self.minimum, self.maximum) if bound]
        if bounds != sorted(bounds):
            raise self._error("最小值大于最大值", "the minimum exceeds the maximum")

    def _error(self, chinese: str, english: str) -> RuleError:
        return RuleError(
            Words(f"字段“{self.name}”：{chinese}", f"field '{self.name}': {english}"),
            Words("请更正字段目录", "correct the catalogue"),
        )

    @property
    def step(self) -> Fraction:
        """One step in the field's unit: 1/100 元, 1 人, 10 to the minus scale."""
        if self.type is FieldType.MONEY:
            return Fraction(1, FEN_PER_YUAN)
        return Fraction(1, 10**self.scale)

    def need_number(self) -> None:
        """RuleError for a field of any other type."""
        if not self.type.is_number:
            raise RuleError(
                Words(f"字段“{self.chinese}”不是数", f"field '{self.name}' is not a number"),
                Words("请换用合适的字段或条件", "use a field or condition that fits"),
            )

    def steps(self, value: Value) -> Fraction:
        """How many steps of this field a written value is; RuleError for a wrong or missing unit."""
        self.need_number()
        number, unit = value.base
        if self.type is FieldType.RATIO:
            if value.unit not in ("%", "‰"):
                raise self._wrong_unit(value, "%")
            return number / (100 if unit == "%" else 1000) / self.step
        if self.type is FieldType.MONEY and unit == "分":
            return number
        if unit != self.unit:
            raise self._wrong_unit(value, self.unit)
        return number / self.step

    def _wrong_unit(self, value: Value, wanted: str) -> RuleError:
        wanted = wanted or "无单位 (none)"
        if not value.unit:
            reason = Words(f"“{self.chinese}”的值没有单位", f"the value of '{self.name}' has no unit")
        else:
            reason = Words(
                f"“{self.chinese}”的单位不能是“{value.unit}”", f"'{self.name}' is not measured in '{value.unit}'"
            )
        return RuleError(reason, Words(f"单位应为：{wanted}", f"its unit is: {wanted}"))

    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """The least and the greatest number of steps that a fact can have; None: without limit."""
        return (self.steps(self.minimum) if self.minimum else None, self.steps(self.maximum) if self.maximum else None)

    def number_text(self, steps: int | Fraction) -> str:
        """Steps in words: "1500 万元", "85 人", "61.25 %"."""
        if self.type is FieldType.MONEY:
            return money_text(steps)
        number = Fraction(steps) * self.step * (100 if self.type is FieldType.RATIO else 1)
        unit = "%" if self.type is FieldType.RATIO else self.unit
        return f"{fraction_text(number)} {unit}".strip()


def fraction_text(number: Fraction, places: int = 4) -> str:
    """A number in decimal, exact when `places` suffice, otherwise cut off and marked with 约."""
    scaled = number * 10**places
    text = plain(Decimal(int(scaled)).scaleb(-places))
    return text if scaled.denominator == 1 else f"约{text}"


@dataclass(frozen=True)
class Catalogue:
    """All fields and trees; RuleError for doubles and for a tree that is missing."""

    fields: tuple[Field, ...]
    trees: tuple[CodeTree, ...] = ()
    _fields: dict[str, Field] = field(init=False, repr=False, compare=False)
    _trees: dict[str, CodeTree] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_fields", {each.name: each for each in self.fields})
        object.__setattr__(self, "_trees", {each.name: each for each in self.trees})
        if len(self._fields) < len(self.fields) or len(self._trees) < len(self.trees):
            names = [each.name for each in self.fields] + [each.name for each in self.trees]
            double = next(name for name in names if names.count(name) > 1)
            raise RuleError(
                Words(f"“{double}”出现两次", f"'{double}' stands twice"),
                Words("请只保留一个", "keep one of them"),
            )
        for each in self.fields:
            if each.tree:
                self.tree(each.tree)

    def field(self, name: str) -> Field:
        """The field of that name; RuleError with similar names when there is none."""
        if name not in self._fields:
            raise unknown_name(Words("字段", "field"), name, self._fields)
        return self._fields[name]

    def tree(self, name: str) -> CodeTree:
        """The code tree of that name; RuleError with similar names when there is none."""
        if name not in self._trees:
            raise unknown_name(Words("代码表", "code tree"), name, self._trees)
        return self._trees[name]

    def tree_of(self, field_name: str) -> CodeTree:
        return self.tree(self.field(field_name).tree)
