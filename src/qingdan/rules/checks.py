"""What can be found wrong with a rule before it meets any enterprise.

`check` gives findings with their place in the rule's written form. An error means that the rule must not be used;
a warning that somebody should look.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.evaluate.clauses import ratio_unit
from qingdan.rules.examples import run_examples
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Node, Op, Source, Spread
from qingdan.rules.language.rule import Rule


@dataclass(frozen=True)
class Finding:
    """Something wrong or doubtful at a path of the rule."""

    path: str
    is_error: bool
    reason: Words
    remedy: Words

    def __str__(self) -> str:
        return str(RuleError(self.reason, self.remedy, Place(path=self.path)))


def check(rule: Rule, catalogue: Catalogue) -> list[Finding]:
    """Every finding, in the order of the rule."""
    return list(_Check(rule, catalogue).run())


def is_sound(rule: Rule, catalogue: Catalogue) -> bool:
    """Whether a rule may be used: no error, at least one test, and every test passes."""
    if any(finding.is_error for finding in check(rule, catalogue)):
        return False
    return bool(rule.tests) and all(result.passed for result in run_examples(rule, catalogue))


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of a rule with its path in the written form, from the top down."""
    yield path, value
    for field in dataclasses.fields(value):
        inner = getattr(value, field.name)
        # A combination without label and source is written as a bare list.
        bare = field.name == "conditions" and not value.label and value.source is None and not hasattr(value, "k")
        below = path if bare else f"{path}.{field.name}".removeprefix(".")
        if isinstance(inner, tuple):
            members = [(f"{below}[{index}]", each) for index, each in enumerate(inner)]
        else:
            members = [(below, inner)]
        for place, each in members:
            if isinstance(each, Node):
                yield from walk(each, f"{place}.{each.tag}")
            elif dataclasses.is_dataclass(each):
                yield from walk(each, place)


Interval = tuple[Fraction | None, Fraction | None]
"""The least and greatest step inside, None without limit."""


def interval_of(condition: c.Condition, catalogue: Catalogue) -> tuple[Figure, Interval] | None:
    """The steps of one figure that a condition allows; None when it is not about one figure."""
    if isinstance(condition, c.All):
        parts = [interval_of(part, catalogue) for part in condition.conditions]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or len({figure for figure, _ in known}) != 1:
            return None
        return known[0][0], _intersection([interval for _, interval in known])
    if isinstance(condition, c.Compare | c.Between) and condition.figure.spread is Spread.MEAN:
        return None  # a mean lies between the steps
    if isinstance(condition, c.Between):
        spec = catalogue.field(condition.figure.field)
        low = _first(spec.steps(condition.low), condition.low_included)
        return condition.figure, (low, _last(spec.steps(condition.high), condition.high_included))
    if isinstance(condition, c.Compare) and condition.op is not Op.DIFFERENT:
        bound = catalogue.field(condition.figure.field).steps(condition.value)
        low = _first(bound, condition.op is not Op.MORE_THAN)
        high = _last(bound, condition.op is not Op.LESS_THAN)
        if condition.op.is_lower_bound:
            return condition.figure, (low, None)
        return condition.figure, ((None, high) if condition.op.is_upper_bound else (low, high))
    return None


def _first(bound: Fraction, included: bool) -> Fraction:
    return Fraction(bound.__ceil__() if included else bound.__floor__() + 1)


def _last(bound: Fraction, included: bool) -> Fraction:
    return Fraction(bound.__floor__() if included else bound.__ceil__() - 1)


def _intersection(intervals: list[Interval]) -> Interval:
    lows = [low for low, _ in intervals if low is not None]
    highs = [high for _, high in intervals if high is not None]
    return max(lows, default=None), min(highs, default=None)


def _is_empty(interval: Interval) -> bool:
    low, high = interval
    return low is not None and high is not None and low > high


