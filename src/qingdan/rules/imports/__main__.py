"""Reads a folder and reports: `python -m qingdan.rules.imports zen|tee FOLDER [--strict]`. Ends with 1 on an error."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from qingdan.rules.checks import walk
from qingdan.rules.errors import RuleError
from qingdan.rules.imports import tee, zen, zen_cases
from qingdan.rules.language.conditions import Judgement


def report_zen(folder: Path) -> list[str]:
    """Counts of what was read, of what was not and why, and of the cases' verdicts; contradictions by name."""
    found = zen.read_folder(folder)
    checks = list(zen_cases.run_cases(found))
    tables = found.tables.values()
    cases = sum(len(graph.get("tests") or ()) for graph in found.files.values())
    lines = [
        f"文件 files: {len(found.files)}",
        f"表 tables: {len(tables)}, 完整 whole: {sum(table.is_whole for table in tables)}",
        f"行 rows: {sum(len(table.rows) for table in tables)}",
        f"例 cases: {cases}, 表次 tables in cases: {len(checks)}",
    ]
    lines += [f"  {count} {reason}" for reason, count in found.reasons().most_common()]
    verdicts = Counter(f"{each.verdict} {each.note}".strip() for each in checks if not _is_contradiction(each))
    lines += [f"  {count} {verdict}" for verdict, count in verdicts.most_common()]
    wrong = [each for each in checks if _is_contradiction(each)]
    return lines + [f"  ✗ {each.place.words.english}, case {each.case}: {each.note}" for each in wrong]


def _is_contradiction(checked: zen_cases.Checked) -> bool:
    return checked.verdict is zen_cases.Verdict.CONTRADICTED


def report_tee(folder: Path, strict: bool) -> list[str]:
    """How many rules there are, how many leave something to a person, and every finding."""
    found = tee.read_folder(folder, strict)
    judged = sum(any(isinstance(part, Judgement) for _, part in walk(rule)) for rule in found.rules)
    lines = [f"规则 rules: {len(found.rules)}, 含人工认定 with a judgement: {judged}"]
    return lines + [f"发现 findings: {len(found.findings)}"] + [f"  {each}" for each in found.findings]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m qingdan.rules.imports", description=__doc__)
    parser.add_argument("kind", choices=["zen", "tee"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strict", action="store_true", help="tee: stop at the first defect")
    given = parser.parse_args(arguments)
    try:
        lines = report_zen(given.folder) if given.kind == "zen" else report_tee(given.folder, given.strict)
    except RuleError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
