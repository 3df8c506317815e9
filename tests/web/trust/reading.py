"""What the tests of reading the record share: a signed log, bundles, and the verbs that the source records."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

import qingdan.web
from qingdan.web.common import log
from qingdan.web.common.events import record
from qingdan.web.common.models import Event
from qingdan.web.trust.services.checkpoints import make_checkpoint
from qingdan.web.units.models import Unit

# What writes an event, and which of its arguments is the verb.
RECORDERS = {"record": 1, "record_reading": 1, "record_export": 1}


def seal() -> None:
    """Everything recorded so far becomes leaves, and what the test itself put there has its event."""
    with transaction.atomic():
        record(None, "tests.set_up", Unit(pk=0, name="tests"))
        log.seal_now()


def sign() -> None:
    """Everything recorded so far becomes leaves under a checkpoint."""
    seal()
    make_checkpoint()


def event(verb: str, **conditions: object) -> Event:
    """The newest event of a verb."""
    found = Event.objects.filter(verb=verb, **conditions).order_by("-id").first()
    assert found is not None, f"no event {verb} {conditions}"
    return found


@dataclass(frozen=True)
class Recorded:
    """A place in the source that writes an event: its verb (the fixed beginning of one put together), and its facts."""

    place: str
    verb: str
    whole: bool
    facts: frozenset[str]


def recorded() -> Iterator[Recorded]:
    """Every such place under `qingdan.web`; a verb that is no text is an AssertionError outside the recorders."""
    root = Path(qingdan.web.__file__).parent
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        inside = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.name in RECORDERS
                  for n in ast.walk(f)}  # fmt: skip
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or id(node) in inside:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in RECORDERS or len(node.args) < 3:
                continue
            place = f"{path.relative_to(root)}:{node.lineno}"
            facts = frozenset(word.arg for word in node.keywords if word.arg)
            for verb, whole in _verbs(node.args[RECORDERS[name]], place):
                yield Recorded(place, verb, whole, facts)


def _verbs(node: ast.expr, place: str) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.IfExp):
        yield from _verbs(node.body, place)
        yield from _verbs(node.orelse, place)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value), False
    else:
        assert isinstance(node, ast.Constant), f"{place}: the verb of an event is written out, so that it has a name"
        yield str(node.value), True
