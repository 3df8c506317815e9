"""Attacks on the attachments in the data folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

from .world import Refused


def spoil(folder: Path, honest: Path, chance: Random) -> None:
    """``folder`` becomes what ``honest`` was, but for one file: changed, cut, lengthened, gone, or another's."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(honest, folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path, other = chance.choice(files), chance.choice(files)
    data = bytearray(path.read_bytes())
    what = chance.choice(["bit", "cut", "longer", "gone", "swapped", "folder", "empty"])
    if what == "bit":
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif what == "cut":
        del data[chance.randrange(len(data)) :]
    elif what == "longer":
        data += chance.randbytes(1 + chance.randrange(9))
    elif what == "empty":
        data.clear()
    elif what == "swapped" and path != other:
        data, theirs = bytearray(other.read_bytes()), data
        other.write_bytes(theirs)
    elif what == "gone":
        path.unlink()
        return
    elif what == "folder":
        path.unlink()
        os.mkdir(path)
        return
    else:
        raise Refused
    path.write_bytes(data)
