"""Reads amounts of money: the line of each and the lines below it."""

from __future__ import annotations

from qingdan.rules.errors import Words
from qingdan.rules.forms.sentence import grammar as g
from qingdan.rules.forms.sentence import phrases as p
from qingdan.rules.forms.sentence.clauses import (
    Below,
    ConditionReader,
    Provenance,
    Values,
    no_more,
    nothing_below,
    unexpected,
)
from qingdan.rules.forms.sentence.lines import Cursor, Line
from qingdan.rules.language import amounts as a
from qingdan.rules.language.parts import Figure, Op
from qingdan.rules.values import Value

_SENTENCE = Words(
    "金额的算法，如“的 5%”或“每 1 亩，给 100 元”（按档次的以“按”开头）",
    "how the amount is computed: 的 5% or 每 1 亩，给 100 元 (those by bands begin with 按)",
)
_BY_BANDS = Words(f"“{g.SLAB}”或“{g.MARGINAL}”", f"{g.SLAB} or {g.MARGINAL}")
_BAND = Words("“不高于 …：”“低于 …：”或“其余：”", "不高于 …：, 低于 …： or 其余：")
_CAPPED = {"cap": "cap", "rounding": "rounding"}


class AmountReader:
    """Reads amounts in the words of one catalogue."""

    def __init__(self, conditions: ConditionReader) -> None:
        self.conditions, self.words = conditions, conditions.words

    def amount(self, cursor: Cursor) -> a.Amount:
        """The amount whose sentence begins here, with all that stands below its line."""
        kind, values, below = self._headed(cursor) or self._about(cursor, p.figure(cursor, self.words))
        cursor.end()
        about = Provenance(cursor, self.words)
        values |= below(cursor, about.rest)
        return p.made(cursor, kind, label=about.label, source=about.source, **values)

    def _headed(self, cursor: Cursor) -> tuple[type[a.Amount], Values, Below] | None:
        """Amounts that do not begin with a figure."""
        if cursor.take(g.FIXED):
            return a.Fixed, {"amount": p.money(cursor)}, nothing_below
        if cursor.take(g.NEGOTIATED):
            limits = self._limits(cursor, {"floor": "low", "cap": "high"})
            return a.Negotiated, limits, nothing_below
        if cursor.take(g.CONTRIBUTION):
            figure = p.figure(cursor, self.words)
            cursor.need("的")
            share = p.share(cursor)
            values = {"contribution": figure, "share": share, **self._limits(cursor, _CAPPED)}
            return a.ShareOfContribution, values, nothing_below
        if cursor.take(g.CASES):
            cursor.take("：")
            return a.ByCase, {}, self._cases
        if cursor.take(g.INSTALMENTS):
            cursor.take("：")
            return a.Instalments, {}, self._instalments
        return self._by_bands(cursor) if cursor.take("按") else None

    def _by_bands(self, cursor: Cursor) -> tuple[type[a.Amount], Values, Below]:
        figure = p.figure(cursor, self.words)
        if cursor.take(g.SLAB):
            cursor.take("：")
            return a.Slab, {"figure": figure}, self._slab
        if not cursor.take(g.MARGINAL):
            cursor.fail(_BY_BANDS)
        values = {"base": figure, **self._limits(cursor, _CAPPED)}
        cursor.take("：")
        return a.Marginal, values, self._marginal

    def _about(self, cursor: Cursor, figure: Figure) -> tuple[type[a.Amount], Values, Below]:
        """Amounts that begin with a figure."""
        if cursor.take("的"):
            rate = p.share(cursor)
            values = {"base": figure, "rate": rate, **self._limits(cursor, {"floor": "floor", **_CAPPED})}
            return a.Rate, values, nothing_below
        if not cursor.take("每"):
            cursor.fail(_SENTENCE)
        whole = cursor.take("满")
        per = p.value(cursor)
        cursor.need("，给")
        money = p.money(cursor)
        values = {"figure": figure, "per": per, "amount": money, "whole": whole, **self._limits(cursor, _CAPPED)}
        return a.PerUnit, values, nothing_below

    def _limits(self, cursor: Cursor, names: dict[str, str]) -> Values:
        """，最低 1 万元，最高 50 万元，四舍五入到元: those of them that the amount has, each once, under its names."""
        values: Values = {}
        words = {"floor": "最低", "cap": "最高"}
        while cursor.take("，"):
            key = next((each for each in names if each in words and cursor.take(words[each])), "")
            if key and names[key] not in values:
                values[names[key]] = p.money(cursor)
            elif "rounding" in names and not key and "rounding" not in values:
                values["rounding"] = p.one_of(cursor, g.ROUNDINGS)
            else:
                cursor.fail(Words("行末（同一限额只写一次）", "the end of the line (each limit stands once)"))
        return values

    # ---- lines below

    def _cases(self, cursor: Cursor, lines: list[Line]) -> Values:
        rows, otherwise = self.conditions.cases(lines, self.amount)
        return {"cases": tuple(a.AmountCase(when=when, then=then) for when, then in rows), "otherwise": otherwise}

    def _instalments(self, cursor: Cursor, lines: list[Line]) -> Values:
        wanted = Words("“总额：”一行，然后是“拨付 50%：何时”各行", "a line 总额：, then lines 拨付 50%：when")
        first = Cursor(lines[0]) if lines else None
        if first is None or not first.key("总额"):
            raise unexpected(lines[0] if lines else cursor.line, wanted)
        whole = self.amount(first)
        parts = []
        for line in lines[1:]:
            inner = Cursor(line)
            if not inner.take("拨付"):
                raise unexpected(line, wanted)
            share = p.share(inner)
            inner.need("：")
            parts.append(a.Instalment(share=share, when=inner.text(Words("何时拨付", "when it is paid"))))
            no_more(inner.below)
        return {"amount": whole, "parts": tuple(parts)}

    def _slab(self, cursor: Cursor, lines: list[Line]) -> Values:
        return {"bands": tuple(self._slab_band(Cursor(line)) for line in lines)}

    def _slab_band(self, cursor: Cursor) -> a.SlabBand:
        upto: Value | None = None
        if cursor.take("其余"):
            included = cursor.take("（含）")
        else:
            if not p.sees_op(cursor) or not (op := p.op(cursor)).is_upper_bound:
                raise unexpected(cursor.line, _BAND)
            included, upto = op is Op.AT_MOST, p.value(cursor)
        cursor.need("：")
        return a.SlabBand(upto=upto, upto_included=included, amount=self.amount(cursor))

    def _marginal(self, cursor: Cursor, lines: list[Line]) -> Values:
        bands = []
        for line in lines:
            inner = Cursor(line)
            upto = None
            if not inner.take("其余部分"):
                upto = p.money(inner)
                inner.need("以内的部分")
            inner.need("：")
            bands.append(a.MarginalBand(upto=upto, rate=p.share(inner)))
            inner.end()
            no_more(inner.below)
        return {"bands": tuple(bands)}
