"""Rules made ready once, then matched with any number of enterprises."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa

from qingdan.rules.amounts import AmountProgram, BulkSum
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.compiler import Program, compile_rules
from qingdan.rules.compiler.attributes import Attribute
from qingdan.rules.errors import Place
from qingdan.rules.kernel.answers import LISTED, Answers, Places, run
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.store.encode import encode
from qingdan.rules.store.register import Encoding, Segment
from qingdan.rules.store.tables import TableBlock, check_columns


class Matcher:
    """Some rules, compiled for a catalogue and a fact date.

    `known`: attributes that are encoded already and used where they tell enough. RuleError with the rule's name for
    a rule that asks for what the catalogue does not have.
    """

    def __init__(
        self, rules: Sequence[Rule], catalogue: Catalogue, fact_date: date, known: Collection[Attribute] = ()
    ) -> None:
        self.rules, self.catalogue, self.fact_date = tuple(rules), catalogue, fact_date
        self.program: Program = compile_rules(self.rules, catalogue, fact_date, known)

    @cached_property
    def amounts(self) -> tuple[AmountProgram, ...]:
        """The awards of each rule, made ready."""
        return tuple(AmountProgram(rule, self.catalogue, self.fact_date) for rule in self.rules)

    def table(
        self,
        table: pa.Table,
        *,
        listed: Collection[State] = LISTED,
        threads: int = 1,
        fast: bool | None = None,
        file: str = "",
    ) -> Matches:
        """Match the enterprises of an Arrow table; RuleError for a column or value that does not fit the catalogue.

        `listed`: the states whose enterprises are wanted, the others are only counted. `fast`: which kernel, by
        default the one by Numba where it runs. `file` names the table in errors.
        """
        check_columns(table.schema, self.catalogue, file)
        block = TableBlock(table, self.catalogue, self.fact_date, Place(file))
        index = np.arange(self.program.slice_count, dtype=np.uint32)
        tiles = encode(self.program, block)
        answers = run(self.program, tiles, index, block.rows, listed=listed, threads=threads, fast=fast)
        return Matches(self, block, answers)

    def segment(
        self,
        segment: Segment,
        encoding: Encoding,
        *,
        listed: Collection[State] = LISTED,
        threads: int = 1,
        fast: bool | None = None,
    ) -> Matches:
        """The same for a segment of a register, from its tiles."""
        tiles, index = segment.tiles_for(self.program, encoding)
        answers = run(self.program, tiles, index, segment.rows, listed=listed, threads=threads, fast=fast)
        return Matches(self, segment.block(self.fact_date), answers)


@dataclass(frozen=True)
class Matches:
    """The matches of some enterprises. Rules are named by their place in the matcher's rules."""

    matcher: Matcher
    block: TableBlock
    answers: Answers

    @property
    def enterprises(self) -> int:
        return self.answers.enterprises

    def count(self, rule: int, state: State) -> int:
        """How many enterprises a rule has in a state."""
        return self.answers.count(rule, state)

    def places(self, rule: int, state: State) -> Places:
        """The ascending row numbers, from 0, of the enterprises in a listed state."""
        return self.answers.places(rule, state)

    def codes(self, places: Places) -> pa.Array:
        """The enterprises' codes."""
        return self.block.table.column("code").take(pa.array(places)).combine_chunks()

    def sums(self, rule: int, places: Places) -> list[BulkSum]:
        """What each award of a rule comes to for the enterprises in some rows, if its conditions are met."""
        return self.matcher.amounts[rule].of(self.block, places)
