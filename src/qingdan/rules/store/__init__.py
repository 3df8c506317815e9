"""The register on disk and in memory.

* `tables`   : Arrow tables as blocks of enterprises, checked against the catalogue
* `encode`   : facts to tiles of bits
* `register` : a register as a folder of independent segments, each with its facts and its encoded tiles
"""

from __future__ import annotations

from qingdan.rules.store.register import Register, Segment, build_register
from qingdan.rules.store.tables import TableBlock, check_columns

__all__ = ["Register", "Segment", "TableBlock", "build_register", "check_columns"]
