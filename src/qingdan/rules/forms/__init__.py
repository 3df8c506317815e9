"""Written forms of rules, catalogues and groups of awards: plain data, YAML and JSON, and for rules Chinese
sentences; each without loss.

>>> from qingdan.rules.language.parts import Source
>>> load_yaml(Source, dump_yaml(Source(document="国科发火〔2016〕32号", clause="第十一条"))).clause
'第十一条'
"""

from __future__ import annotations

from typing import Any, TypeVar

from qingdan.rules.forms.codec import Reader, to_data
from qingdan.rules.forms.sentence import dump_sentence, load_sentence
from qingdan.rules.forms.text import read_json, read_yaml, write_json, write_yaml

__all__ = [
    "dump_json",
    "dump_sentence",
    "dump_yaml",
    "from_data",
    "load_json",
    "load_sentence",
    "load_yaml",
    "to_data",
]

T = TypeVar("T")


def from_data(kind: type[T], data: Any, file: str = "") -> T:
    """A rule (`Rule`), catalogue (`Catalogue`) or any part of one from plain data; RuleError with its path."""
    found: T = Reader(file).read(kind, data)
    return found


def load_yaml(kind: type[T], text: str, file: str = "") -> T:
    """The same from YAML; errors name file, line and path."""
    data, lines = read_yaml(text, file)
    found: T = Reader(file, lines).read(kind, data)
    return found


def load_json(kind: type[T], text: str, file: str = "") -> T:
    """The same from JSON; errors name file and path, for broken text the line."""
    return from_data(kind, read_json(text, file), file)


def dump_yaml(value: Any) -> str:
    """YAML of a rule, catalogue or part; `load_yaml` gives the same value back."""
    return write_yaml(to_data(value))


def dump_json(value: Any) -> str:
    """JSON of the same data; `load_json` gives the same value back."""
    return write_json(to_data(value))
