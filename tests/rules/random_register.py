"""Random rules that make sense over a catalogue with every type of field, and registers that lie at their thresholds.

    rules = [random_rule(rng, str(index)) for index in range(50)]
    table = random_register(rng, rules, rows=400)
    facts_of(table, 7)  # the eighth enterprise

Everything comes from `rng` (`random.Random`), so a seed gives the same again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from qingdan.rules.catalogue import Catalogue, Field, FieldType, PeriodKind
from qingdan.rules.checks import check
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.evaluate.clauses import ratio_unit
from qingdan.rules.evaluate.facts import Facts
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Period, Spread
from qingdan.rules.language.rule import Rule
from qingdan.rules.store import facts as store_facts
from qingdan.rules.values import Value, months_before

FACT_DATE = date(2026, 2, 28)
"""The last day of a month that is shorter than others: ages and records meet its corner."""

YEARS = ("2026", "2025", "2024", "2023", "2022")
MONTHS = ("2026-02", "2026-01", "2025-12", "2025-11")
DAYS = ("2024-06-30", "2024-12-31", "2025-12-31", "2026-06-30")
"""As-of days: too old, barely fresh or fresh, and after the fact date."""

Row = dict[str, Any]
"""An enterprise in the making: a value for each column of the register, None when missing."""


def _field(name: str, kind: str, period: str = "none", **more: Any) -> Field:
    for key in ("minimum", "maximum"):
        if key in more:
            more[key] = Value.parse(more[key])
    return Field(name=name, chinese=name, english=name, type=FieldType(kind), period=PeriodKind(period), **more)


_CODES = {
    "industries": {
        "A": "",
        "B": "",
        "A1": "A",
        "A2": "A",
        "B1": "B",
        "A11": "A1",
        "A12": "A1",
        "A21": "A2",
        "B11": "B1",
    },
    "districts": {"N": "", "S": "", "N1": "N", "N2": "N", "S1": "S"},
    "systems": {"quality": "", "green": "", "energy": "green"},
    "titles": {"title": "", "high": "title", "small": "title", "medal": ""},
    "records": {"tax": "", "tax_minor": "tax", "safety": ""},
}
_MOVED = (Code("A9", "旧", "A", None, date(2017, 9, 30)), Code("A9", "新", "B", date(2017, 10, 1), None))
"""A code that lies elsewhere since an edition."""

CATALOGUE = Catalogue(
    (
        _field("revenue", "money", "year", unit="元", minimum="0 元"),
        _field("rd", "money", "year", unit="元", minimum="0 元", maximum="50 万元"),
        _field("profit", "money", "year", unit="元"),
        _field("debt", "ratio", "year", scale=4, minimum="0 %", maximum="300 %"),
        _field("sales", "money", "month", unit="元", minimum="0 元"),
        _field("assets", "money", "as-of", unit="元", fresh_months=14, minimum="0 元"),
        _field("staff", "integer", "as-of", unit="人", fresh_months=18, minimum="0 人"),
        _field("patents", "integer", unit="项", minimum="0 项", maximum="40 项"),
        _field("land", "decimal", scale=2, unit="亩", minimum="0 亩"),
        _field("balance", "money", unit="元", maximum="10 万元"),
        _field("rank", "integer", unit="名", minimum="1 名"),
        _field("peers", "integer", unit="名", minimum="1 名"),
        _field("listed", "boolean"),
        _field("insured", "boolean", "as-of", fresh_months=14),
        _field("approved", "boolean"),
        _field("founded", "date"),
        _field("applied", "date"),
        _field("industry", "code", tree="industries"),
        _field("district", "code", tree="districts"),
        _field("systems", "codes", tree="systems"),
        _field("titles", "statuses", tree="titles"),
        _field("records", "statuses", tree="records"),
    ),
    tuple(
        CodeTree(
            name,
            name,
            tuple(Code(code, code, parent) for code, parent in codes.items())
            + (_MOVED if name == "industries" else ()),
        )
        for name, codes in _CODES.items()
    ),
)

_THRESHOLDS = {
    "revenue": ("0 元", "100 万元", "500 万元", "333.33 万元", "99.995 元"),
    "rd": ("5 万元", "20 万元", "50 万元", "12345.67 元"),
    "profit": ("0 元", "-3 万元", "10 万元", "0.01 元"),
    "debt": ("60 %", "100 %", "33.335 %", "300 %"),
    "sales": ("1 万元", "3 万元"),
    "assets": ("200 万元", "0.02 亿元"),
    "staff": ("10 人", "2.5 人", "300 人"),
    "patents": ("1 项", "5 项", "40 项"),
    "land": ("3 亩", "3.335 亩", "0.01 亩"),
    "balance": ("0 元", "10 万元", "-1 元"),
    "rank": ("1 名", "3 名", "10 名"),
    "peers": ("10 名", "100 名"),
}
_NUMBERS = tuple(_THRESHOLDS)
_MONEY = ("revenue", "rd", "profit")
_YEARLY = ("revenue", "rd", "profit", "debt")
_FLAGS = ("listed", "insured", "approved")
_BOUNDS = (Op.AT_LEAST, Op.MORE_THAN, Op.AT_MOST, Op.LESS_THAN)
_SHARES = (Fraction(0), Fraction(1, 20), Fraction(1, 3), Fraction(1), Fraction(-1, 10), Fraction(3, 2))
_UNDEFINED = tuple(c.Undefined)


# ---- rules


def random_rule(rng: random.Random, name: str = "r", depth: int = 2) -> Rule:
    """A rule in which the checks find no error; `depth` levels of combinations at most."""
    while True:
        condition = _condition(rng, rng.randint(0, depth))
        rule = Rule(id=name, title=name, version="1", valid_from=date(2025, 1, 1), condition=condition)
        if not any(finding.is_error for finding in check(rule, CATALOGUE)):
            return rule


def _condition(rng: random.Random, depth: int) -> c.Condition:
    if depth == 0:
        return _clause(rng)

    def parts(least: int, most: int) -> tuple[c.Condition, ...]:
        return tuple(_condition(rng, rng.randint(0, depth - 1)) for _ in range(rng.randint(least, most)))

    match rng.choices(["all", "any", "none", "k", "bar", "waiver", "tiers", "score"], [4, 3, 1, 3, 1, 2, 2, 2])[0]:
        case "all":
            return c.All(conditions=parts(2, 4))
        case "any":
            return c.Any(conditions=parts(2, 3))
        case "none":
            return c.NoneOf(conditions=parts(1, 3))
        case "k":
            some = parts(2, 5)
            return c.AtLeast(k=rng.randint(1, len(some)), conditions=some)
        case "bar":
            return c.Exclusion(condition=parts(1, 1)[0])
        case "waiver":
            return c.Exemption(condition=parts(1, 1)[0], when=parts(1, 1)[0])
        case "tiers":
            cases = tuple(c.Case(when=parts(1, 1)[0], then=parts(1, 1)[0]) for _ in range(rng.randint(1, 3)))
            return c.Tiered(cases=cases, otherwise=rng.choice([None, *parts(1, 1)]))
    return _score(rng, parts)


def _score(rng: random.Random, parts: Callable[[int, int], tuple[c.Condition, ...]]) -> c.Score:
    points = [Decimal(each) for each in ("-5", "2.5", "3", "10", "20")]
    items = [
        c.ScoreItem(
            label=f"项{index}", bands=tuple(c.Band(when=each, points=rng.choice(points)) for each in parts(1, 3))
        )
        for index in range(rng.randint(1, 3))
    ]
    if rng.random() < 0.5:
        figure = _figure(rng, rng.choice(["patents", "land", "staff"]))
        piece = c.PerPiece(figure=figure, points=rng.choice(points[1:]), cap=Decimal(rng.choice([5, 12, 30])))
        items.append(c.ScoreItem(label="项", per_piece=piece))
    return c.Score(items=tuple(items), op=rng.choice(_BOUNDS), threshold=Decimal(rng.choice(["5", "12.5", "20"])))


def _clause(rng: random.Random) -> c.Condition:
    kinds = ["compare", "between", "ratio", "growth", "window", "rank", "flag", "in_codes", "status", "record", "age"]
    match rng.choices([*kinds, "date", "attest", "judgement"], [6, 2, 3, 2, 2, 1, 2, 3, 2, 2, 2, 1, 1, 1])[0]:
        case "compare":
            return _compare(rng, _figure(rng, rng.choice(_NUMBERS)))
        case "between":
            figure = _figure(rng, rng.choice(_NUMBERS))
            ends = [Value.parse(rng.choice(_THRESHOLDS[figure.field])) for _ in range(2)]
            low, high = sorted(ends, key=lambda each: each.base)
            first, last = rng.random() < 0.5, rng.random() < 0.5
            return c.Between(figure=figure, low=low, low_included=first, high=high, high_included=last)
        case "ratio":
            return _ratio(rng, lambda name: _figure(rng, name))
        case "growth":
            return _growth(rng, _figure(rng, rng.choice(_MONEY)))
        case "window":
            return _window(rng)
        case "rank":
            if rng.random() < 0.5:
                return c.Rank(figure=Figure(field="rank"), top=rng.choice([1, 3, 10]))
            among = Figure(field="peers")
            return c.Rank(figure=Figure(field="rank"), share=rng.choice([Fraction(1, 10), Fraction(1, 3)]), among=among)
        case "flag":
            return c.Flag(field=rng.choice(_FLAGS), expected=rng.random() < 0.7)
        case "in_codes":
            name, tree = rng.choice([("industry", "industries"), ("district", "districts"), ("systems", "systems")])
            return c.InCodes(field=name, codes=_some_codes(rng, tree, 1))
        case "status":
            return c.HoldsStatus(field="titles", codes=_some_codes(rng, "titles", 1))
        case "record":
            return c.RecordFree(field="records", months=rng.choice([1, 12, 36]), codes=_some_codes(rng, "records", 0))
        case "age":
            on = rng.choice([None, None, date(2025, 12, 31)])
            name = rng.choice(["founded", "applied"])
            return c.Age(field=name, op=rng.choice(_BOUNDS), months=rng.choice([0, 12, 18, 36]), on=on)
        case "date":
            start, end = rng.choice(
                [(date(2020, 1, 1), None), (None, date(2024, 2, 29)), (date(2020, 1, 1), FACT_DATE)]
            )
            return c.DateWindow(field=rng.choice(["founded", "applied"]), start=start, end=end)
        case "attest":
            return c.Attest(field="listed", evidence="公告")
    return c.Judgement(question="是否重大", field=rng.choice(["", "approved"]))


def _some_codes(rng: random.Random, tree: str, least: int) -> tuple[str, ...]:
    codes = sorted(_CODES[tree])
    return tuple(sorted(rng.sample(codes, rng.randint(least, 2))))


def _figure(rng: random.Random, name: str) -> Figure:
    """A field in a period, at times over several and from the year of foundation on."""
    kind = CATALOGUE.field(name).period
    if kind in (PeriodKind.NONE, PeriodKind.AS_OF):
        return Figure(field=name)
    unit = "year" if kind is PeriodKind.YEAR else "month"
    fixed = {"year": "2024", "month": "2025-12"}[unit]
    period = Period(rng.choice([f"{unit}-0", f"{unit}-1", f"{unit}-1", f"{unit}-2", fixed]))
    if rng.random() < 0.6:
        return Figure(field=name, period=period)
    since = rng.choice(["", "founded", "applied"]) if unit == "year" else ""
    return Figure(field=name, period=period, spread=rng.choice(list(Spread)), count=rng.randint(1, 3), since=since)


def _compare(rng: random.Random, figure: Figure) -> c.Compare:
    op = rng.choices(list(Op), [4, 3, 3, 3, 1, 1])[0]
    return c.Compare(figure=figure, op=op, value=Value.parse(rng.choice(_THRESHOLDS[figure.field])))


def _ratio(rng: random.Random, figure: Callable[[str], Figure]) -> c.Ratio:
    top, bottom, unit = rng.choice([("rd", "revenue", ""), ("profit", "revenue", ""), ("revenue", "land", "万元/亩")])
    bound = rng.choice(_SHARES) * (100 if unit else 1)
    return c.Ratio(
        numerator=figure(top),
        denominator=figure(bottom),
        op=rng.choice(_BOUNDS),
        bound=bound,
        unit=unit,
        if_undefined=rng.choice(_UNDEFINED),
    )


def _growth(rng: random.Random, figure: Figure) -> c.Growth:
    return c.Growth(
        figure=figure,
        op=rng.choice(_BOUNDS),
        rate=rng.choice([Fraction(0), Fraction(1, 10), Fraction(-1, 4), Fraction(1, 3)]),
        years=rng.randint(1, 2),
        yearly=rng.random() < 0.4,
        if_undefined=rng.choice(_UNDEFINED),
    )


def _window(rng: random.Random) -> c.Window:
    def last_year(name: str) -> Figure:
        kind = CATALOGUE.field(name).period
        if kind is not PeriodKind.YEAR:
            return Figure(field=name)
        figure = Figure(field=name, period=Period("year-1"))
        if rng.random() < 0.7:
            return figure
        return replace(figure, spread=rng.choice(list(Spread)), count=2, since=rng.choice(["", "founded"]))

    compare = _compare(rng, last_year(rng.choice(_YEARLY)))
    inner = rng.choice([compare, _ratio(rng, last_year), _growth(rng, last_year("revenue"))])
    if rng.random() < 0.4:
        inner = _both(rng, inner, _compare(rng, last_year("profit")))
    years = rng.randint(1, 3)
    at_least = rng.choice([None, rng.randint(1, years)])
    return c.Window(condition=inner, years=years, at_least=at_least, since=rng.choice(["", "founded", "applied"]))


def _both(rng: random.Random, one: c.Condition, two: c.Condition) -> c.Condition:
    """Two yearly clauses as one condition of a window; at times a window of its own."""
    bands = (c.Band(when=one, points=Decimal(10)), c.Band(when=two, points=Decimal(5)))
    return rng.choice(
        [
            c.All(conditions=(one, two)),
            c.Any(conditions=(one, two)),
            c.NoneOf(conditions=(one, two)),
            c.Exemption(condition=one, when=two),
            c.Tiered(cases=(c.Case(when=one, then=two),)),
            c.Score(items=(c.ScoreItem(label="项", bands=bands),), op=Op.AT_LEAST, threshold=Decimal(8)),
            c.Window(condition=one, years=2, at_least=1, since=rng.choice(["", "founded"])),
        ]
    )


# ---- registers


def random_register(rng: random.Random, rules: list[Rule], rows: int) -> pa.Table:
    """A register of `rows` enterprises in the contract's types; most lie at, just below or just above thresholds of
    these rules, and many facts are missing."""
    clauses = [each for rule in rules for each in _clauses(rule.condition)]
    made = []
    for _ in range(rows):
        row: Row = {column: _any_fact(rng, column) for column in _COLUMNS}
        for clause in rng.choices(clauses, k=4):
            _go_near(rng, clause, row)
        gone = rng.choice([0.0, 0.05, 0.2, 0.5])
        made.append({column: None if rng.random() < gone else fact for column, fact in row.items()})
    arrays = {"code": pa.array([f"E{index:07d}" for index in range(rows)])}
    arrays |= {column: pa.array([row[column] for row in made], _arrow_type(column)) for column in _COLUMNS}
    table = pa.table(arrays)
    place = table.column_names.index("industry")
    return table.set_column(place, "industry", table["industry"].dictionary_encode())


def facts_of(table: pa.Table, row: int) -> Facts:
    """What the register knows of one enterprise."""
    return store_facts.facts_of(table, row, CATALOGUE)


def all_facts(table: pa.Table) -> list[Facts]:
    """The same for every enterprise of a register in the catalogue of this module."""
    return store_facts.all_facts(table, CATALOGUE)


def _columns() -> Iterator[str]:
    periods = {PeriodKind.YEAR: YEARS, PeriodKind.MONTH: MONTHS, PeriodKind.AS_OF: DAYS}
    for field in CATALOGUE.fields:
        yield from (
            (f"{field.name}@{period}" for period in periods[field.period]) if field.period in periods else (field.name,)
        )


_COLUMNS = tuple(_columns())
_STATUS = pa.struct([("code", pa.string()), ("start", pa.date32()), ("end", pa.date32())])
_ARROW = {
    FieldType.INTEGER: pa.int32(),
    FieldType.DECIMAL: pa.int32(),
    FieldType.MONEY: pa.int64(),
    FieldType.RATIO: pa.int16(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.date32(),
    FieldType.CODE: pa.string(),
    FieldType.CODES: pa.list_(pa.string()),
    FieldType.STATUSES: pa.list_(_STATUS),
}


def _arrow_type(column: str) -> pa.DataType:
    return _ARROW[CATALOGUE.field(column.partition("@")[0]).type]


def _any_fact(rng: random.Random, column: str) -> Any:
    field = CATALOGUE.field(column.partition("@")[0])
    match field.type:
        case FieldType.BOOLEAN:
            return rng.random() < 0.5
        case FieldType.DATE:
            return date(rng.randint(2021, 2026), rng.randint(1, 12), rng.choice([1, 15, 28]))
        case FieldType.CODE:
            return rng.choice([*_CODES[field.tree], *(["A9"] if field.tree == "industries" else [])])
        case FieldType.CODES:
            return sorted(rng.sample(sorted(_CODES[field.tree]), rng.randint(0, 2)))
        case FieldType.STATUSES:
            return [_any_status(rng, field.tree) for _ in range(rng.randint(0, 2))]
    return rng.choice(_POOLS[field.name])


def _any_status(rng: random.Random, tree: str) -> dict[str, Any]:
    start = _near_day(rng, months_before(FACT_DATE, rng.choice([0, 1, 12, 36])))
    end = rng.choice([None, start, _near_day(rng, FACT_DATE), _near_day(rng, months_before(FACT_DATE, 12))])
    return {"code": rng.choice(sorted(_CODES[tree])), "start": start, "end": end if end and end >= start else None}


def _near_day(rng: random.Random, day: date) -> date:
    return day + timedelta(days=rng.choice([-1, 0, 1]))


def _bounded(field: Field, steps: Fraction | int) -> int:
    low, high = field.bounds()
    whole = round(steps)
    whole = whole if low is None else max(whole, low.__ceil__())
    return whole if high is None else min(whole, high.__floor__())


_POOLS = {
    name: [
        _bounded(CATALOGUE.field(name), steps)
        for steps in [*(CATALOGUE.field(name).steps(Value.parse(each)) for each in written), Fraction(0), Fraction(1)]
    ]
    for name, written in _THRESHOLDS.items()
}


# ---- near the thresholds


def _clauses(condition: c.Condition) -> Iterator[c.Condition]:
    if not condition.parts or isinstance(condition, c.Window | c.Score):
        yield condition
    for part in condition.parts:
        yield from _clauses(part)


def _go_near(rng: random.Random, clause: c.Condition, row: Row, back: int = 0) -> None:
    """Change the facts that a clause asks for so that it lies at its threshold or a step beside it."""
    match clause:
        case c.Compare():
            _set_total(rng, row, clause.figure, _steps(clause.figure, clause.value) + _beside(rng), back)
        case c.Between():
            _set_total(
                rng,
                row,
                clause.figure,
                _steps(clause.figure, rng.choice([clause.low, clause.high])) + _beside(rng),
                back,
            )
        case c.Ratio():
            top, bottom = (CATALOGUE.field(each.field) for each in (clause.numerator, clause.denominator))
            factor = clause.bound * ratio_unit(clause, top, bottom) * bottom.step / top.step
            _set_share(rng, row, (clause.numerator, back), (clause.denominator, back), factor)
        case c.Growth():
            _set_share(rng, row, (clause.figure, back), (clause.figure, back + clause.years), clause.factor)
        case c.Rank():
            if clause.share is not None and clause.among is not None:
                _set_share(rng, row, (clause.figure, back), (clause.among, back), clause.share)
            else:
                _set_total(rng, row, clause.figure, Fraction(clause.top or 0) + _beside(rng), back)
        case c.Window():
            inner = rng.choice(list(_clauses(clause.condition)))
            _go_near(rng, inner, row, back + rng.randrange(clause.years))
        case c.Score():
            for item in clause.items:
                if item.per_piece:
                    step = CATALOGUE.field(item.per_piece.figure.field).step
                    _set_total(rng, row, item.per_piece.figure, rng.randint(0, 12) / step + _beside(rng), back)
        case c.Age():
            row[clause.field] = _near_day(rng, months_before(clause.on or FACT_DATE, clause.months))
        case c.DateWindow():
            row[clause.field] = _near_day(rng, rng.choice([day for day in (clause.start, clause.end) if day]))
        case c.RecordFree():
            day = _near_day(rng, months_before(FACT_DATE, clause.months))
            start = rng.choice([day, months_before(day, 5)])
            code = rng.choice(clause.codes or tuple(_CODES["records"]))
            row[clause.field] = [{"code": code, "start": start, "end": rng.choice([day, day, None])}]
        case c.HoldsStatus():
            start, end = _near_day(rng, FACT_DATE), _near_day(rng, FACT_DATE)
            start = min(end, rng.choice([start, months_before(FACT_DATE, 3)]))
            row[clause.field] = [{"code": rng.choice(clause.codes), "start": start, "end": rng.choice([end, None])}]


def _beside(rng: random.Random) -> int:
    return rng.choice([-1, 0, 0, 1])


def _steps(figure: Figure, value: Value) -> Fraction:
    return CATALOGUE.field(figure.field).steps(value)


def _columns_of(figure: Figure, back: int) -> list[str]:
    """The register's columns that a figure reads, the latest first, `since` left aside."""
    field = CATALOGUE.field(figure.field)
    if figure.period is None:
        names = [f"{field.name}@2025-12-31" if field.period is PeriodKind.AS_OF else field.name]
    else:
        moved = 0 if figure.period.is_fixed else back
        names = [f"{field.name}@{figure.period.resolve(FACT_DATE, moved + each)}" for each in range(figure.count)]
    return [name for name in names if name in _COLUMNS]


def _set_total(rng: random.Random, row: Row, figure: Figure, steps: Fraction, back: int) -> None:
    """Let the figure come to `steps`, or as near as whole steps and the field's bounds allow."""
    columns, field = _columns_of(figure, back), CATALOGUE.field(figure.field)
    rng.shuffle(columns)
    rest = steps * (len(columns) if figure.spread is Spread.MEAN else 1)
    for place, column in enumerate(columns):
        share = rest / (len(columns) - place)
        row[column] = _bounded(field, share if place + 1 < len(columns) else round(rest))
        rest -= row[column]


Moved = tuple[Figure, int]
"""A figure and how many years or months it is moved back."""


def _set_share(rng: random.Random, row: Row, top: Moved, bottom: Moved, factor: Fraction) -> None:
    """Let the base be some amount, at times zero, and the other figure `factor` times as much."""
    field = CATALOGUE.field(bottom[0].field)
    base = Fraction(_bounded(field, rng.choice([0, 1, 7, 100_000, 30_000_000])))
    _set_total(rng, row, bottom[0], base, bottom[1])
    _set_total(rng, row, top[0], factor * base + _beside(rng), top[1])
