"""Rules to sentences: one node per line, what belongs to it indented below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from qingdan.rules.catalogue import FieldType
from qingdan.rules.forms.sentence import grammar as g
from qingdan.rules.forms.sentence.vocabulary import LISTS, Vocabulary
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Source, Spread
from qingdan.rules.language.rule import ApplicationKind, Award, Example, GivenFact, Plain, Rule, Status
from qingdan.rules.values import Money, Value, money_text, plain, share_text
from qingdan.rules.wording import months_text

Lines = Iterator[str]


def write_rule(rule: Rule, vocabulary: Vocabulary) -> str:
    """The text of a rule; `reader.read_rule` with the same vocabulary gives the rule back."""
    return "\n".join(_Writer(vocabulary, rule.valid_from).rule(rule)) + "\n"


def _below(lines: Iterable[str]) -> Lines:
    return (f"  {line}" for line in lines)


class _Writer:
    """`on` is the day whose labels the codes get."""

    def __init__(self, vocabulary: Vocabulary, on: date) -> None:
        self.words, self.on = vocabulary, on

    # ---- the rule

    def rule(self, rule: Rule) -> Lines:
        yield f"规则：{g.text_written(rule.title)}"
        yield f"编号：{g.text_written(rule.id)}"
        yield f"版本：{g.text_written(rule.version)}"
        yield f"生效：{rule.valid_from}"
        if rule.valid_to is not None:
            yield f"失效：{rule.valid_to}"
        if rule.application_kind is not ApplicationKind.ANY:
            yield f"申请类型：{rule.application_kind.chinese}"
        for source in rule.sources:
            yield from self.source(source)
        if rule.note:
            yield f"{g.NOTE}：{g.text_written(rule.note)}"
        yield ""
        yield from self.condition(rule.condition, "条件：")
        for award in rule.awards:
            yield ""
            yield from self.award(award)
        for example in rule.tests:
            yield ""
            yield from self.example(example)

    def award(self, award: Award) -> Lines:
        yield f"奖补：{g.text_written(award.title)}"
        yield f"  编号：{g.text_written(award.id)}"
        yield from _below(self.amount(award.amount, "金额："))

    def example(self, example: Example) -> Lines:
        yield f"测试：{g.text_written(example.name)}"
        yield f"  日期：{example.fact_date}"
        if example.facts:
            yield "  已知："
            yield from (f"    {self.fact(fact)}" for fact in example.facts)
        yield f"  结果：{example.state.chinese}"
        for expected in example.awards:
            amount = g.OPEN if expected.amount is None else money_text(expected.amount)
            yield f"  应得：{g.word_written(expected.award)}，{amount}"

    def source(self, source: Source) -> Lines:
        line = f"{g.SOURCE}：" + (_document(source.document) + _clause(source.clause))
        if source.quote:
            line += f" {g.QUOTE}{g.quoted(source.quote)}"
        if source.start is not None:
            line += f" [{source.start}-{source.end}]"
        yield line
        if source.note:
            yield f"  {g.NOTE}：{g.text_written(source.note)}"

    # ---- facts of tests

    def fact(self, fact: GivenFact) -> str:
        name, mark, period = fact.key.partition("@")
        field = self.words.field(name)
        if not mark:
            key = field
        elif re.fullmatch("[0-9]{4}", period):
            key = f"{period}年度{field}"
        elif re.fullmatch("[0-9]{4}-(0[1-9]|1[0-2])", period):
            key = f"{period[:4]}年{int(period[5:])}月{field}"
        elif _is_day(period):
            key = f"{period} {field}"
        else:
            return f"{g.quoted(fact.key)}：{self.known('', fact.value)}"
        return f"{key}：{self.known(name, fact.value)}"

    def known(self, field: str, value: Plain) -> str:
        """The value of a fact. Bare digits are a whole number, but not in a field of codes."""
        if value is None:
            return g.UNKNOWN
        if isinstance(value, bool):
            return g.YES if value else g.NO
        one_code, many = self.words.has_type(field, FieldType.CODE), self.words.has_type(field, *LISTS)
        if isinstance(value, int):
            return f"{g.WHOLE} {value}" if one_code or many else str(value)
        if isinstance(value, tuple):
            return f"{g.LISTED} {'、'.join(self.listed(field, each) for each in value)}" if value else g.EMPTY
        if one_code and not g.is_fact_word(value):
            return self.words.code(field, value, self.on)
        plain_value = g.is_plain(value) and g.fact_text(value) == value and not many
        return value if plain_value and not (g.is_fact_word(value) or g.is_integer(value)) else g.quoted(value)

    def listed(self, field: str, value: str | Status) -> str:
        if isinstance(value, str):
            return self.words.code(field, value, self.on)
        code = self.words.code(field, value.code, self.on)
        return f"{code} {value.start} " + ("起" if value.end is None else f"至 {value.end}")

    # ---- parts of sentences

    def figure(self, figure: Figure) -> str:
        field = self.words.field(figure.field)
        if figure.period is None:
            return field
        if figure.spread is None:
            return figure.period.chinese() + field
        unit = "个月" if figure.period.is_month else "年"
        span = f"截至{figure.period.chinese()}的{figure.count}{unit}"
        if figure.period.written in ("year-1", "month-1"):
            span = f"近{figure.count}{unit}"
        return f"{span}{field}{'合计' if figure.spread is Spread.SUM else '平均'}{self.since(figure.since)}"

    def since(self, field: str) -> str:
        return f"（自{self.words.field(field)}所在年度起算）" if field else ""

    def codes(self, field: str, codes: tuple[str, ...]) -> str:
        return "、".join(self.words.code(field, each, self.on) for each in codes) or g.NO_CODES

    # ---- conditions

    def condition(self, node: c.Condition, role: str = "") -> Lines:
        """The node's line behind its `role` (当：, 则：), its label and source, and the nodes below it."""
        yield role + self.sentence(node)
        yield from _below(self.provenance(node))
        if isinstance(node, c.Judgement) and node.field:
            yield f"  {g.DECISION}：{self.words.field(node.field)}"
        yield from _below(self.inner(node))

    def provenance(self, node: c.Condition | a.Amount) -> Lines:
        if node.label:
            yield f"{g.LABEL}：{g.text_written(node.label)}"
        if node.source is not None:
            yield from self.source(node.source)

    def sentence(self, node: c.Condition) -> str:
        match node:
            case c.Compare():
                return f"{self.figure(node.figure)}{node.op.chinese} {_value(node.value)}"
            case c.Between():
                low, high = _end(node.low, node.low_included), _end(node.high, node.high_included)
                return f"{self.figure(node.figure)}在 {low}至 {high}之间"
            case c.Ratio():
                figures = f"{self.figure(node.numerator)}与{self.figure(node.denominator)}"
                bound = g.bound_written(node.bound, node.unit)
                return f"{figures}之比{node.op.chinese} {bound}{_undefined(node.if_undefined)}"
            case c.Growth():
                how = f"较{node.years}年前{'年均' if node.yearly else ''}增长{node.op.chinese}"
                return f"{self.figure(node.figure)}{how} {share_text(node.rate)}{_undefined(node.if_undefined)}"
            case c.Window():
                how = "每年满足" if node.at_least is None else f"中至少{node.at_least}年满足"
                return f"近{node.years}年{how}{self.since(node.since)}："
            case c.Rank():
                if node.share is None or node.among is None:
                    return f"{self.figure(node.figure)}列前 {node.top} 名"
                return f"{self.figure(node.figure)}列{self.figure(node.among)}的前 {share_text(node.share)}"
            case c.Flag():
                return f"{self.words.field(node.field)}：{g.YES if node.expected else g.NO}"
            case c.InCodes():
                return f"{self.words.field(node.field)}属于：{self.codes(node.field, node.codes)}"
            case c.HoldsStatus():
                return f"{self.words.field(node.field)}有效：{self.codes(node.field, node.codes)}"
            case c.RecordFree():
                kinds = f"：{self.codes(node.field, node.codes)}" if node.codes else ""
                return f"近{months_text(node.months)}内无{self.words.field(node.field)}{kinds}"
            case c.Age():
                until = "至今" if node.on is None else f"至 {node.on} "
                return f"{self.words.field(node.field)}{until}{node.op.chinese} {months_text(node.months)}"
            case c.DateWindow():
                limits = [f"不早于 {node.start}"] if node.start else []
                limits += [f"不晚于 {node.end}"] if node.end else []
                return self.words.field(node.field) + "、".join(limits)
            case c.Attest():
                return f"{self.words.field(node.field)}，须提供：{g.text_written(node.evidence)}"
            case c.Judgement():
                return f"{g.JUDGEMENT}：{g.text_written(node.question)}"
            case c.AtLeast():
                return f"{g.AT_LEAST} {node.k} 项："
            case c.Score():
                return f"{g.SCORE}{node.op.chinese} {plain(node.threshold)} 分："
        return f"{g.HEADS[node.tag]}："

    def inner(self, node: c.Condition) -> Lines:
        match node:
            case c.All() | c.Any() | c.NoneOf() | c.AtLeast():
                for each in node.conditions:
                    yield from self.condition(each)
            case c.Exclusion() | c.Window():
                yield from self.condition(node.condition)
            case c.Exemption():
                yield from self.condition(node.condition, "要求：")
                yield from self.condition(node.when, "豁免：")
            case c.Tiered():
                for case in node.cases:
                    yield from self.condition(case.when, "当：")
                    yield from self.condition(case.then, "则：")
                if node.otherwise is not None:
                    yield from self.condition(node.otherwise, "否则：")
            case c.Score():
                for item in node.items:
                    yield from self.score_item(item)

    def score_item(self, item: c.ScoreItem) -> Lines:
        yield f"评分项：{g.text_written(item.label)}"
        if item.source is not None:
            yield from _below(self.source(item.source))
        for band in item.bands:
            yield from _below(self.condition(band.when, f"得 {plain(band.points)} 分："))
        if item.per_piece is not None:
            piece = item.per_piece
            unit = g.unit_written(self.words.unit(piece.figure.field))
            points = f"得 {plain(piece.points)} 分，最高 {plain(piece.cap)} 分"
            yield f"  {self.figure(piece.figure)}每 1{unit}，{points}"

    # ---- amounts

    def amount(self, node: a.Amount, role: str = "") -> Lines:
        yield role + self.award_sentence(node)
        yield from _below(self.provenance(node))
        yield from _below(self.inner_amounts(node))

    def award_sentence(self, node: a.Amount) -> str:
        match node:
            case a.Fixed():
                return f"{g.FIXED} {money_text(node.amount)}"
            case a.PerUnit():
                unit = f"{'每满' if node.whole else '每'} {_value(node.per)}"
                limits = _limits(None, node.cap, node.rounding)
                return f"{self.figure(node.figure)}{unit}，给 {money_text(node.amount)}{limits}"
            case a.Rate():
                return self.share_of(node.base, node.rate) + _limits(node.floor, node.cap, node.rounding)
            case a.ShareOfContribution():
                share = self.share_of(node.contribution, node.share)
                return g.CONTRIBUTION + share + _limits(None, node.cap, node.rounding)
            case a.Slab():
                return f"按{self.figure(node.figure)}{g.SLAB}："
            case a.Marginal():
                return f"按{self.figure(node.base)}{g.MARGINAL}{_limits(None, node.cap, node.rounding)}："
            case a.Negotiated():
                return g.NEGOTIATED + _limits(node.low, node.high)
        return f"{g.HEADS[node.tag]}："

    def share_of(self, figure: Figure, share: Fraction) -> str:
        return f"{self.figure(figure)}的 {share_text(share)}"

    def inner_amounts(self, node: a.Amount) -> Lines:
        match node:
            case a.Slab():
                for band in node.bands:
                    op = Op.AT_MOST if band.upto_included else Op.LESS_THAN
                    last = "其余（含）：" if band.upto_included else "其余："
                    role = last if band.upto is None else f"{op.chinese} {_value(band.upto)}："
                    yield from self.amount(band.amount, role)
            case a.Marginal():
                for part in node.bands:
                    upto = "其余部分" if part.upto is None else f"{money_text(part.upto)} 以内的部分"
                    yield f"{upto}：{share_text(part.rate)}"
            case a.Instalments():
                yield from self.amount(node.amount, "总额：")
                for instalment in node.parts:
                    yield f"拨付 {share_text(instalment.share)}：{g.text_written(instalment.when)}"
            case a.ByCase():
                for case in node.cases:
                    yield from self.condition(case.when, "当：")
                    yield from self.amount(case.then, "则：")
                if node.otherwise is not None:
                    yield from self.amount(node.otherwise, "否则：")


