"""`qd match`: every rule with every enterprise; the results as Parquet files, the figures on screen."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qingdan.rules.commands.enterprises import catalogue_of, is_register, parquet_files, read_day, refuse_future
from qingdan.rules.commands.rules import in_force, need_sound, read_rules
from qingdan.rules.commands.terminal import GOES_ON, Bar, note, say, table
from qingdan.rules.errors import Place, RuleError, Words, unknown_name
from qingdan.rules.language.rule import ApplicationKind, Rule, State
from qingdan.rules.match import Matcher, Summary, match_register
from qingdan.rules.store import Register, build_register
from qingdan.rules.store.folders import REGISTER, RESULTS, refuse_foreign
from qingdan.rules.store.register import read_json
from qingdan.rules.whatif import Cost
from qingdan.rules.whatif.words import cost_text

HEAD = (
    *("规则 (rule)", "名称 (title)", "符合 (met)", "待补充 (unknown)", "待人工认定 (manual)"),
    *("不适用 (n/a)", "不符合 (unmet)", "金额 (cost)"),
)


def run(args: argparse.Namespace) -> int:
    """Match, write, and print a line for each rule. RuleError for whatever does not fit, before anything is written."""
    on, listed = read_day(args.on, "--on"), states(args.list)
    threads = thread_count(args.threads)
    refuse_foreign(args.into, RESULTS)
    catalogue = catalogue_of(args.register)
    chosen = in_force(read_rules(args.rules, catalogue), on, ApplicationKind(args.kind))
    if not args.unsound:
        need_sound(chosen, catalogue)
    matcher = Matcher([each.rule for each in chosen], catalogue, on)
    before, kept = read_json(args.into / "run.json"), len(list(args.into.glob("counts-*.json")))
    try:
        with opened(args.register, args.into) as register:
            summary = match_register(
                matcher,
                register,
                args.into,
                listed=listed,
                amounts=not args.no_amounts,
                threads=threads,
                progress=Bar("匹配 (matching)"),
            )
    except KeyboardInterrupt:
        note(GOES_ON)
        raise
    if kept and read_json(args.into / "run.json") == before:
        note(f"其中 {kept} 段已有结果，未重做 (segments whose results were there already)")
    say(figures(summary, matcher.rules, with_costs=not args.no_amounts))
    say(f"==> {summary.enterprises:,} 家企业 (enterprises) × {len(summary.rules)} 条规则 (rules)，{on}: {args.into}")
    return 0


def states(written: str) -> set[State]:
    """States by name, separated by commas; RuleError for an unknown name."""
    names = [name.strip() for name in written.split(",") if name.strip()]
    for name in names:
        if name not in list(State):
            raise unknown_name(Words("状态", "state"), name, list(State)).at(Place("--list"))
    return {State(name) for name in names}


def thread_count(given: int) -> int:
    """As many as were asked for; for 0, one for each core."""
    if given < 0:
        raise RuleError(
            Words("线程数不能为负", "threads cannot be below zero"),
            Words("请写 1 或更多，0 即每核一个", "write 1 or more, 0 for one on each core"),
            Place("--threads"),
        )
    return given or os.cpu_count() or 1


@contextmanager
def opened(place: Path, beside: Path) -> Iterator[Register]:
    """A register; of Parquet files one is built in a hidden folder beside `beside`, and removed in the end.

    It stays when the run is interrupted, so that the next run need not build it again.
    """
    if is_register(place):
        yield Register.open(place)
        return
    files = parquet_files(place)
    folder = beside.with_name(f".{beside.name}.register")
    refuse_foreign(folder, REGISTER)
    refuse_future(files, "")
    finished = True
    try:
        yield build_register(files, folder, catalogue_of(place), progress=Bar("建库 (building)"))
    except KeyboardInterrupt:
        finished = False
        raise
    finally:
        if finished:
            shutil.rmtree(folder, ignore_errors=True)


def figures(summary: Summary, rules: tuple[Rule, ...], *, with_costs: bool) -> str:
    """A table with a line for each rule; what no rule has is no column."""
    ids = [rule.id for rule in rules]
    awarding = {rule.id for rule in rules if rule.awards}
    rows = []
    for each in summary.rules:
        title = f"{each.title} {each.version}" if ids.count(each.rule) > 1 else each.title
        counts = (each.met, each.unknown, each.manual, each.not_applicable, each.unmet)
        cost = cost_text(Cost(each.low, each.high, each.unlimited)) if each.rule in awarding else "-"
        rows.append((each.rule, title, *(f"{count:,}" for count in counts), cost))
    dropped = {5} if not any(each.not_applicable for each in summary.rules) else set()
    dropped |= set() if with_costs else {7}
    kept = [place for place in range(len(HEAD)) if place not in dropped]
    return table([HEAD[place] for place in kept], [[row[place] for place in kept] for row in rows], left=2)
