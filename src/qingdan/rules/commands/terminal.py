"""What commands show: lines, tables that stay in line with Chinese characters, and a bar while they work."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Sequence

from qingdan.rules.errors import RuleError, Words

GOES_ON = "\n已中断，再次运行同一命令会接着做 (interrupted; the same command goes on from here)"


def say(text: str) -> None:
    """One line or more of results."""
    print(text, flush=True)


def note(text: str) -> None:
    """A remark beside the results."""
    print(text, file=sys.stderr, flush=True)


def both(words: Words) -> str:
    """中文 (English), once when they are the same."""
    return words.chinese if words.chinese == words.english else f"{words.chinese} ({words.english})"


def refuse_all(errors: Sequence[RuleError], remedy: Words) -> None:
    """Nothing for no errors; a single one is raised, several are shown and their number is raised."""
    if len(errors) == 1:
        raise errors[0]
    for error in errors:
        note(f"✗ {error}")
    if errors:
        count = len(errors)
        raise RuleError(Words(f"发现 {count} 处问题，见上", f"{count} faults, see above"), remedy)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Lines with columns as wide as they need; the first `left` columns begin at their left edge, the others end
    at their right."""
    widths = [max(width(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = []
        for place, (cell, wide) in enumerate(zip(row, widths, strict=True)):
            space = " " * (wide - width(cell))
            cells.append(cell + space if place < left else space + cell)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


class Bar:
    """A bar on a terminal while something runs; nothing where standard error is a file or a pipe.

    Called with how many are done, and of how many.
    """

    WIDTH = 30

    def __init__(self, label: str) -> None:
        self.label, self.started, self.shown = label, time.monotonic(), sys.stderr.isatty()
        self(0, 0)

    def __call__(self, done: int, total: int) -> None:
        if not self.shown:
            return
        full = self.WIDTH * done // total if total else 0
        seconds = time.monotonic() - self.started
        counts = f" {done:,} / {total:,}" if total else ""
        bar = "#" * full + "-" * (self.WIDTH - full)
        print(f"\r{self.label} [{bar}]{counts} {seconds:.0f} s", end="", file=sys.stderr, flush=True)
        if total and done >= total:
            print(file=sys.stderr)
