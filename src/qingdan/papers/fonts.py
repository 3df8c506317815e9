"""Which fonts a PDF is set in.

Looked for, in this order: the directory named by QINGDAN_FONTS (offices that own 方正小标宋 or 仿宋_GB2312
put them there), `fonts/` inside this package (open fonts, copied at build time as `font_sources.json` says),
the fonts of the system. Each role has a list of families; the ones present are all handed to the
typesetter, so a character that the first family lacks (珪 in many 仿宋 fonts) is taken from the next.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst

from .errors import PaperError

PACKAGE_FONTS = Path(__file__).with_name("fonts")

_SERIF = ("Noto Serif SC", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "宋体", "FandolSong")
_SANS = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei")
_ROLES: dict[str, tuple[str, ...]] = {
    # FZXiaoBiaoSong is heavy by itself; the stand-in is a bold serif.
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK", *_SERIF),
    # "FandolFang R" is how the family of Fandol's 仿宋 names itself.
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "FandolFang R", "FandolFang", *_SERIF),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "LXGW WenKai", "FandolKai", *_SERIF),
    "hei": ("SimHei", "黑体", "FandolHei", *_SANS, *_SERIF),
    "song": ("SimSun", "宋体", *_SERIF),
}


@dataclass(frozen=True)
class FontSet:
    """The fonts found: families per role, in order of preference, and the typesetter's handle on them."""

    roles: dict[str, tuple[str, ...]]
    handle: typst.Fonts

    @property
    def families(self) -> frozenset[str]:
        return frozenset(family for families in self.roles.values() for family in families)


def font_dirs() -> tuple[str, ...]:
    """Directories searched before the system's fonts. A QINGDAN_FONTS that does not exist is an error:
    an office that paid for its fonts wants to know that they are not used."""
    dirs = []
    if configured := os.environ.get("QINGDAN_FONTS", "").strip():
        if not Path(configured).is_dir():
            raise PaperError(
                "字体目录", f"环境变量 QINGDAN_FONTS 指向的目录“{configured}”不存在", "请改正路径或取消该设置"
            )
        dirs.append(configured)
    if PACKAGE_FONTS.is_dir():
        dirs.append(str(PACKAGE_FONTS))
    return tuple(dirs)


def find_fonts() -> FontSet:
    """The fonts of this machine (searched once per set of directories)."""
    return _find(font_dirs())


@lru_cache(maxsize=4)
def _find(dirs: tuple[str, ...]) -> FontSet:
    handle = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=list(dirs))
    present = set(handle.families())
    roles = {role: tuple(name for name in names if name in present) for role, names in _ROLES.items()}
    if not all(roles.values()):
        raise PaperError(
            "字体",
            "没有找到可用的中文字体",
            "请安装思源宋体和思源黑体（Debian：fonts-noto-cjk），或用环境变量 QINGDAN_FONTS 指定字体目录",
        )
    return FontSet(roles, handle)
