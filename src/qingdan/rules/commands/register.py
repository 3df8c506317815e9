"""`qd register`: an example register, a register from Parquet files, and what is in one."""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow as pa

from qingdan.rules.commands.enterprises import parquet_files, read_catalogue, refuse_future
from qingdan.rules.commands.terminal import GOES_ON, Bar, note, say, table
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.register.generate import generate as generate_register
from qingdan.rules.store import Register, Segment, build_register
from qingdan.rules.store.folders import GENERATED, refuse_foreign
from qingdan.rules.store.register import catalogue_hash
from qingdan.rules.store.tables import KEY


def run(args: argparse.Namespace) -> int:
    return {"generate": generate, "build": build, "info": info}[args.part](args)


def generate(args: argparse.Namespace) -> int:
    """Write Parquet files of made-up enterprises; parts of the same register that are there already are kept."""
    refuse_foreign(args.folder, GENERATED)
    try:
        done = generate_register(args.folder, args.rows, args.seed, progress=Bar("生成 (generating)"))
    except KeyboardInterrupt:
        note(GOES_ON)
        raise
    say(
        f"==> 已生成虚构企业 (made-up enterprises written): {args.folder}，{done.rows:,} 家，"
        f"{done.parts} 个文件 (files)"
    )
    if done.kept:
        say(f"    其中 {done.kept} 个文件已有，未重做 (files that were there already)")
    return 0


def build(args: argparse.Namespace) -> int:
    """Make a register; what is there already of the same sources is kept."""
    catalogue = read_catalogue(args.catalogue)
    files = [file for source in args.source for file in parquet_files(source)]
    refuse_future(files, args.known_on)
    sort_by = [name.strip() for name in args.sort_by.split(",") if name.strip()]
    if args.segment_rows < 1:
        raise RuleError(
            Words("每段至少一家", "a segment has at least one row"),
            Words("请更正", "correct it"),
            Place("--segment-rows"),
        )
    try:
        register = build_register(
            files,
            args.into,
            catalogue,
            sort_by=sort_by,
            segment_rows=args.segment_rows,
            progress=Bar("建库 (building)"),
        )
    except KeyboardInterrupt:
        note(GOES_ON)
        raise
    say(
        f"==> 已建库 (built): {args.into}，{register.rows:,} 家企业 (enterprises)，"
        f"{len(register.segments)} 段 (segments)"
    )
    return 0


def info(args: argparse.Namespace) -> int:
    """Print rows, segments, size, the catalogue's hash, and of each column the type and the share of missing."""
    register = Register.open(args.folder)
    say(f"企业 (enterprises): {register.rows:,}")
    say(f"段 (segments): {len(register.segments)}")
    say(f"占用 (size): {_size(args.folder) / 2**20:,.1f} MiB")
    say(f"字段目录 (catalogue): {catalogue_hash(register.catalogue)}")
    names = dict.fromkeys(name for segment in register.segments for name in segment.facts.column_names)
    rows = [_column(register, name) for name in names]
    say(table(("列 (column)", "字段 (field)", "类型 (type)", "缺失 (missing)"), rows, left=3))
    return 0


def _column(register: Register, name: str) -> tuple[str, str, str, str]:
    """Name, label, Arrow types and share of missing; segments may differ in their columns and types."""
    having = [each for each in register.segments if name in each.facts.column_names]
    kinds = dict.fromkeys(_kind(each.facts.schema.field(name).type) for each in having)
    missing = sum(_missing(each, name) for each in register.segments)
    label = "企业代码" if name == KEY else register.catalogue.field(name.partition("@")[0]).chinese
    return name, label, " / ".join(kinds), f"{100 * missing / max(register.rows, 1):.1f} %"


def _kind(kind: pa.DataType) -> str:
    """An Arrow type in short."""
    if pa.types.is_dictionary(kind):
        return f"dictionary<{kind.value_type}>"
    return "list<struct>" if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type) else str(kind)


def _missing(segment: Segment, name: str) -> int:
    here = name in segment.facts.column_names
    return int(segment.facts.column(name).null_count) if here else segment.rows


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
