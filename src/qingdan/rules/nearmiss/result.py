"""What is lacking, as data, Chinese text and HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from html import escape
from typing import Any

from qingdan.rules.catalogue import FieldType, PeriodKind, fraction_text
from qingdan.rules.codes import CodeTree
from qingdan.rules.evaluate.conditions import last_year
from qingdan.rules.evaluate.facts import Fact
from qingdan.rules.evaluate.numbers import Context
from qingdan.rules.evaluate.rules import AwardOutcome
from qingdan.rules.forms import to_data
from qingdan.rules.language.conditions import Attest, Judgement
from qingdan.rules.language.parts import Period, Source
from qingdan.rules.language.rule import Rule, State, Status
from qingdan.rules.nearmiss.clauses import met_from
from qingdan.rules.nearmiss.plans import Asked, Cost, Demand, Desk, Key, Kind
from qingdan.rules.versions import content_hash
from qingdan.rules.wording import codes_text, condition_text


@dataclass(frozen=True, kw_only=True)
class Change:
    """One fact that would have to be different.

    `before` and `after` as in `Facts`: numbers in steps of the field (None: missing, or a member of a set). The
    texts are in the field's own unit. `gap` is what is lacking (差 38 万元), `required` the nearest value with its
    sign (不低于 500 万元) or, where that hangs on other missing facts, what the clause asks. `clauses`: the
    conditions that ask for it, in words. `met_from`: the day from which they are met by waiting alone.
    """

    field: str
    period: str
    kind: Kind
    before: Fact | None
    after: Fact
    label: str
    before_text: str = ""
    required: str = ""
    gap: str = ""
    clauses: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    met_from: date | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON; numbers in steps of the field, days as text."""
        data: dict[str, Any] = {"fact": "@".join(filter(None, (self.field, self.period))), "kind": self.kind.value}
        data |= {"label": self.label, "before": _plain(self.before), "after": _plain(self.after)}
        data |= {name: text for name in ("before_text", "required", "gap") if (text := getattr(self, name))}
        data["clauses"] = list(self.clauses)
        if self.sources:
            data["sources"] = [to_data(each) for each in self.sources]
        if self.met_from:
            data["met_from"] = self.met_from.isoformat()
        return data

    def chinese(self) -> str:
        """2025年度研发费用 差 38 万元（现 462 万元，要求 不低于 500 万元）."""
        details = [f"现 {self.before_text}"] if self.before_text else []
        details += [f"要求 {self.required}"] if self.required else []
        details += [self.kind.chinese] if self.kind is not Kind.CHANGEABLE else []
        details += [f"自 {self.met_from} 起满足"] if self.met_from else []
        return f"{self.label} {self.gap}".strip() + (f"（{'，'.join(details)}）" if details else "")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Changes after which the rule is met, and what it then comes to.

    `state_by_own`: the state once the enterprise has made the changes that it can make, before missing facts,
    decisions and evidence are in.
    """

    changes: tuple[Change, ...]
    cost: Cost
    state_by_own: State
    awards: tuple[AwardOutcome, ...]

    @property
    def by_own_means(self) -> bool:
        """Whether the enterprise can do it all by itself."""
        return all(change.kind is Kind.CHANGEABLE for change in self.changes)

    @property
    def obstacles(self) -> tuple[Change, ...]:
        """What stands in the way because nobody can change it."""
        return tuple(change for change in self.changes if change.kind is Kind.FIXED)

    @property
    def met_from(self) -> date | None:
        """The day from which waiting has removed every obstacle; None when it does not, or there is none."""
        days = [change.met_from for change in self.obstacles]
        return None if None in days else max((day for day in days if day), default=None)

    def as_data(self) -> dict[str, Any]:
        return {
            "by_own_means": self.by_own_means,
            "state_by_own": self.state_by_own.value,
            "changes": [change.as_data() for change in self.changes],
            "met_from": self.met_from.isoformat() if self.met_from else None,
            "awards": [{"id": each.award.id, "amount": each.payable.as_data()} for each in self.awards],
        }

    def chinese(self) -> str:
        """还差 1 项：2025年度研发费用 差 38 万元（…）；符合后可得 20 万元."""
        changes = "；".join(change.chinese() for change in self.changes)
        return f"{self.count_text()}：{changes}{self.awards_text()}"

    def count_text(self) -> str:
        """还差 2 项, or 尚待 2 项 when it may all be so already."""
        return f"{'尚待' if all(each.kind.is_open for each in self.changes) else '还差'} {len(self.changes)} 项"

    def awards_text(self) -> str:
        amounts = [each.payable.chinese() for each in self.awards]
        if len(amounts) > 1:
            amounts = [f"{each.award.title} {text}" for each, text in zip(self.awards, amounts, strict=True)]
        return f"；符合后可得 {'、'.join(amounts)}" if amounts else ""


@dataclass(frozen=True, kw_only=True)
class NearMiss:
    """What one enterprise lacks for one rule: the state now, and proposals, the cheapest first.

    No proposals: nothing is lacking (`state` is met), or no change of facts helps.
    """

    rule: Rule
    fact_date: date
    state: State
    proposals: tuple[Proposal, ...]

    @property
    def by_own_means(self) -> bool:
        """Whether the enterprise can get there with what it can change itself."""
        return any(proposal.by_own_means for proposal in self.proposals)

    def as_data(self) -> dict[str, Any]:
        return {
            "rule": self.rule.id,
            "version": self.rule.version,
            "hash": content_hash(self.rule),
            "fact_date": self.fact_date.isoformat(),
            "state": self.state.value,
            "by_own_means": self.by_own_means,
            "proposals": [proposal.as_data() for proposal in self.proposals],
        }

    def summary(self) -> str:
        """What there is to say before the proposals: 符合, or that nothing helps, or what stands in the way."""
        if self.state is State.MET:
            return "已符合，无需改变"
        if not self.proposals:
            return "没有找到可行的改变：所需数值超出范围，或条件相互矛盾"
        if self.by_own_means:
            return "企业自身努力可以达到"
        best = self.proposals[0]
        if not best.obstacles:
            return "补充材料、数据或认定后可以达到"
        day = f"；自 {best.met_from} 起不再受限" if best.met_from else ""
        return f"企业自身努力不能达到，受限于：{'、'.join(each.label for each in best.obstacles)}{day}"

    def as_text(self) -> str:
        lines = [f"{self.rule.title}（{self.rule.version}）：{self.state.chinese}。{self.summary()}"]
        for index, proposal in enumerate(self.proposals):
            lines.append(("" if index == 0 else "或") + proposal.chinese())
            for source in dict.fromkeys(each for change in proposal.changes for each in change.sources):
                if source.quote:
                    lines.append(f"  「{source.quote}」{source.document}{source.clause}")
        return "\n".join(lines)

    def as_html(self) -> str:
        """A piece of a page: every text escaped, classes only, no style and no script."""
        proposals = "".join(_proposal_html(each) for each in self.proposals)
        return (
            f'<section class="near-miss rule-{self.state.value}"><h3>{escape(self.rule.title)}'
            f"（{escape(self.rule.version)}）：{self.state.chinese}</h3><p>{escape(self.summary())}</p>"
            + (f'<ol class="near-miss-proposals">{proposals}</ol>' if proposals else "")
            + "</section>"
        )


def _proposal_html(proposal: Proposal) -> str:
    items = ""
    for change in proposal.changes:
        quotes = "".join(
            f"<blockquote>{escape(each.quote)}<footer>{escape(each.document + each.clause)}</footer></blockquote>"
            for each in change.sources
            if each.quote
        )
        items += f'<li class="near-miss-{change.kind.value}">{escape(change.chinese())}{quotes}</li>'
    awards = escape(proposal.awards_text().removeprefix("；"))
    return f"<li>{proposal.count_text()}<ul>{items}</ul>" + (f"<p>{awards}</p>" if awards else "") + "</li>"


# ---- a change in words


def change_of(key: Key, after: Fact, demand: Demand, desk: Desk) -> Change:
    """The change of `key` to `after`, which `demand` asks for, in the words of the catalogue."""
    spec = desk.catalogue.field(key.field)
    before = desk.now(key, desk.origin)
    context = Context(desk.catalogue, desk.origin, desk.fact_date)
    days = [met_from(asked.clause, context) for asked in demand.clauses]
    required, gap = _wanted(key, before, after, demand, desk)
    kind = desk.kind(key, after)
    return Change(
        field=key.field,
        period="" if spec.period is PeriodKind.AS_OF else key.period,
        kind=kind,
        before=_fact(spec.type, before) if key.item is None and before is not None else None,
        after=_fact(spec.type, after),
        label=_label(key, demand, desk),
        before_text="" if before is None or key.item is not None else _value_text(key, before, desk),
        required=required,
        gap=gap,
        clauses=tuple(_clause_text(asked, context) for asked in demand.clauses),
        sources=tuple(dict.fromkeys(asked.clause.source for asked in demand.clauses if asked.clause.source)),
        met_from=None if None in days or kind is not Kind.FIXED else max(day for day in days if day),
    )


def _fact(kind: FieldType, value: Fact) -> Fact:
    """A day as such, not as its ordinal."""
    return date.fromordinal(value) if kind is FieldType.DATE and isinstance(value, int) else value


def _clause_text(asked: Asked, context: Context) -> str:
    """The clause in words; of an earlier year of a window with that year, as in explanations."""
    text = condition_text(asked.clause, context.catalogue)
    if not asked.back:
        return text
    return f"{last_year(asked.clause, replace(context, back=asked.back))}年：{text}"


def _label(key: Key, demand: Demand, desk: Desk) -> str:
    spec = desk.catalogue.field(key.field)
    for asked in demand.clauses:
        if isinstance(asked.clause, Judgement):
            return asked.clause.question
    if spec.period in (PeriodKind.YEAR, PeriodKind.MONTH):
        return Period(key.period).chinese() + spec.chinese
    return spec.chinese


def _wanted(key: Key, before: Fact | None, after: Fact, demand: Demand, desk: Desk) -> tuple[str, str]:
    """What is required, and what is lacking."""
    spec = desk.catalogue.field(key.field)
    if demand.together:
        context = Context(desk.catalogue, desk.origin, desk.fact_date)
        return "；".join(_clause_text(asked, context) for asked in demand.clauses), ""
    if key.item is not None:
        return _member_text(key, after is True, desk), ""
    if isinstance(after, bool):
        evidence = "、".join(each.clause.evidence for each in demand.clauses if isinstance(each.clause, Attest))
        if any(isinstance(each.clause, Judgement) for each in demand.clauses):
            return "认定" if after else "不认定", ""
        return ("是" if after else "否") + (f"，须提供：{evidence}" if evidence else ""), ""
    if not isinstance(after, int):
        labels = [each for each in demand.choices or (after,) if isinstance(each, str)]
        return f"属于：{codes_text(key.field, labels, desk.catalogue)}", ""
    text = _value_text(key, after, desk)
    if spec.type is FieldType.DATE:
        late = before is not None and isinstance(before, int) and after > before
        return (f"不早于 {text}" if late or demand.high is None else f"不晚于 {text}"), ""
    if not isinstance(before, int):
        signs = [(demand.low, "不低于"), (demand.high, "不高于")]
        field_ends = desk.catalogue.field(key.field).bounds()
        words = [
            f"{sign} {_value_text(key, end, desk)}"
            for (end, sign), outer in zip(signs, field_ends, strict=True)
            if end is not None and end != outer
        ]
        return "，".join(words), ""
    sign, lacking = ("不低于", "差") if after > before else ("不高于", "超出")
    sign = "等于" if demand.low is not None and demand.low == demand.high else sign
    return f"{sign} {text}", f"{lacking} {_amount_text(key, abs(after - before), desk)}"


def _value_text(key: Key, value: Fact, desk: Desk) -> str:
    spec = desk.catalogue.field(key.field)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str):
        return codes_text(key.field, [value], desk.catalogue) if spec.type is FieldType.CODE else value
    if isinstance(value, int):
        return date.fromordinal(value).isoformat() if spec.type is FieldType.DATE else spec.number_text(value)
    return ""


def _amount_text(key: Key, steps: int, desk: Desk) -> str:
    """A difference; of shares in points of a percent."""
    spec = desk.catalogue.field(key.field)
    if spec.type is FieldType.RATIO:
        return f"{fraction_text(Fraction(steps) * spec.step * 100, spec.scale)} 百分点"
    return spec.number_text(steps)


def _member_text(key: Key, held: bool, desk: Desk) -> str:
    """须有 创新型中小企业; 须无 严重违法失信（2025-01-01）."""
    tree: CodeTree = desk.catalogue.tree_of(key.field)
    if isinstance(key.item, tuple):
        what = codes_text(key.field, key.item, desk.catalogue) or "任一记录"
    elif isinstance(key.item, Status):
        what = f"{tree.find(key.item.code, desk.fact_date).label}（{key.item.start}）"
    else:
        what = codes_text(key.field, [str(key.item)], desk.catalogue)
    return f"{'须有' if held else '须无'} {what}"


def _plain(value: Fact | None) -> Any:
    return value.isoformat() if isinstance(value, date) else value
