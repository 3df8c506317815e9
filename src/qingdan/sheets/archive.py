"""Weigh a packed workbook before anything parses it.

An .xlsx or .docx is a ZIP of XML parts. Its declared sizes can lie, a few kilobytes can inflate to
gigabytes, and one cell at XFD1048576 makes a reader allocate the whole rectangle. So every XML part is
inflated here with a ceiling, and the cell addresses are read from the XML first.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from .errors import SheetError
from .grid import MIB, Limits, column_letters

_SAVE_AGAIN = "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"


def broken(place: str, detail: str = "文件已损坏或没有传完整") -> SheetError:
    return SheetError(place, detail, f"请重新导出或重新上传；仍不行{_SAVE_AGAIN}", "broken")


class Archive:
    """The XML parts of a ZIP, each inflated once and never beyond the limits."""

    def __init__(self, data: bytes, place: str, limits: Limits) -> None:
        self.data, self.place, self.limits = data, place, limits
        self._left = limits.max_inflated
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as zipped:
                infos = zipped.infolist()
        except Exception as error:  # zipfile lets struct, value, overflow and other errors through
            raise broken(place) from error
        if len(infos) > limits.max_entries:
            raise SheetError(
                place, f"压缩包内有 {len(infos)} 个部件，超过 {limits.max_entries} 个", _SAVE_AGAIN, "bomb"
            )
        self.infos = {info.filename: info for info in infos}
        if len(self.infos) != len(infos):
            raise broken(place, "压缩包内有重名的部件")
        if any(info.flag_bits & 1 for info in infos):
            raise SheetError(place, "文件设置了密码", "请取消密码后重新保存", "encrypted")
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise broken(place, "压缩方式不是办公文件通用的方式")
        self._weigh(sum(info.file_size for info in infos))

    def _weigh(self, inflated: int) -> None:
        ratio = inflated / max(1, len(self.data))
        if inflated > self.limits.max_inflated or (inflated > 32 * MIB and ratio > self.limits.max_ratio):
            raise SheetError(
                self.place,
                f"展开后约 {inflated // MIB} MiB，是文件本身的 {ratio:.0f} 倍，疑为压缩炸弹",
                "请删去空白行列和图片后另存；确有大量数据请拆成几个文件",
                "bomb",
            )

    def names(self, folder: str = "") -> list[str]:
        return [name for name in self.infos if name.startswith(folder)]

    def read(self, name: str) -> bytes:
        """One part, inflated; the true size must be the declared one (a reader may trust either)."""
        info = self.infos[name]
        try:
            start = info.header_offset
            if self.data[start : start + 4] != b"PK\x03\x04":
                raise broken(self.place)
            name_length, extra_length = struct.unpack_from("<HH", self.data, start + 26)
            start += 30 + name_length + extra_length
            packed = self.data[start : start + info.compress_size]
            if len(packed) != info.compress_size:
                raise broken(self.place)
            if info.compress_type == zipfile.ZIP_STORED:
                raw = packed
            else:
                engine = zlib.decompressobj(-15)
                raw = engine.decompress(packed, info.file_size + 1)
                if not engine.eof and len(raw) <= info.file_size:
                    raise broken(self.place)
        except (zlib.error, struct.error, MemoryError) as error:
            raise broken(self.place) from error
        if len(raw) != info.file_size:
            raise SheetError(self.place, f"部件 {name} 的实际大小与声明的不符", _SAVE_AGAIN, "bomb")
        if zlib.crc32(raw) != info.CRC:
            raise broken(self.place)
        self._left -= len(raw)
        if self._left < 0:
            self._weigh(self.limits.max_inflated + 1)
        return raw

    def xml(self, name: str) -> etree._Element:
        """One part as a tree. Entities are not resolved and a document type is refused."""
        raw = self.read(name)
        if b"<!DOCTYPE" in raw or raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise broken(self.place, f"部件 {name} 不是办公软件通用的写法")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(raw, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise broken(self.place) from error


@dataclass(slots=True)
class SheetFacts:
    """What the XML of one sheet tells beyond the values: cell references and texts for notes."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    unsaved_formulas: list[str] = field(default_factory=list)
    months: dict[str, str] = field(default_factory=dict)
    percents: list[str] = field(default_factory=list)


