"""What may reach paper: visible characters only."""

import re
import unicodedata

# C0/C1 controls except newline and tab, surrogates, noncharacters, and the invisible direction marks
# with which a text could be made to read differently from what is stored.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufdd0-\ufdef"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def printable(text: str) -> str:
    """`text` without characters that have no place on paper; line ends become a newline, tabs a space.

    >>> printable("a\\r\\nb\\x00\\u202ec\\td")
    'a\\nbc d'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _UNPRINTABLE.sub("", text.replace("\t", " "))


def width_in_ems(text: str) -> float:
    """Width of one line in character widths: East Asian characters count one, others a half.

    >>> width_in_ems("2017年7月")
    4.5
    """
    return sum(1.0 if unicodedata.east_asian_width(char) in "WFA" else 0.5 for char in text)
