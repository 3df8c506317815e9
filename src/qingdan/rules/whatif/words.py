"""Changes of rules and their figures in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from qingdan.rules.catalogue import Catalogue, fraction_text
from qingdan.rules.errors import RuleError
from qingdan.rules.forms import from_data, to_data
from qingdan.rules.language.amounts import Amount, AmountCase, SlabBand
from qingdan.rules.language.conditions import Band, Case, Condition, ScoreItem
from qingdan.rules.language.parts import Figure, Op
from qingdan.rules.language.rule import Award, Rule
from qingdan.rules.values import FEN_PER_WAN, FEN_PER_YI, money_text
from qingdan.rules.versions import Change, diff
from qingdan.rules.whatif.runs import Cost
from qingdan.rules.wording import amount_text, codes_text, condition_text, figure_text

_NAMES = {
    "value": "门槛",
    "low": "下限",
    "high": "上限",
    "bound": "门槛",
    "threshold": "分数线",
    "points": "分值",
    "rate": "比例",
    "share": "比例",
    "cap": "最高限额",
    "floor": "最低限额",
    "amount": "金额",
    "per": "计算单位",
    "upto": "档次上限",
    "months": "月数",
    "years": "年数",
    "at_least": "至少年数",
    "k": "至少项数",
    "top": "名次",
    "count": "期数",
    "expected": "要求",
    "op": "比较方式",
    "codes": "范围",
    "start": "起始日",
    "end": "截止日",
    "on": "截止日",
    "rounding": "取整方式",
}
"""What the keys of written rules are called."""

_FIGURES = ("figure", "numerator", "base", "contribution", "denominator", "among")
"""Keys under which figures stand, the one that says most of the subject first."""

_TOLD = 6
"""Changes that are told one by one."""


def changes_text(before: Rule, after: Rule, catalogue: Catalogue) -> str:
    """What differs in conditions and awards: 上年度营业收入门槛由 1500 万元 改为 1200 万元.

    Labels, sources and titles say nothing of who gets how much and are left out.
    """
    bare = _bare(before), _bare(after)
    written = to_data(bare[0]), to_data(bare[1])
    changes = [change for change in diff(*bare) if _is_told(change)]
    told = [_change_text(change, *written, catalogue) for change in changes[:_TOLD]]
    more = f"等 {len(changes)} 处改动" if len(changes) > _TOLD else ""
    return "；".join(dict.fromkeys(told)) + more or "条件和金额没有改动"


def _bare(node: Any) -> Any:
    """A node without labels and sources, all the way down."""
    if isinstance(node, tuple):
        return tuple(_bare(each) for each in node)
    if not isinstance(node, (Rule, Award, Condition, Amount, Case, Band, ScoreItem, AmountCase, SlabBand)):
        return node
    parts = {each.name: _bare(getattr(node, each.name)) for each in fields(node)}
    if isinstance(node, (Condition, Amount)):
        parts["label"] = ""
    if "source" in parts:
        parts["source"] = None
    return replace(node, **parts)


def _is_told(change: Change) -> bool:
    steps = list(_steps(change.path))
    return steps[0] in ("condition", "awards") and steps[-1] != "title"


def _change_text(change: Change, before: Any, after: Any, catalogue: Catalogue) -> str:
    added = change.before is None
    # The path counts in the rule where the node stands.
    above = list(_way(before if change.after is None else after, change.path))
    key = [step for step in _steps(change.path) if isinstance(step, str)][-1]
    name = _subject(above, catalogue) + _NAMES.get(key, "")

    def shown(node: Any) -> str:
        if key == "codes" and isinstance(above[-1].get("field"), str):
            return codes_text(above[-1]["field"], node if isinstance(node, list) else [node], catalogue)
        return figure_text(from_data(Figure, node), catalogue) if key in _FIGURES else _shown(node, catalogue)

    if not added and change.after is not None:
        return f"{'指标' if key in _FIGURES else name or '内容'}由 {shown(change.before)} 改为 {shown(change.after)}"
    return f"{name}{'增加' if added else '取消'} {shown(change.after if added else change.before)}"


def _steps(path: str) -> Iterator[str | int]:
    """condition.all[0].value: condition, all, 0, value."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        yield name or int(index)


def _way(data: Any, path: str) -> Iterator[dict[str, Any]]:
    """The tables of names on the way to a node, from the outside."""
    for step in _steps(path):
        if isinstance(data, dict):
            yield data
            data = data.get(step) if isinstance(step, str) else None
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return


def _subject(above: list[dict[str, Any]], catalogue: Catalogue) -> str:
    """The figure or field that a node is about, from the nearest table that names one."""
    for table in reversed(above):
        for key in _FIGURES:
            if key in table:
                return figure_text(from_data(Figure, table[key]), catalogue)
        if isinstance(table.get("field"), str) and table["field"]:
            return catalogue.field(table["field"]).chinese
        if set(table) & {"op", "cap", "conditions", "cases"}:
            return ""
    return ""


def _shown(node: Any, catalogue: Catalogue) -> str:
    """A node as it is written, or in words when it is a condition or an amount."""
    if isinstance(node, bool):
        return "是" if node else "否"
    if isinstance(node, str) and node in list(Op):
        return Op(node).chinese
    if not isinstance(node, dict):
        return "、".join(_shown(each, catalogue) for each in node) if isinstance(node, list) else str(node)
    try:
        return f"“{condition_text(from_data(Condition, node), catalogue)}”"
    except RuleError:
        pass
    try:
        return f"“{amount_text(from_data(Amount, node), catalogue)}”"
    except RuleError:
        return str(node.get("title") or node.get("label") or "一项")


def counts_text(before: int, after: int, gained: int, lost: int) -> str:
    """符合 1,234 → 1,410 家（新增 176，减少 0）."""
    return f"符合 {before:,} → {after:,} 家（新增 {gained:,}，减少 {lost:,}）"


def cost_text(cost: Cost) -> str:
    """2.47 亿元, 1 亿元 至 2 亿元, 1 亿元 以上; cut off after two places and then marked with 约."""
    low = about_text(cost.low)
    if cost.unlimited:
        return f"{low} 以上"
    return low if cost.low == cost.high else f"{low} 至 {about_text(cost.high)}"


def about_text(fen: int) -> str:
    for unit, name in ((FEN_PER_YI, "亿元"), (FEN_PER_WAN, "万元")):
        if fen >= unit:
            return f"{fraction_text(Fraction(fen, unit), 2)} {name}"
    return money_text(fen)