_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^<>]*?(/?)>')
# A cell that holds something, in a column beyond Z.
_WIDE = re.compile(rb'<c r="[A-Z]{2,3}\d+"(?:[^<>/]*)>')
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"[^<>]{0,300}\st="e"[^<>]{0,300}>'
    rb"(?:<f[^<>]{0,300}(?:/>|>[^<]*</f>))?<v>([^<]{1,20})</v>"
)
# A formula whose saved result is an empty text has t="str"; one that was never calculated has not.
_UNSAVED = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"(?![^<>]{0,300}\st="str")[^<>]{0,300}>'
    rb"<f[^<>]{0,300}(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)
_SHARED = re.compile(rb'\st="s"[^<>]{0,300}><v>(\d{1,9})</v>')
# Built-in formats of the Chinese Excel that show a year and a month only (ECMA-376-1, 18.8.30).
_MONTH_IDS = {17: "ym", 27: "ym", 36: "ym", 50: "ym", 52: "ym", 57: "ym"}
_PERCENT_IDS = {9, 10}


def scan_workbook(archive: Archive) -> tuple[dict[str, SheetFacts], bool]:
    """Facts per sheet name, and whether the XML is of the ordinary form that could be weighed.

    Raises SheetError where a sheet is beyond the limits. A sheet that is not of the ordinary form (other
    prefixes, cells without addresses) is not wrong, it must only be read under a memory ceiling.
    """
    parts = _sheet_parts(archive)
    months, percents = _special_styles(archive)
    shared = archive.read("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in archive.infos else b""
    lengths = [len(item) for item in shared.split(b"<si>")[1:]]
    ordinary = not re.search(rb":si[\s/>]|<si\s", shared)
    facts: dict[str, SheetFacts] = {}
    for part in archive.names("xl/worksheets/"):
        if not part.endswith(".xml") or part.count("/") != 2:
            continue
        raw = archive.read(part)
        name = parts.get(part, "")
        if b"<!DOCTYPE" in raw or b"\0" in raw[:200]:
            raise broken(archive.place, f"部件 {part} 不是办公软件通用的写法")
        cells = raw.count(b'<c r="')
        # Names cells in another way (prefix, no address): calamine reads it, but it cannot be weighed here.
        ordinary = ordinary and cells == raw.count(b"<c ")
        for strange in (rb"<c[\t\r\n/>]", rb":c[\s/>]", rb"<c [^<>]{300}"):
            ordinary = ordinary and not re.search(strange, raw)
        _check_size(raw, name or part, archive.limits)
        _check_texts(raw, cells, lengths, name or part, archive.limits)
        if name:
            facts[name] = _facts(raw, months, percents)
    return facts, ordinary


def _check_size(raw: bytes, name: str, limits: Limits) -> None:
    # Most sheets have no cell beyond Z and no row with as many digits as the limit: nothing to count there.
    tall = re.search(rb'<c r="[A-Z]{1,3}\d{%d,}"' % len(str(limits.max_rows)), raw)
    if not tall and not _WIDE.search(raw) and limits.max_columns >= 26 and limits.max_rows * 26 <= limits.max_cells:
        return
    cells: list[tuple[bytes, bytes, bytes]] = _CELL.findall(raw)
    full = [(letters, int(row)) for letters, row, closed in cells if not closed]
    if not full:
        return
    last_row = max(row for _, row in full)
    place = f"“{name}”"
    if last_row > limits.max_rows:
        raise SheetError(
            f"{place}第{last_row}行",
            f"超过 {limits.max_rows} 行",
            "请删去末尾的空行和多余内容，或拆成几个文件",
            "too_many_rows",
        )
    widest = max({letters for letters, _ in full}, key=lambda letters: (len(letters), letters))
    columns = 0
    for letter in widest:
        columns = columns * 26 + letter - 64
    if columns > limits.max_columns:
        row = next(row for letters, row in full if letters == widest)
        raise SheetError(
            f"{place}{column_letters(columns - 1)}{row}",
            f"有内容的列超过 {limits.max_columns} 列",
            "请删去右侧多余的列",
            "too_many_columns",
        )
    first = min(row for _, row in full)
    if (last_row - first + 1) * columns > limits.max_cells:
        raise SheetError(
            place, f"共 {last_row} 行 {columns} 列，超过 {limits.max_cells} 格", "请拆成几个文件", "too_many_cells"
        )


def _check_texts(raw: bytes, cells: int, lengths: list[int], name: str, limits: Limits) -> None:
    """One long shared text used by a hundred thousand cells is copied as often when read."""
    if max(lengths, default=0) * cells <= limits.max_text:
        return
    total = sum(lengths[index] for index in map(int, _SHARED.findall(raw)) if index < len(lengths))
    if total > limits.max_text:
        raise SheetError(
            f"“{name}”", f"文字合计超过 {limits.max_text // 1_000_000} 百万字节", "请拆成几个文件", "too_long"
        )


def _facts(raw: bytes, months: dict[bytes, str], percents: set[bytes]) -> SheetFacts:
    facts = SheetFacts()
    if b't="e"' in raw:
        facts.errors = [(ref.decode(), text.decode("utf-8", "replace")) for ref, text in _ERROR.findall(raw)]
    if b"<f>" in raw or b"<f " in raw or b"<f/" in raw:
        facts.unsaved_formulas = [ref.decode() for ref in _UNSAVED.findall(raw)]
    if months or percents:
        wanted = b"|".join(sorted({*months, *percents}))
        pattern = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"[^<>]{0,300}?\ss="(' + wanted + rb')"[^<>/]{0,300}>')
        for ref, style in pattern.findall(raw):
            if style in months:
                facts.months[ref.decode()] = months[style]
            else:
                facts.percents.append(ref.decode())
    return facts


def _sheet_parts(archive: Archive) -> dict[str, str]:
    """Part name -> sheet name."""
    if "xl/workbook.xml" not in archive.infos or "xl/_rels/workbook.xml.rels" not in archive.infos:
        return {}
    targets = {}
    for link in archive.xml("xl/_rels/workbook.xml.rels").iter("{*}Relationship"):
        target = link.get("Target", "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        targets[link.get("Id")] = part
    names = {}
    for sheet in archive.xml("xl/workbook.xml").iter("{*}sheet"):
        link_id = next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), None)
        if link_id in targets:
            names[targets[link_id]] = str(sheet.get("name", ""))
    return names


