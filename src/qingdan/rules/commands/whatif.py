"""`qd whatif`: a rule as changed against the rule in force: who gains, who loses, what it costs, and where."""

from __future__ import annotations

import argparse

import numpy as np
import pyarrow as pa

from qingdan.rules import library
from qingdan.rules.catalogue import FieldType
from qingdan.rules.commands.enterprises import read_day
from qingdan.rules.commands.match import thread_count
from qingdan.rules.commands.rules import LIBRARY, in_force, need_no_errors, need_sound, read_rules
from qingdan.rules.commands.terminal import say, table
from qingdan.rules.compiler.columns import Column
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.language.rule import ApplicationKind, State
from qingdan.rules.store import Register
from qingdan.rules.values import Money, money_text, parse_money
from qingdan.rules.whatif import Effect, How, WhatIf, allocate
from qingdan.rules.whatif.words import about_text, cost_text

HOW = {"pro-rata": How.PRO_RATA, "score": How.BY_SCORE, "first-come": How.FIRST_COME}
LEVELS = 5
"""Code trees are looked into so deep for codes that tell enterprises apart."""
APPLIED = "applied"
"""The day of application: who comes first when nothing else is said."""


def run(args: argparse.Namespace) -> int:
    """Print what the edits change, each by itself and all together, and how a limited fund would be shared."""
    on = read_day(args.on, "--on")
    limit = read_limit(args.limit)
    register = Register.open(args.register)
    catalogue = register.catalogue
    rules = in_force(read_rules(args.rules, catalogue), on, ApplicationKind(args.kind))
    edits = read_rules(str(args.edit), catalogue)
    need_no_errors(edits, catalogue)
    if not args.unsound:
        need_sound(rules, catalogue)
    if limit is not None and len(edits) > 1:
        raise RuleError(
            Words("限额只能分给一条规则", "a budget is shared under one rule"),
            Words("请只给一份修改", "give a single edit"),
            Place("--limit"),
        )
    groups = library.stacking() if args.rules == LIBRARY else ()
    threads = thread_count(args.threads)
    present = WhatIf(register, [each.rule for each in rules], on, groups=groups, threads=threads)
    scenario = present.scenario([each.rule for each in edits])
    for effect in scenario.effects:
        show_effect(effect, [name.strip() for name in args.by.split(",") if name.strip()])
        if limit is not None:
            show_shares(effect, limit, HOW[args.share], args.share_by)
    before, after = scenario.cost_before, scenario.cost_after
    more = after.low - before.low
    say("==> 全部规则合计，按分组就高等之后 (all rules, after the groups of awards)")
    say(f"    {cost_text(before)} → {cost_text(after)}")
    say(f"    下限变化 (the least changes by) {'+' if more > 0 else ''}{money_text(more)}")
    return 0


def read_limit(written: str) -> Money | None:
    """A budget with its unit; None when none was given."""
    if not written:
        return None
    try:
        return parse_money(written)
    except RuleError as error:
        raise error.at(Place("--limit")) from None


def show_effect(effect: Effect, columns: list[str]) -> None:
    """The change in words, the counts and costs, and the same by codes of the enterprises."""
    say(f"{effect.before.rule.title}（{effect.before.rule.version}）\n{effect.summary()}\n")
    runs = (effect.before, effect.after)
    rows = [(state.chinese, *(f"{each.counts[state]:,}" for each in runs)) for state in State]
    rows.append(("金额 (cost)", *(cost_text(each.cost) for each in runs)))
    say(table(("", "现行 (now)", "修改后 (as changed)"), rows))
    say(f"新增 (gained): {effect.gained:,}  减少 (lost): {effect.lost:,}\n")
    for column in columns:
        show_by(effect, column)


