"""The starter library: a catalogue of fields, code trees, and programmes of Chinese enterprise policy as rules.

Everything is data beside this module: `catalogue.yaml`, `trees/`, `programmes/`, `groups.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeVar

from qingdan.rules.catalogue import Catalogue, Field
from qingdan.rules.codes import CodeTree
from qingdan.rules.forms import load_yaml

T = TypeVar("T")


@dataclass(frozen=True)
class _Fields:
    """The shape of `catalogue.yaml`; the trees stand in files of their own."""

    fields: tuple[Field, ...]


def _folder(kind: type[T], folder: str) -> Iterator[T]:
    """Every file of a folder in the order of names."""
    found = sorted(
        (each for each in (files(__name__) / folder).iterdir() if each.name.endswith(".yaml")),
        key=lambda each: each.name,
    )
    for each in found:
        yield load_yaml(kind, each.read_text("utf-8"), f"{folder}/{each.name}")


@cache
def catalogue() -> Catalogue:
    """The fields and code trees that the programmes use."""
    text = (files(__name__) / "catalogue.yaml").read_text("utf-8")
    fields = load_yaml(_Fields, text, "catalogue.yaml").fields
    return Catalogue(fields=fields, trees=tuple(_folder(CodeTree, "trees")))
