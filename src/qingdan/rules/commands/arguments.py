"""What can be said to the rule engine's commands. Nothing heavy is imported here: every `qd` reads it."""

from __future__ import annotations

import argparse
from pathlib import Path

Commands = argparse._SubParsersAction  # the type of what `add_subparsers` gives has no public name


def add_parsers(commands: Commands[argparse.ArgumentParser]) -> list[argparse.ArgumentParser]:
    """Declare the commands; gives the parsers whose arguments `call` takes."""
    return [*_register(commands), _match(commands), _explain(commands), _nearmiss(commands), _whatif(commands)]


def _parser(
    commands: Commands[argparse.ArgumentParser], name: str, text: str, module: str = ""
) -> argparse.ArgumentParser:
    sub = commands.add_parser(name, help=text, description=text)
    sub.set_defaults(module=module or name)
    return sub


def _register(commands: Commands[argparse.ArgumentParser]) -> list[argparse.ArgumentParser]:
    text = "企业登记库：生成示例、建库、查看 (registers of enterprises: make an example, build, look)"
    sub = commands.add_parser("register", help=text, description=text)
    parts = sub.add_subparsers(metavar="动作", required=True)

    def part(name: str, text: str) -> argparse.ArgumentParser:
        sub = _parser(parts, name, text, "register")
        sub.set_defaults(part=name)
        return sub

    generate = part("generate", "生成虚构企业的 Parquet 文件 (Parquet files of made-up enterprises)")
    generate.add_argument("folder", type=Path, help="要写的文件夹 (the folder to write)")
    generate.add_argument("--rows", type=int, default=100_000, help="企业数 (how many enterprises), 100000")
    generate.add_argument("--seed", type=int, default=1, help="随机种子 (the seed of chance), 1")

    build = part("build", "由 Parquet 文件建库 (build a register from Parquet files)")
    build.add_argument("source", type=Path, nargs="+", help="Parquet 文件或文件夹 (Parquet files or folders)")
    build.add_argument("--into", type=Path, required=True, metavar="DIR", help="登记库的文件夹 (the register's folder)")
    build.add_argument("--catalogue", type=Path, metavar="FILE", help="字段目录，默认规则样库的 (catalogue of fields)")
    build.add_argument(
        "--sort-by", default="", metavar="COLUMNS", help="排序列，如 district,industry (columns to sort by)"
    )
    build.add_argument(
        "--segment-rows", type=int, default=1 << 20, metavar="ROWS",
        help="每段至多多少家，按整行组计 (most rows in a segment, by whole row groups), 1048576",
    )  # fmt: skip
    build.add_argument(
        "--known-on",
        default="",
        metavar="DAY",
        help="数据截至日，之后的日期不收 (day of the data: nothing later is taken)",
    )

    info = part("info", "查看登记库：企业数、列、缺失比例 (rows, columns, shares of missing)")
    info.add_argument("folder", type=Path, help="登记库的文件夹 (the register's folder)")
    return [generate, build, info]


def _day_and_kind(sub: argparse.ArgumentParser, kinds: tuple[str, ...] = ("first", "renewal")) -> None:
    sub.add_argument(
        "--on", default="", metavar="DAY", help="按哪一天的规则和数据，默认今天 (rules and facts as of; today)"
    )
    sub.add_argument("--kind", choices=kinds, default="first", help="首次申请或复核 (kind of application), first")


def _several_rules(sub: argparse.ArgumentParser, register: str) -> None:
    sub.add_argument("rules", help="规则文件或文件夹，或 library 即规则样库 (rules: file, folder, or library)")
    sub.add_argument("register", type=Path, help=register)
    sub.add_argument("--threads", type=int, default=0, help="线程数，默认每核一个 (threads; one for each core)")
    sub.add_argument("--unsound", action="store_true", help="规则有错也运行 (run rules with faults)")


def _match(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    sub = _parser(commands, "match", "全部规则匹配全部企业 (match every rule with every enterprise)")
    _several_rules(sub, "登记库或 Parquet 文件 (a register or Parquet files)")
    sub.add_argument("--into", type=Path, required=True, metavar="DIR", help="结果文件夹 (folder of the results)")
    _day_and_kind(sub, ("first", "renewal", "any"))
    sub.add_argument(
        "--list", default="met,unknown", metavar="STATES",
        help="列出哪些状态的企业：met,unknown,manual,not_applicable,unmet (states whose enterprises are listed)",
    )  # fmt: skip
    sub.add_argument("--no-amounts", action="store_true", help="不算金额 (no amounts)")
    return sub


def _one_enterprise(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("code", help="企业代码 (the enterprise's code)")
    sub.add_argument("rule", help="规则样库的编号，或规则文件 (an id of the starter library, or a rule file)")
    source = sub.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--register", type=Path, metavar="DIR", help="登记库或 Parquet 文件 (register or Parquet files)"
    )
    source.add_argument(
        "--facts", type=Path, metavar="FILE", help="写有事实的 YAML 或 JSON (its facts in YAML or JSON)"
    )
    _day_and_kind(sub)
    sub.add_argument(
        "--as", dest="form", choices=["text", "json", "html"], default="text", help="输出格式 (form), text"
    )


def _explain(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    sub = _parser(commands, "explain", "逐条说明一家企业是否符合一条规则 (explain a rule for one enterprise)")
    _one_enterprise(sub)
    return sub


def _nearmiss(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    sub = _parser(commands, "nearmiss", "一家企业离一条规则还差什么 (what one enterprise lacks for a rule)")
    _one_enterprise(sub)
    return sub


def _whatif(commands: Commands[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    sub = _parser(
        commands, "whatif", "修改规则后谁进谁出、多花多少 (who gains and loses by a changed rule, at what cost)"
    )
    _several_rules(sub, "登记库 (a register)")
    sub.add_argument("--edit", type=Path, required=True, metavar="FILE", help="改过的规则文件 (the rule as changed)")
    sub.add_argument("--limit", default="", metavar="AMOUNT", help="资金限额，如 “5000 万元” (budget)")
    sub.add_argument(
        "--share", choices=["pro-rata", "score", "first-come"], default="pro-rata",
        help="超出限额时如何分配 (how a budget is shared), pro-rata",
    )  # fmt: skip
    sub.add_argument(
        "--share-by", default="", metavar="COLUMN",
        help="评分列，或先后次序的日期列，默认 applied (column of the score, or of the day), applied",
    )  # fmt: skip
    sub.add_argument(
        "--by", default="", metavar="COLUMNS", help="按列汇总，如 district:3,size_class:2 (break down by columns)"
    )
    _day_and_kind(sub)
    return sub