def show_by(effect: Effect, asked: str) -> None:
    """The met and the costs by the codes of a column: `district:3` at the third level of its tree, `district` at the
    highest that tells the enterprises apart."""
    column, _, level = asked.partition(":")
    if level and not level.isdecimal():
        raise RuleError(
            Words(f"“{level}”不是级次", f"'{level}' is no level"),
            Words("请写成 district:3", "write it as district:3"),
            Place("--by"),
        )
    try:
        for each in [int(level)] if level else range(1, LEVELS + 1):
            found = effect.by(column, each)
            if sum(bool(row.code) for row in found) > 1:
                break
    except RuleError as error:
        raise error.at(Place("--by")) from None
    head = ("代码 (code)", "名称 (label)", "现行符合 (met now)", "修改后 (as changed)", "新增 (gained)", "减少 (lost)")
    rows = [
        (
            *(each.code or "-", each.label),
            *(f"{number:,}" for number in (each.met_before, each.met_after, each.gained, each.lost)),
            *(cost_text(each.cost_before), cost_text(each.cost_after)),
        )
        for each in found
    ]
    say(table((*head, "现行金额 (cost now)", "修改后金额 (as changed)"), rows, left=2) + "\n")


# ---- a limited fund


def show_shares(effect: Effect, limit: Money, how: How, by: str) -> None:
    """How the fund is shared among those that meet the changed rule; those without a score or day come last."""
    asked = asked_for(effect)
    served = {} if how is How.PRO_RATA else known_of(effect, serving_column(effect, how, by))
    if how is How.BY_SCORE:
        last = min(served.values(), default=0) - 1
        shared = allocate(asked, limit, how, scores={code: served.get(code, last) for code in asked})
    else:
        order = sorted(asked, key=lambda code: (code not in served, served.get(code, 0), code))
        shared = allocate(asked, limit, how, order=order)
    full = sum(not each.short for each in shared.shares)
    nothing = sum(bool(each.short) and not each.given for each in shared.shares)
    part = len(shared.shares) - full - nothing
    say(f"限额 (budget) {about_text(limit)}，{how.chinese} ({how.value})")
    say(f"  应得 (asked) {about_text(shared.asked)}，分配 (given) {about_text(shared.given)}")
    say(f"  全额 (in full) {full:,} 家，部分 (in part) {part:,} 家，未得 (nothing) {nothing:,} 家\n")


def asked_for(effect: Effect) -> dict[str, int]:
    """What each enterprise can get at most under the changed rule, in fen by code; RuleError for an award without an
    upper limit."""
    asked: dict[str, int] = {}
    for part in effect.after.payable():
        highs = part.column("high_fen").to_pylist()
        if None in highs:
            raise RuleError(
                Words("有的奖补没有上限，不能按限额分配", "an award has no upper limit and cannot be shared out"),
                Words("请在修改中写明上限", "give it a limit in the edit"),
                Place("--limit"),
            )
        asked |= zip(part.column("code").to_pylist(), map(int, highs), strict=True)
    return asked


def known_of(effect: Effect, column: Column) -> dict[str, int]:
    """A number or day, in steps of its field, of those that meet the changed rule, where it is known; by code."""
    found: dict[str, int] = {}
    ground = effect.after.ground
    for number, codes in enumerate(effect.after.codes()):
        values = ground.register.segments[number].block(ground.fact_date).values(column)
        if values is not None:
            rows = effect.after.met(number)
            known = np.ones(len(rows), bool) if values.valid is None else values.valid[rows]
            found |= zip(codes.filter(pa.array(known)).to_pylist(), values.values[rows[known]].tolist(), strict=True)
    return found


def serving_column(effect: Effect, how: How, by: str) -> Column:
    """The column that says who comes first; RuleError for one that holds neither scores nor days."""
    catalogue = effect.after.ground.catalogue
    if not by and how is How.BY_SCORE:
        raise RuleError(
            Words("没有写明按哪一列评分", "it is not said which column holds the score"),
            Words("请写 --share-by，如 --share-by specialised_score", "give --share-by with a column of the register"),
            Place("--share score"),
        )
    name, _, period = (by or APPLIED).partition("@")
    spec = catalogue.field(name)
    good = spec.type.is_number if how is How.BY_SCORE else spec.type is FieldType.DATE
    if not good:
        wanted = Words("数", "a number") if how is How.BY_SCORE else Words("日期", "a day")
        raise RuleError(
            Words(f"“{spec.chinese}”不是{wanted.chinese}", f"'{name}' is not {wanted.english}"),
            Words("请换一列", "choose another column"),
            Place("--share-by"),
        )
    return Column(name, period)
