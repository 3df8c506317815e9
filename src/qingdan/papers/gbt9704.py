"""Figures of GB/T 9704-2012 党政机关公文格式, each with its clause. Lengths in mm, type sizes in pt."""

from typing import Final

# 5.1: A4.
PAGE_WIDTH: Final = 210.0
PAGE_HEIGHT: Final = 297.0
# 5.2.1: 天头 37±1, 订口 28±1, 版心 156x225. Bottom and right follow from the paper size.
TOP: Final = 37.0
INSIDE: Final = 28.0
TYPE_WIDTH: Final = 156.0
TYPE_HEIGHT: Final = 225.0
BOTTOM: Final = PAGE_HEIGHT - TOP - TYPE_HEIGHT
OUTSIDE: Final = PAGE_WIDTH - INSIDE - TYPE_WIDTH

# 5.2.3: 22 lines of 28 characters fill the type area. 28 characters of 16 pt are wider than 156 mm,
# so each character is set 0.25 pt tighter; 22 lines of 28.95 pt are 224.7 mm.
LINES: Final = 22
CHARS: Final = 28
LINE_PITCH: Final = 28.95
TRACKING: Final = -0.25

# Chinese type sizes (号) used by the standard.
SIZE_1: Final = 26.0
SIZE_2: Final = 22.0  # 7.3.1 title
SIZE_3: Final = 16.0  # 5.2.2 text
SIZE_4: Final = 14.0  # 7.5 page number, 7.4 imprint
SIZE_5: Final = 10.5

# 7.5: the dashes stand 7 mm below the type area; one character in from the outer edge.
NUMBER_DROP: Final = 7.0
# 7.2.4 and 7.2.7: top of the issuer's mark below the type area's top; red rule below the number.
MARK_DROP: Final = 35.0
RED_RULE_GAP: Final = 4.0
# 7.4.1: rules of the imprint.
IMPRINT_OUTER: Final = 0.35
IMPRINT_INNER: Final = 0.25

# A stand-alone overview is not bound into a document: a plain landscape sheet with narrower margins.
LANDSCAPE_TOP: Final = 17.0
LANDSCAPE_BOTTOM: Final = 18.0
LANDSCAPE_SIDE: Final = 15.0

RED: Final = "#c00000"

# Names that Chinese offices expect to find in a Word file; Word substitutes what a machine lacks.
WORD_FONTS: Final = {
    "title": "方正小标宋简体",
    "body": "仿宋_GB2312",
    "hei": "黑体",
    "kai": "楷体_GB2312",
    "song": "宋体",
}
