"""What is known about one enterprise, by field and period. What is not there is missing; zero and no are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms.codec import Reader
from qingdan.rules.language.parts import Period
from qingdan.rules.language.rule import GivenFact, Status
from qingdan.rules.values import Value, months_before

Fact = int | bool | date | str | frozenset[str] | tuple[Status, ...]
"""A typed fact; numbers are whole steps of their field (fen, persons, hundredths of a percent)."""


@dataclass(frozen=True)
class Facts:
    """Facts of one enterprise. Keys are the field's name and the period: "", "2025", "2025-06" or "2025-06-30".

    Make them with `of` or `read`, which check them against the catalogue.
    """

    values: Mapping[tuple[str, str], Fact] = field(default_factory=dict)

    @classmethod
    def of(cls, catalogue: Catalogue, facts: Mapping[tuple[str, str], Any]) -> Facts:
        """Facts as Python values: int fen for money, int, Decimal or Fraction for numbers, date, bool, str,
        a collection of codes, a sequence of `Status`. None means missing. RuleError for what does not fit."""
        values: dict[tuple[str, str], Fact] = {}
        for (name, period), given in facts.items():
            spec = catalogue.field(name)
            check_period(spec, period)
            if given is not None:
                values[name, period] = _typed(catalogue, spec, given)
        return cls(values)

    @classmethod
    def read(
        cls, catalogue: Catalogue, facts: Mapping[str, Any], file: str = "", known_on: date | None = None
    ) -> Facts:
        """Facts as written in a file: {"revenue@2025": "4800 万元", "founded": "2015-03-01"}.

        With `known_on`, a day after it is refused: nothing is known of the future. RuleError with the key.
        """
        values: dict[tuple[str, str], Fact] = {}
        reader = Reader(file)
        for key, raw in facts.items():
            written = raw if isinstance(raw, tuple) else reader.plain(raw, (key,))
            name, _, period = key.partition("@")
            try:
                spec = catalogue.field(name)
                check_period(spec, period)
                if written is not None:
                    values[name, period] = _parse(catalogue, spec, written)
                if known_on:
                    _refuse_future(spec, values.get((name, period)), period, known_on)
            except RuleError as error:
                raise error.at(Place(file, 0, key)) from None
        return cls(values)

    @classmethod
    def given(cls, catalogue: Catalogue, facts: tuple[GivenFact, ...]) -> Facts:
        """The facts of a test beside a rule."""
        return cls.read(catalogue, {fact.key: fact.value for fact in facts})

    def get(self, spec: Field, period: str) -> Fact | None:
        """The fact of exactly this period; None when it is missing."""
        return self.values.get((spec.name, period))

    def on(self, spec: Field, day: date) -> Fact | None:
        """The state of a field on a day: of fields as of a day, the latest on or before it, unless it is too old."""
        if spec.period is not PeriodKind.AS_OF:
            return self.values.get((spec.name, ""))
        days = [period for name, period in self.values if name == spec.name and period <= day.isoformat()]
        if not days or (spec.fresh_months and max(days) < months_before(day, spec.fresh_months).isoformat()):
            return None
        return self.values[spec.name, max(days)]


def check_period(spec: Field, period: str) -> None:
    if spec.period is PeriodKind.AS_OF:
        good = len(period) == 10 and _is_day(period)
    elif spec.period is PeriodKind.NONE:
        good = not period
    else:
        try:
            parsed = Period(period)
            good = parsed.is_fixed and parsed.is_month == (spec.period is PeriodKind.MONTH)
        except RuleError:
            good = False
    if not good:
        shape = {"none": "无 (none)", "year": "2025", "month": "2025-06", "as-of": "2025-06-30"}[spec.period]
        raise RuleError(
            Words(f"“{spec.chinese}”的期间“{period}”不对", f"'{period}' is no period of '{spec.name}'"),
            Words(f"期间应写成：{shape}", f"its period is written: {shape}"),
        )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong(spec: Field, given: object) -> RuleError:
    return RuleError(
        Words(f"“{given}”不是“{spec.chinese}”的值", f"'{given}' is no value of '{spec.name}'"),
        Words(f"该字段的类型是 {spec.type}", f"the type of the field is {spec.type}"),
    )


def _typed(catalogue: Catalogue, spec: Field, given: Any) -> Fact:
    kind = spec.type
    if kind.is_number:
        return _number(spec, given)
    if kind is FieldType.BOOLEAN and isinstance(given, bool):
        return given
    if kind is FieldType.DATE and type(given) is date:
        return given
    if kind is FieldType.TEXT and isinstance(given, str):
        return given
    if kind is FieldType.CODE and isinstance(given, str):
        catalogue.tree(spec.tree).find(given, date.max)
        return given
    if kind in (FieldType.CODES, FieldType.STATUSES) and isinstance(given, list | tuple | set | frozenset):
        wanted = str if kind is FieldType.CODES else Status
        for each in given:
            if not isinstance(each, wanted):
                raise _wrong(spec, each)
            catalogue.tree(spec.tree).find(each.code if isinstance(each, Status) else each, date.max)
        return frozenset(given) if kind is FieldType.CODES else tuple(given)
    raise _wrong(spec, given)


def _number(spec: Field, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | Decimal | Fraction):
        raise _wrong(spec, given)
    if isinstance(given, Decimal) and not given.is_finite():
        raise _wrong(spec, given)
    return _in_steps(spec, Fraction(given) if spec.type is FieldType.MONEY else Fraction(given) / spec.step, given)


def _in_steps(spec: Field, steps: Fraction, given: object) -> int:
    low, high = spec.bounds()
    if steps.denominator != 1:
        raise RuleError(
            Words(f"“{given}”比“{spec.chinese}”的最小单位还细", f"'{given}' is finer than '{spec.name}' is kept"),
            Words(f"最小单位是 {spec.number_text(1)}", f"its smallest step is {spec.number_text(1)}"),
        )
    if (low is not None and steps < low) or (high is not None and steps > high):
        raise RuleError(
            Words(f"“{given}”超出“{spec.chinese}”的取值范围", f"'{given}' is outside the range of '{spec.name}'"),
            Words("请核对数值和单位", "check the number and its unit"),
        )
    return int(steps)


def _parse(catalogue: Catalogue, spec: Field, written: Any) -> Fact:
    kind = spec.type
    if isinstance(written, bool) or not isinstance(written, str | int):
        return _typed(catalogue, spec, written)
    if kind.is_number:
        value = Value.parse(written)
        # A count may do without its unit; money and shares may not, 5 could be 元 or 万元, 5 or 500 %.
        if not value.unit and kind in (FieldType.INTEGER, FieldType.DECIMAL):
            value = Value(value.number, spec.unit)
        return _in_steps(spec, spec.steps(value), written)
    if kind is FieldType.DATE and isinstance(written, str) and _is_day(written):
        return date.fromisoformat(written)
    return _typed(catalogue, spec, written)


def _refuse_future(spec: Field, fact: Fact | None, period: str, known_on: date) -> None:
    today = known_on.isoformat()
    day = fact.isoformat() if isinstance(fact, date) else period
    if day and day[: len(today)] > today[: len(day)]:
        raise RuleError(
            Words(f"“{spec.chinese}”的日期 {day} 在 {today} 之后", f"the date {day} of '{spec.name}' is after {today}"),
            Words("请核对日期", "check the date"),
        )