class _Check:
    def __init__(self, rule: Rule, catalogue: Catalogue) -> None:
        self.rule, self.catalogue = rule, catalogue
        self.found: list[Finding] = []

    def run(self) -> list[Finding]:
        self._rule()
        for path, part in walk(self.rule):
            for kind, look in self._looks.items():
                if isinstance(part, kind):
                    try:
                        look(self, path, part)
                    except RuleError as error:
                        self._add(path, True, error.reason, error.remedy)
        return self.found

    def _add(self, path: str, is_error: bool, reason: Words, remedy: Words) -> None:
        """A finding, unless the same was said of what this is a part of."""
        if not any(path.startswith(each.path) and reason == each.reason for each in self.found):
            self.found.append(Finding(path, is_error, reason, remedy))

    def _interval(self, condition: c.Condition) -> tuple[Figure, Interval] | None:
        """As `interval_of`; None also for a condition that is wrong in itself, which is found at its own place."""
        try:
            return interval_of(condition, self.catalogue)
        except RuleError:
            return None

    def _error(self, path: str, reason: tuple[str, str], remedy: tuple[str, str]) -> None:
        self._add(path, True, Words(*reason), Words(*remedy))

    def _warn(self, path: str, reason: tuple[str, str], remedy: tuple[str, str]) -> None:
        self._add(path, False, Words(*reason), Words(*remedy))

    # ---- the rule

    def _rule(self) -> None:
        if not self.rule.tests:
            self._warn(
                "tests", ("没有测试", "the rule has no tests"), ("请写出已知结果的例子", "add cases with known results")
            )
        if not self.rule.sources:
            self._warn("sources", ("没有写明政策文件", "no document is named"), ("请写 sources", "add sources"))
        awards = {award.id for award in self.rule.awards}
        for index, example in enumerate(self.rule.tests):
            for expected in example.awards:
                if expected.award not in awards:
                    self._error(
                        f"tests[{index}]",
                        (f"没有编号为“{expected.award}”的奖补", f"there is no award '{expected.award}'"),
                        ("请更正编号", "correct the id"),
                    )

    def _source(self, path: str, source: Source) -> None:
        if not source.quote or source.start is None or source.end is None:
            return
        if source.end - source.start != len(source.quote):
            self._error(
                path,
                ("引文长度与起止位置不符", "the quote is not as long as its span"),
                ("请核对引文和位置", "check quote and span"),
            )

    # ---- fields, periods, codes

    def _figure(self, path: str, figure: Figure) -> None:
        spec = self.catalogue.field(figure.field)
        spec.need_number()
        wanted = spec.period in (PeriodKind.YEAR, PeriodKind.MONTH)
        fits = figure.period is not None and figure.period.is_month == (spec.period is PeriodKind.MONTH)
        if wanted != (figure.period is not None) or (wanted and not fits):
            shown = {"year": "@year-1", "month": "@month-1"}.get(spec.period, "不写期间 (no period)")
            self._error(
                path,
                (f"“{spec.chinese}”的期间不对", f"'{spec.name}' is asked for with the wrong period"),
                (f"应写：{shown}", f"write: {shown}"),
            )
        if figure.since:
            self._dated(path, figure.since)

    def _dated(self, path: str, name: str) -> None:
        spec = self.catalogue.field(name)
        if spec.type is not FieldType.DATE:
            self._mistyped(path, spec, ("日期", "a date"))

    def _mistyped(self, path: str, spec: Field, wanted: tuple[str, str]) -> None:
        self._error(
            path,
            (f"字段“{spec.chinese}”不是{wanted[0]}", f"field '{spec.name}' is not {wanted[1]}"),
            ("请换用合适的字段或条件", "use a field or condition that fits"),
        )

    def _plain_field(self, path: str, name: str, *kinds: FieldType) -> Field:
        """The field of a clause without period."""
        spec = self.catalogue.field(name)
        if spec.type not in kinds:
            wanted = "/".join(kinds)
            self._mistyped(path, spec, (wanted, wanted))
        elif spec.period in (PeriodKind.YEAR, PeriodKind.MONTH):
            self._error(
                path,
                (f"“{spec.chinese}”按期间填报，此条件不能用", f"'{spec.name}' has periods and does not fit here"),
                ("请换用不分期间的字段", "use a field without periods"),
            )
        return spec

    def _codes(self, path: str, name: str, codes: tuple[str, ...]) -> None:
        tree = self.catalogue.tree_of(name)
        for code in codes:
            try:
                meaning = tree.find(code, self.rule.valid_from)
            except RuleError as error:
                self._add(path, True, error.reason, error.remedy)
                continue
            last = self.rule.valid_to or date.max
            ends = (meaning.valid_to or date.max) < self.rule.valid_from
            if ends or (meaning.valid_from or date.min) > last:
                self._error(
                    path,
                    (f"代码“{code}”在规则有效期内不使用", f"the code '{code}' is of another edition than the rule"),
                    ("请换成现行代码", "use the code of the edition in force"),
                )

    def _bound(self, path: str, spec: Field, value: c.Value) -> None:
        if spec.steps(value).denominator != 1:
            self._warn(
                path,
                (f"“{value.written}”比字段的最小单位还细", f"'{value.written}' is finer than the field is kept"),
                (f"最小单位是 {spec.number_text(1)}", f"its smallest step is {spec.number_text(1)}"),
            )

    # ---- clauses

    def _compare(self, path: str, clause: c.Compare) -> None:
        self._bound(path, self.catalogue.field(clause.figure.field), clause.value)

    def _between(self, path: str, clause: c.Between) -> None:
        spec = self.catalogue.field(clause.figure.field)
        self._bound(path, spec, clause.low)
        self._bound(path, spec, clause.high)
        found = interval_of(clause, self.catalogue)
        if found and _is_empty(found[1]):
            self._error(path, ("区间为空", "the interval is empty"), ("请更正上下限", "correct the bounds"))

    def _ratio(self, path: str, clause: c.Ratio) -> None:
        if clause.numerator == clause.denominator:
            self._error(path, ("分子分母相同", "both sides of the ratio are the same"), ("请更正", "correct it"))
        ratio_unit(clause, *(self.catalogue.field(each.field) for each in (clause.numerator, clause.denominator)))

    def _growth(self, path: str, clause: c.Growth) -> None:
        if clause.figure.period is None or clause.figure.period.is_month:
            self._error(path, ("增长条件须写年度", "growth needs figures of years"), ("请写 @year-1", "write @year-1"))

    def _window(self, path: str, clause: c.Window) -> None:
        if clause.since:
            self._dated(path, clause.since)
        for _, part in walk(clause.condition):
            if isinstance(part, c.Condition) and not part.parts:
                figures = [each for each in vars(part).values() if isinstance(each, Figure)]
                periods = [each.period for each in figures]
                if not figures or any(period is None or period.is_fixed or period.is_month for period in periods):
                    self._error(
                        path,
                        ("逐年条件里只能用相对年度的数据", "inside a window only figures of relative years make sense"),
                        ("请写 @year-1，或把该条件移到外面", "write @year-1, or move the condition out"),
                    )

    def _flag(self, path: str, clause: c.Flag | c.Attest) -> None:
        self._plain_field(path, clause.field, FieldType.BOOLEAN)

    def _judgement(self, path: str, clause: c.Judgement) -> None:
        if clause.field:
            self._plain_field(path, clause.field, FieldType.BOOLEAN)

    def _in_codes(self, path: str, clause: c.InCodes) -> None:
        if self._plain_field(path, clause.field, FieldType.CODE, FieldType.CODES).tree:
            self._codes(path, clause.field, clause.codes)
        if not clause.codes:
            self._error(path, ("没有写代码", "no codes are given"), ("请写 codes", "give codes"))

    def _statuses(self, path: str, clause: c.HoldsStatus | c.RecordFree) -> None:
        if self._plain_field(path, clause.field, FieldType.STATUSES).tree:
            self._codes(path, clause.field, clause.codes)
        if isinstance(clause, c.HoldsStatus) and not clause.codes:
            self._error(path, ("没有写代码", "no codes are given"), ("请写 codes", "give codes"))

    def _dates(self, path: str, clause: c.Age | c.DateWindow) -> None:
        self._plain_field(path, clause.field, FieldType.DATE)
        if isinstance(clause, c.DateWindow) and (clause.start or date.min) > (clause.end or date.max):
            self._error(path, ("区间为空", "the interval is empty"), ("请更正起止日", "correct the days"))

    # ---- combinations

    def _several(self, path: str, several: c.All | c.Any | c.NoneOf | c.AtLeast) -> None:
        if len(set(several.conditions)) < len(several.conditions):
            self._warn(path, ("同一条件写了两次", "a condition stands twice"), ("请只保留一个", "keep one of them"))

    def _all(self, path: str, everything: c.All) -> None:
        by_figure: dict[Figure, list[Interval]] = {}
        for part in everything.conditions:
            if found := self._interval(part):
                by_figure.setdefault(found[0], []).append(found[1])
        if any(_is_empty(_intersection(intervals)) for intervals in by_figure.values()):
            self._error(
                path,
                ("对同一数据的要求互相矛盾，永远不能符合", "what is asked of one figure contradicts itself"),
                ("请更正上下限", "correct the bounds"),
            )

    def _tiered(self, path: str, tiered: c.Tiered) -> None:
        self._cases(path, [case.when for case in tiered.cases], has_rest=tiered.otherwise is not None)

    def _by_case(self, path: str, amount: a.ByCase) -> None:
        self._cases(path, [case.when for case in amount.cases], has_rest=True)

    def _cases(self, path: str, whens: list[c.Condition], has_rest: bool) -> None:
        for (first, left), (second, right) in combinations(enumerate(whens), 2):
            if self._overlap(left, right):
                self._error(
                    f"{path}.cases[{second}]",
                    (f"与第 {first + 1} 档重叠", f"overlaps case {first + 1}"),
                    ("请写明界线属于哪一档", "say to which case the bound belongs"),
                )
        found = [self._interval(when) for when in whens]
        known = [each for each in found if each is not None]
        if has_rest or len(known) < len(found) or len({figure for figure, _ in known}) != 1:
            return
        ordered = sorted((each for _, each in known), key=lambda each: (each[0] is not None, each[0] or 0))
        for (_, high), (low, _) in pairwise(ordered):
            if high is not None and low is not None and low > high + 1:
                self._warn(path, ("各档之间有空档", "there is a gap between cases"), ("请补上", "close it"))

    def _overlap(self, left: c.Condition, right: c.Condition) -> bool:
        """Whether a later case is reached by what an earlier one takes already.

        Rising upper bounds (至5000万元, 至2亿元) and a group after its members are the usual way to write a cascade.
        """
        one, two = self._interval(left), self._interval(right)
        if one and two and one[0] == two[0]:
            (low, high), (next_low, next_high) = one[1], two[1]
            rising = low == next_low and high is not None and (next_high is None or next_high > high)
            falling = high == next_high and low is not None and (next_low is None or next_low < low)
            return not rising and not falling and not _is_empty(_intersection([one[1], two[1]]))
        if isinstance(left, c.InCodes) and isinstance(right, c.InCodes) and left.field == right.field:
            tree = self.catalogue.tree_of(left.field)
            return any(tree.is_under(code, left.codes, self.rule.valid_from) for code in right.codes)
        return left == right

    def _score(self, path: str, score: c.Score) -> None:
        most = least = Fraction()
        for item in score.items:
            points = [Fraction(), *(Fraction(band.points) for band in item.bands)]
            if item.per_piece:
                points.append(Fraction(item.per_piece.cap))
            most, least = most + max(points), least + min(points)
        bound = Fraction(score.threshold)
        reachable = {
            Op.AT_LEAST: (most >= bound, least >= bound),
            Op.MORE_THAN: (most > bound, least > bound),
            Op.AT_MOST: (least <= bound, most <= bound),
            Op.LESS_THAN: (least < bound, most < bound),
        }[score.op]
        if not reachable[0] or reachable[1]:
            self._error(
                path,
                ("各项分数使这个分数线永远或从不达到", "with these points the threshold is met always or never"),
                ("请核对分值和分数线", "check points and threshold"),
            )

    # ---- amounts

    def _money_figure(self, path: str, figure: Figure) -> None:
        spec = self.catalogue.field(figure.field)
        if spec.unit != "元":
            self._mistyped(path, spec, ("金额", "money"))

    def _rate(self, path: str, amount: a.Rate | a.Marginal) -> None:
        self._money_figure(path, amount.base)

    def _share_of_contribution(self, path: str, amount: a.ShareOfContribution) -> None:
        self._money_figure(path, amount.contribution)
        self._warn(
            path,
            (
                "与地方财政贡献挂钩的奖补受《公平竞争审查条例》限制",
                "awards tied to local revenue are restricted by law",
            ),
            ("请写明审查依据", "name the ground on which it passed the fair-competition review"),
        )

    def _per_unit(self, path: str, amount: a.PerUnit) -> None:
        self.catalogue.field(amount.figure.field).steps(amount.per)

    def _slab(self, path: str, amount: a.Slab) -> None:
        spec = self.catalogue.field(amount.figure.field)
        for band in amount.bands:
            if band.upto is not None:
                self._bound(path, spec, band.upto)

    _looks: dict[Any, Callable[[_Check, str, Any], None]] = {
        Source: _source,
        Figure: _figure,
        c.Compare: _compare,
        c.Between: _between,
        c.Ratio: _ratio,
        c.Growth: _growth,
        c.Window: _window,
        (c.Flag, c.Attest): _flag,
        c.Judgement: _judgement,
        c.InCodes: _in_codes,
        (c.HoldsStatus, c.RecordFree): _statuses,
        (c.Age, c.DateWindow): _dates,
        (c.All, c.Any, c.NoneOf, c.AtLeast): _several,
        c.All: _all,
        c.Tiered: _tiered,
        c.Score: _score,
        (a.Rate, a.Marginal): _rate,
        a.ShareOfContribution: _share_of_contribution,
        a.PerUnit: _per_unit,
        a.Slab: _slab,
        a.ByCase: _by_case,
    }
