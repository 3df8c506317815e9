"""`qd explain`: whether one enterprise meets one rule, condition by condition, and what it gets."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from qingdan.rules import library
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.commands.enterprises import catalogue_of, facts_from, facts_in, read_day
from qingdan.rules.commands.rules import one_rule
from qingdan.rules.commands.terminal import say
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.language.rule import ApplicationKind, Rule


@dataclass(frozen=True)
class Question:
    """One enterprise and one rule, as of a day."""

    code: str
    rule: Rule
    facts: Facts
    catalogue: Catalogue
    on: date


class Answer(Protocol):
    """What can be shown as data, text or a piece of a page."""

    def as_data(self) -> dict[str, Any]: ...
    def as_text(self) -> str: ...
    def as_html(self) -> str: ...


def run(args: argparse.Namespace) -> int:
    """Print the explanation."""
    asked = question(args)
    show(args, explain(asked.rule, asked.facts, asked.catalogue, asked.on))
    return 0


def question(args: argparse.Namespace) -> Question:
    """What the words of `qd explain` and `qd nearmiss` ask. RuleError for what is not there or does not fit."""
    on = read_day(args.on, "--on")
    catalogue = catalogue_of(args.register) if args.register else library.catalogue()
    rule = one_rule(args.rule, on, ApplicationKind(args.kind), catalogue)
    if args.register:
        facts = facts_from(args.register, args.code)
    else:
        facts = facts_in(args.facts, catalogue, max(on, date.today()))
    return Question(args.code, rule, facts, catalogue, on)


def show(args: argparse.Namespace, answer: Answer) -> None:
    """Print an answer in the form that was asked for."""
    if args.form == "json":
        say(json.dumps({"code": args.code, **answer.as_data()}, ensure_ascii=False, indent=2))
    elif args.form == "html":
        say(answer.as_html())
    else:
        say(f"{args.code}\n{answer.as_text()}")
