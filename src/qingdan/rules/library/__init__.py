"""The starter library: a catalogue of fields, code trees, and programmes of Chinese enterprise policy as rules.

Everything is data beside this module: `catalogue.yaml`, `trees/`, `programmes/` (one file for each version of a
programme) and `groups.yaml`. What each text is and what of it was not at hand stands in the rules' sources.

>>> [rule.version for rule in programmes()["small_profit"]]
['财税〔2019〕13号', '财政部 税务总局公告2023年第12号']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypeVar

from qingdan.rules.catalogue import Catalogue, Field
from qingdan.rules.codes import CodeTree
from qingdan.rules.forms import load_yaml
from qingdan.rules.language.rule import Rule, StackingGroup

__all__ = ["catalogue", "programmes", "stacking"]

T = TypeVar("T")


@dataclass(frozen=True)
class _Fields:
    """The shape of `catalogue.yaml`; the trees stand in files of their own."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class _Groups:
    """The shape of `groups.yaml`."""

    groups: tuple[StackingGroup, ...]


@cache
def catalogue() -> Catalogue:
    """The fields and code trees that the programmes use. Names stay as they are; fields are only added."""
    return Catalogue(fields=_file(_Fields, "catalogue.yaml").fields, trees=tuple(_folder(CodeTree, "trees")))


@cache
def programmes() -> Mapping[str, tuple[Rule, ...]]:
    """Every programme by its id, each with all its versions, the oldest first."""
    rules = sorted(_folder(Rule, "programmes"), key=lambda rule: (rule.id, rule.valid_from, rule.application_kind))
    ids = dict.fromkeys(rule.id for rule in rules)
    return MappingProxyType({name: tuple(rule for rule in rules if rule.id == name) for name in ids})


@cache
def stacking() -> tuple[StackingGroup, ...]:
    """Groups of awards of which an enterprise does not get all (就高不重复, only one)."""
    return _file(_Groups, "groups.yaml").groups


def _file(kind: type[T], name: str) -> T:
    return load_yaml(kind, files(__name__).joinpath(name).read_text("utf-8"), name)


def _folder(kind: type[T], folder: str) -> Iterator[T]:
    """What the files of a folder hold, in the order of their names."""
    names = sorted(each.name for each in files(__name__).joinpath(folder).iterdir() if each.name.endswith(".yaml"))
    for name in names:
        yield _file(kind, f"{folder}/{name}")
