"""`qd nearmiss`: the least that would make one enterprise entitled under a rule."""

from __future__ import annotations

import argparse

from qingdan.rules.commands.explain import question, show
from qingdan.rules.nearmiss import near_miss


def run(args: argparse.Namespace) -> int:
    """Print what is lacking, the nearest way first."""
    asked = question(args)
    show(args, near_miss(asked.rule, asked.facts, asked.catalogue, asked.on))
    return 0