def _special_styles(archive: Archive) -> tuple[dict[bytes, str], set[bytes]]:
    """Style numbers that show a date as year and month (``ym``, ``y``, ``m``), and those that show per cent."""
    if "xl/styles.xml" not in archive.infos:
        return {}, set()
    root = archive.xml("xl/styles.xml")
    months_by_format = dict(_MONTH_IDS)
    percents_by_format = set(_PERCENT_IDS)
    for item in root.iter("{*}numFmt"):
        number = item.get("numFmtId", "")
        if not number.isdecimal():
            continue
        code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.', "", item.get("formatCode", "").split(";")[0]).lower()
        if "%" in code:
            percents_by_format.add(int(number))
        elif re.search("[ymd]", code) and not re.search("[dhs]", code):
            months_by_format[int(number)] = ("y" if "y" in code else "") + ("m" if "m" in code else "")
    months: dict[bytes, str] = {}
    percents: set[bytes] = set()
    for group in root.iter("{*}cellXfs"):
        for index, style in enumerate(group.iterchildren("{*}xf")):
            number = style.get("numFmtId", "0")
            if not number.isdecimal():
                continue
            if int(number) in months_by_format:
                months[str(index).encode()] = months_by_format[int(number)]
            elif int(number) in percents_by_format:
                percents.add(str(index).encode())
    return months, percents
