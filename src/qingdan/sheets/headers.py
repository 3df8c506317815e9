"""Where a ledger's header stands in a grid, which lines it has and what its columns mean."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from .grid import Grid, show
from .vocabulary import Field, guess_field, is_header_name, normalise_header


@dataclass(frozen=True, slots=True)
class Column:
    """A column: zero-based index, header text (lines joined by ``/``), guess, sureness, first values."""

    index: int
    header: str
    field: Field | None
    confidence: float
    samples: tuple[str, ...]


TASKLIKE = {Field.TASK, Field.ITEM}
DUTYLIKE = {Field.LEAD, Field.RESPONSIBLE, Field.SUPPORT, Field.DEADLINE, Field.PROGRESS, Field.FORECAST}


@dataclass(slots=True)
class Header:
    top: int
    bottom: int
    names: list[str]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(re.sub(r"\d+", "#", normalise_header(name)) for name in self.names)


def _is_header(grid: Grid, row: int) -> bool:
    cells = grid.rows[row]
    names = [cell for cell in cells if isinstance(cell, str) and is_header_name(cell)]
    if len(names) < 2:
        return False
    fields = {guess_field(name)[0] for name in names}
    if not fields & TASKLIKE:
        return False
    filled = sum(1 for cell in cells if cell is not None)
    return len(fields) >= 2 and bool(fields & DUTYLIKE or len(fields) >= 3) and len(names) * 2 >= filled


def find_headers(grid: Grid) -> list[Header]:
    headers: list[Header] = []
    row = 0
    while row < grid.height:
        if _is_header(grid, row):
            header = _header_at(grid, row)
            headers.append(header)
            row = header.bottom
        row += 1
    return headers


def _header_at(grid: Grid, top: int) -> Header:
    bottom = top
    groups: list[tuple[int, int]] = []
    for column in range(grid.width):
        merge = grid.merge_at(top, column)
        if merge is None or merge.top != top or merge.left != column:
            continue
        if 0 < merge.bottom - top <= 3:
            bottom = max(bottom, merge.bottom)
        elif merge.bottom == top:
            groups.append((merge.left, merge.right))
    if bottom == top and top + 1 < grid.height and _has_second_line(grid, top, groups):
        bottom = top + 1
    return Header(top, bottom, [_header_name(grid, top, bottom, column) for column in range(grid.width)])


def _has_second_line(grid: Grid, top: int, groups: list[tuple[int, int]]) -> bool:
    """A second line names columns only, and stands below a group or below nothing."""
    below = {column: grid.text(top + 1, column) for column in range(len(grid.rows[top + 1]))}
    below = {column: text for column, text in below.items() if text}
    grouped = {column for left, right in groups for column in range(left, right + 1)}
    if not below or _is_header(grid, top + 1):
        return False
    named = all(guess_field(text)[1] >= 0.7 for text in below.values())
    if grouped and set(below) <= grouped:
        return named or all(len(text) <= 8 for text in below.values())
    # Without merges (CSV) the group's name stands over its first column only.
    free = [column for column in below if not grid.text(top, column)]
    return named and bool(free) and all(c in free or c + 1 in free for c in below)


def _header_name(grid: Grid, top: int, bottom: int, column: int) -> str:
    parts: list[str] = []
    for row in range(top, bottom + 1):
        merge = grid.merge_at(row, column)
        text = grid.text(merge.top, merge.left) if merge else grid.text(row, column)
        if not text and row == top < bottom and merge is None and grid.text(bottom, column):
            left = next((c for c in range(column - 1, -1, -1) if grid.text(top, c)), None)
            text = grid.text(top, left) if left is not None and grid.text(bottom, left) else ""
        text = re.sub(r"\s+", "", text)
        if text and (not parts or parts[-1] != text):
            parts.append(text)
    return "/".join(parts)


def _guess(header: str) -> tuple[Field | None, float]:
    parts = header.split("/")
    last = guess_field(parts[-1])
    if last[1] >= 0.9 or len(parts) == 1:
        return last
    together = guess_field("".join(parts))
    first = guess_field(parts[0])
    return max((last, together, (first[0], first[1] * 0.8)), key=lambda guess: guess[1])


def find_columns(grid: Grid, header: Header, first: int, last: int) -> list[Column]:
    samples: list[list[str]] = [[] for _ in range(grid.width)]
    for row in range(first, min(last, first + 200)):
        for column, value in enumerate(grid.rows[row]):
            found = samples[column]
            if value is not None and len(found) < 3:
                merge = grid.merge_at(row, column)
                if merge is not None and merge.right - merge.left >= 3:
                    continue  # a heading over the whole width is no sample of its first column
                text = grid.text(row, column)
                if text and text not in found:
                    found.append(text)
    for column in range(grid.width):  # a column may begin to be filled further down
        if not samples[column] and not header.names[column]:
            value = next((r[column] for r in grid.rows[first:last] if len(r) > column and r[column] is not None), None)
            if text := show(value):
                samples[column].append(text)
    columns = []
    for index, name in enumerate(header.names):
        if not name and not samples[index]:
            continue
        kind, confidence = _guess(name)
        columns.append(Column(index, name, kind, confidence, tuple(samples[index])))
    return _settle(columns)


def _settle(columns: list[Column]) -> list[Column]:
    """One column per field: of two tasks the left is the item, of several weeks' progress the last counts."""
    by_field: dict[Field, list[int]] = {}
    for position, column in enumerate(columns):
        if column.field is not None:
            by_field.setdefault(column.field, []).append(position)

    def assign(position: int, kind: Field | None, confidence: float) -> None:
        columns[position] = replace(columns[position], field=kind, confidence=confidence)

    tasks, items = by_field.get(Field.TASK, []), by_field.get(Field.ITEM, [])
    if not tasks and items:
        assign(items[-1], Field.TASK, 0.7)
        items = items[:-1]
    elif len(tasks) > 1:
        filled = [position for position in tasks if columns[position].samples] or tasks[:1]
        for position in tasks:
            if position == filled[-1]:
                continue
            use = not items and position in filled
            assign(position, Field.ITEM if use else None, 0.6 if use else 0.0)
            if use:
                items = [position]
    for position in items[1:]:
        assign(position, None, 0.0)
    for kind, positions in by_field.items():
        if kind in TASKLIKE or len(positions) < 2:
            continue
        filled = [position for position in positions if columns[position].samples] or positions
        best = max(columns[position].confidence for position in filled)
        sure = [position for position in filled if columns[position].confidence == best]
        keep = sure[-1] if kind in (Field.PROGRESS, Field.PERCENT) else sure[0]
        for position in positions:
            if position != keep:
                assign(position, None, 0.0)
    return columns


def fingerprint(header: Header) -> str:
    names = list(header.key)
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
