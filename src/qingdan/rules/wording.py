"""Conditions and amounts in Chinese words, for explanations and findings."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from qingdan.rules.catalogue import Catalogue, fraction_text
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Spread
from qingdan.rules.values import money_text, plain, share_text

_NUMBER_OF_CODES_SHOWN = 8


def percent_text(share: Fraction, beside: Fraction | None = None) -> str:
    """A share in percent, cut off and marked with 约 where it does not end.

    As many places as it takes to differ from `beside`: 4.99999 % is never shown as 5 %.
    """
    for places in range(2, 12):
        text = fraction_text(share * 100, places)
        if beside is None or share == beside or text.removeprefix("约") != plain_percent(beside):
            break
    return f"{text}%"


def plain_percent(share: Fraction) -> str:
    return fraction_text(share * 100, 12).removeprefix("约")


def months_text(months: int) -> str:
    years, rest = divmod(months, 12)
    return (f"{years}年" if years else "") + (f"{rest}个月" if rest or not years else "")


def figure_text(figure: Figure, catalogue: Catalogue) -> str:
    """上年度营业收入, 近3年研发费用合计."""
    name = catalogue.field(figure.field).chinese
    if figure.period is None:
        return name
    if figure.spread is None:
        return figure.period.chinese() + name
    unit = "个月" if figure.period.is_month else "年"
    if figure.period.written in ("year-1", "month-1"):
        span = f"近{figure.count}{unit}"
    else:
        span = f"截至{figure.period.chinese()}的{figure.count}{unit}"
    start = "（按实际经营年限）" if figure.since else ""
    return f"{span}{name}{'合计' if figure.spread is Spread.SUM else '平均'}{start}"


def missing_text(missing: Iterable[tuple[str, str]], catalogue: Catalogue) -> str:
    """缺少：2025 营业收入、职工总数; nothing when nothing is missing."""
    names = "、".join(f"{period} {catalogue.field(name).chinese}".strip() for name, period in missing)
    return f"缺少：{names}" if names else ""


def codes_text(field: str, codes: Iterable[str], catalogue: Catalogue) -> str:
    """Labels of codes, as known without a date; a code that the tree does not have stands as it is."""
    tree = catalogue.tree_of(field)
    labels = [next((each.label for each in tree.codes if each.code == code), code) for code in codes]
    more = f"等{len(labels)}项" if len(labels) > _NUMBER_OF_CODES_SHOWN else ""
    return "、".join(labels[:_NUMBER_OF_CODES_SHOWN]) + more


def condition_text(condition: c.Condition, catalogue: Catalogue) -> str:
    """A condition in words: its label, or what it asks. Combinations name how their parts go together."""
    return condition.label or _text(condition, catalogue)


def _text(condition: c.Condition, catalogue: Catalogue) -> str:
    match condition:
        case c.Compare():
            return f"{figure_text(condition.figure, catalogue)}{condition.op.chinese} {condition.value.written}"
        case c.Between():
            low = f"{condition.low.written}（{'含' if condition.low_included else '不含'}）"
            high = f"{condition.high.written}（{'含' if condition.high_included else '不含'}）"
            return f"{figure_text(condition.figure, catalogue)}在 {low} 至 {high} 之间"
        case c.Ratio():
            names = (figure_text(each, catalogue) for each in (condition.numerator, condition.denominator))
            return f"{'与'.join(names)}之比{condition.op.chinese} {bound_text(condition)}"
        case c.Growth():
            years = "年均" if condition.yearly else ""
            return (
                f"{figure_text(condition.figure, catalogue)}较{condition.years}年前{years}增长"
                f"{condition.op.chinese} {share_text(condition.rate)}"
            )
        case c.Window():
            how = "每年" if condition.at_least is None else f"至少{condition.at_least}年"
            return f"{condition.years}年中{how}：{condition_text(condition.condition, catalogue)}"
        case c.Rank():
            figure = figure_text(condition.figure, catalogue)
            if condition.share is not None and condition.among is not None:
                return f"{figure}在{figure_text(condition.among, catalogue)}的前 {share_text(condition.share)}"
            return f"{figure}在前 {condition.top} 名"
        case c.Flag():
            return f"{catalogue.field(condition.field).chinese}：{'是' if condition.expected else '否'}"
        case c.InCodes():
            name = catalogue.field(condition.field).chinese
            return f"{name}属于：{codes_text(condition.field, condition.codes, catalogue)}"
        case c.HoldsStatus():
            name = catalogue.field(condition.field).chinese
            return f"{name}有效：{codes_text(condition.field, condition.codes, catalogue)}"
        case c.RecordFree():
            kinds = codes_text(condition.field, condition.codes, catalogue)
            name = catalogue.field(condition.field).chinese
            return f"近{months_text(condition.months)}无{name}" + (f"：{kinds}" if kinds else "")
        case c.Age():
            day = f"截至 {condition.on} " if condition.on else ""
            name = catalogue.field(condition.field).chinese
            return f"{day}{name}至今{condition.op.chinese} {months_text(condition.months)}"
        case c.DateWindow():
            start = f" {condition.start} 起（含）" if condition.start else ""
            end = f" {condition.end} 止（含）" if condition.end else ""
            return f"{catalogue.field(condition.field).chinese}在{start}{end}"
        case c.Attest():
            return f"{catalogue.field(condition.field).chinese}（须提供：{condition.evidence}）"
        case c.Judgement():
            return f"{condition.question}（人工认定）"
        case c.Score():
            return f"评分合计{condition.op.chinese} {plain(condition.threshold)} 分"
        case c.Exclusion():
            return f"一票否决：{condition_text(condition.condition, catalogue)}"
        case c.Exemption():
            waived, when = (condition_text(each, catalogue) for each in (condition.condition, condition.when))
            return f"{waived}（{when}的豁免）"
        case c.AtLeast():
            return f"以下 {len(condition.conditions)} 项中至少符合 {condition.k} 项"
    return {
        "all": "以下各项均须符合",
        "any": "以下至少符合一项",
        "none_of": "以下各项均不得有",
        "tiered": "按所属档次",
    }[condition.tag]


def bound_text(condition: c.Ratio) -> str:
    if condition.unit:
        return f"{fraction_text(condition.bound)} {condition.unit}"
    return f"{plain_percent(condition.bound)}%"


def amount_text(amount: a.Amount, catalogue: Catalogue) -> str:
    """An amount in words, its label or how it is computed."""
    if amount.label:
        return amount.label
    match amount:
        case a.Fixed():
            return money_text(amount.amount)
        case a.PerUnit():
            figure = figure_text(amount.figure, catalogue)
            return f"{figure}每 {amount.per.written} {money_text(amount.amount)}{_limits(None, amount.cap)}"
        case a.Rate():
            figure = figure_text(amount.base, catalogue)
            return f"{figure}的 {share_text(amount.rate)}{_limits(amount.floor, amount.cap)}"
        case a.ShareOfContribution():
            figure = figure_text(amount.contribution, catalogue)
            return f"{figure}的 {share_text(amount.share)}{_limits(None, amount.cap)}"
        case a.Slab():
            return f"按{figure_text(amount.figure, catalogue)}所在档次"
        case a.Marginal():
            return f"按{figure_text(amount.base, catalogue)}分段计算{_limits(None, amount.cap)}"
        case a.Instalments():
            parts = "、".join(f"{part.when} {share_text(part.share)}" for part in amount.parts)
            return f"{amount_text(amount.amount, catalogue)}，分期：{parts}"
        case a.ByCase():
            return "按情形"
        case a.Negotiated():
            return f"一事一议{_limits(amount.low, amount.high)}"
    raise AssertionError(amount)


def _limits(floor: int | None, cap: int | None) -> str:
    low = f"，不低于 {money_text(floor)}" if floor is not None else ""
    return low + (f"，最高 {money_text(cap)}" if cap is not None else "")


def op_between(value: Fraction, op: Op, bound: Fraction) -> Fraction:
    """The signed distance from a bound: not negative (positive for a strict bound) when the condition is met."""
    if op.is_lower_bound:
        return value - bound
    if op.is_upper_bound:
        return bound - value
    return -abs(value - bound) if op is Op.EQUAL else abs(value - bound)
