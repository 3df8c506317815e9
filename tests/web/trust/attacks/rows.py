"""Attacks on single rows, for either database: edit, delete, insert, swap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from .world import Opponent, Refused, Table, World


def edit(world: World, opponent: Opponent, chance: Random) -> None:
    """One cell of one row says something else: of the same type, of another, or nothing."""
    table, row = a_row(world, opponent, chance)
    column = chance.choice(table.columns)
    old = row[table.columns.index(column)]
    others = [value for (value,) in opponent.rows(f'SELECT "{column}" FROM {table.name}') if value != old]
    new = another(opponent, chance, old, others)
    if (type(new), new) == (type(old), old):
        raise Refused
    opponent.execute(f'UPDATE {table.name} SET "{column}" = ? WHERE {table.where}', new, *key_of(table, row))


def delete(world: World, opponent: Opponent, chance: Random) -> None:
    """One row is gone."""
    table, row = a_row(world, opponent, chance)
    opponent.execute(f"DELETE FROM {table.name} WHERE {table.where}", *key_of(table, row))


def insert(world: World, opponent: Opponent, chance: Random) -> None:
    """One row more: another under a new key, or with further cells changed too."""
    table, row = a_row(world, opponent, chance)
    new = list(row)
    key = table.columns.index(chance.choice(table.keys))
    new[key] = next_key(opponent, table, table.columns[key], row[key])
    for place in chance.sample(range(len(new)), chance.randrange(len(new))):
        if table.columns[place] not in table.keys:
            others = [value for (value,) in opponent.rows(f'SELECT "{table.columns[place]}" FROM {table.name}')]
            new[place] = another(opponent, chance, row[place], others)
    marks = ", ".join("?" * len(new))
    opponent.execute(f"INSERT INTO {table.name} ({table.names}) VALUES ({marks})", *new)


def swap(world: World, opponent: Opponent, chance: Random) -> None:
    """Two rows change places: in one cell, in all but their keys, or in their keys (the order of leaves and claims)."""
    table, one = a_row(world, opponent, chance)
    _, other = a_row(world, opponent, chance, table)
    if key_of(table, one) == key_of(table, other):
        raise Refused
    free = [column for column in table.columns if column not in table.keys]
    what = chance.choice(["cell", "row", "key"])
    if what == "key" or not free:
        _swap_keys(opponent, table, key_of(table, one), key_of(table, other))
        return
    columns = [chance.choice(free)] if what == "cell" else free
    places = [table.columns.index(column) for column in columns]
    if [one[place] for place in places] == [other[place] for place in places]:
        raise Refused
    # Through a third state: two rows must not share what is unique, not even for a moment.
    _set(opponent, table, key_of(table, one), columns, [_aside(one[place]) for place in places])
    _set(opponent, table, key_of(table, other), columns, [one[place] for place in places])
    _set(opponent, table, key_of(table, one), columns, [other[place] for place in places])


def _swap_keys(opponent: Opponent, table: Table, one: list[Any], other: list[Any]) -> None:
    _set(opponent, table, one, table.keys, [_aside(value) for value in one])
    _set(opponent, table, other, table.keys, one)
    _set(opponent, table, [_aside(value) for value in one], table.keys, other)


def _set(opponent: Opponent, table: Table, key: list[Any], columns: Sequence[str], values: list[Any]) -> None:
    cells = ", ".join(f'"{column}" = ?' for column in columns)
    opponent.execute(f"UPDATE {table.name} SET {cells} WHERE {table.where}", *values, *key)


def _aside(value: Any) -> Any:
    """A value of the same type that nothing else has."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return 30_000 + value % 1000
    if isinstance(value, str):
        return f"{value}~"[:2] + "~" if len(value) < 3 else value[:-1] + "~"
    if isinstance(value, date):
        return value + timedelta(40_000)
    return value


# ------------------------------------------------------------------ drawing
def a_row(
    world: World, opponent: Opponent, chance: Random, table: Table | None = None
) -> tuple[Table, tuple[Any, ...]]:
    """A row of a table; every table is as likely as another, however few rows it has."""
    table = table or chance.choice(world.tables)
    (count,) = opponent.rows(f"SELECT count(*) FROM {table.name}")[0]
    if not count:
        raise Refused
    place = chance.randrange(count)
    return table, opponent.rows(
        f"SELECT {table.names} FROM {table.name} ORDER BY {table.order} LIMIT 1 OFFSET {place}"
    )[0]


def key_of(table: Table, row: Sequence[Any]) -> list[Any]:
    return [row[table.columns.index(key)] for key in table.keys]


def next_key(opponent: Opponent, table: Table, column: str, value: Any) -> Any:
    (last,) = opponent.rows(f'SELECT max("{column}") FROM {table.name}')[0]
    if isinstance(last, int):
        return last + 1
    return last + timedelta(1) if isinstance(last, date) else f"{value}x"


def another(opponent: Opponent, chance: Random, value: Any, others: list[Any]) -> Any:
    """A value that could be put in the place of this one. Types that only a driver knows come back from ``others``."""
    made: list[Any] = [None]
    if others:
        made += [chance.choice(others)] * 2
    if isinstance(value, bool):
        made += [not value] * 4
    elif isinstance(value, int):
        made += [value + 1, value - 1, -value, 0, value + 2**40, value ^ 1 << chance.randrange(12)]
    elif isinstance(value, float):
        made += [value + 1, value * (1 + 2**-52)]
    elif isinstance(value, str):
        made += [*_texts(chance, value)]
    elif isinstance(value, bytes):
        made += [_flipped(chance, value), value[:-1], value + b"\0"]
    elif isinstance(value, date):
        made += [value + timedelta(days=chance.randrange(1, 400)), value - timedelta(days=1)]
    if opponent.vendor == "sqlite":
        # Its cells take values of any type.
        made += [str(value), f"{value}".encode(), chance.randrange(100), chance.random()]
    return chance.choice(made)


def _texts(chance: Random, value: str) -> list[str]:
    place = chance.randrange(len(value) + 1)
    other = value[:place] + chance.choice("0a改 \n—'") + value[place + 1 :]
    return [other, other, value + " ", value[:-1], value.swapcase(), "", value.replace("0", "O")]


def _flipped(chance: Random, value: bytes) -> bytes:
    if not value:
        return b"\0"
    place = chance.randrange(len(value))
    return value[:place] + bytes([value[place] ^ 1 << chance.randrange(8)]) + value[place + 1 :]