# ---- single values


def _document(name: str) -> str:
    """《…》 around the name of a document, unless it has such marks itself."""
    plain_name = name == name.strip() and g.is_visible(name) and not set("《》") & set(name)
    return f"《{name}》" if plain_name else g.quoted(name)


def _clause(clause: str) -> str:
    if not clause:
        return ""
    marks = ("「", "[", g.QUOTE)
    plain_clause = g.is_plain(clause) and not any(mark in g.normal(clause) for mark in marks)
    return clause if plain_clause else g.CLAUSE + g.quoted(clause)


def _value(value: Value) -> str:
    return plain(value.number) + g.unit_written(value.unit)


def _end(value: Value, included: bool) -> str:
    return f"{_value(value)}（{'含' if included else '不含'}）"


def _undefined(case: c.Undefined) -> str:
    return "" if case is c.Undefined.MANUAL else f"{g.UNDEFINED}{g.UNDEFINED_WORDS[case]}）"


def _limits(floor: Money | None, cap: Money | None, rounding: a.Rounding = a.Rounding.FEN_HALF_UP) -> str:
    low = f"，最低 {money_text(floor)}" if floor is not None else ""
    high = f"，最高 {money_text(cap)}" if cap is not None else ""
    return low + high + ("" if rounding is a.Rounding.FEN_HALF_UP else f"，{rounding.chinese}")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
