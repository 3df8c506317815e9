"""What a file is follows from its content; what cannot be read is refused with place, reason and remedy."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import openpyxl
import pytest
from messy_ledgers import old_xls, table

from qingdan.sheets import Field, Limits, RowKind, SheetError, find_ledgers, read_grid

GOOD = [["工作内容", "牵头单位"], ["事", "甲局"]]


def refused(data: bytes, name: str = "台账.xlsx", limits: Limits | None = None) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read_grid(data, name, limits or Limits())
    error = caught.value
    assert error.place and error.reason and error.remedy
    assert str(error) == f"{error.place}：{error.reason}。{error.remedy}"
    return error


def repacked(data: bytes, change: dict[str, bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["台账.xls", "台账.csv", "台账", "台账.docx"])
def test_the_name_does_not_matter(name: str) -> None:
    assert read_grid(table(GOOD), name).kind == "xlsx"


def test_an_xls_named_xlsx_is_an_xls() -> None:
    assert read_grid(old_xls(GOOD), "台账.xlsx").kind == "xls"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "文件是空的"),
        (b"   \n \n", "empty", "文件是空的"),
        (b"PK\x03\x04 cut", "broken", "已损坏"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "wrong_type", "实为网页"),
        (b'<?xml version="1.0"?><Workbook/>', "wrong_type", "实为网页"),
        (b"%PDF-1.7 ...", "wrong_type", "其他格式"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "wrong_type", "二进制"),
        (b"\xff\xff\xff\x81", "wrong_type", "文字编码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "wrong_type", "不是工作簿"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "wrong_type", ".doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted", "密码"),
        (b'a,b\n"open,quote\n', "broken", "引号"),
    ],
)
def test_wrong_files_are_refused_in_words(data: bytes, code: str, words: str) -> None:
    error = refused(data)
    assert error.code == code
    assert words in str(error)


def test_other_zips_are_told_apart() -> None:
    def zipped(name: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr(name, "x")
        return buffer.getvalue()

    assert ".xlsb" in refused(zipped("xl/workbook.bin")).reason
    assert "OpenDocument" in refused(zipped("mimetype")).reason
    assert "压缩包" in refused(zipped("台账.txt")).reason


def test_a_workbook_saved_by_another_library_is_read_through_the_ordinary_door() -> None:
    book = openpyxl.Workbook()
    for row in GOOD:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    (ledger,) = find_ledgers(read_grid(buffer.getvalue(), "a.xlsx"))
    assert ledger.rows()[1].values[Field.LEAD].text == "甲局"


def test_cells_without_addresses_and_with_prefixes_are_read_too() -> None:
    data = table(GOOD)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    for ref in ("A1", "B1", "A2", "B2"):
        sheet = sheet.replace(f' r="{ref}"', "")
    book = read_grid(repacked(data, {"xl/worksheets/sheet1.xml": sheet.encode()}), "a.xlsx")
    assert book.sheets[0].rows == GOOD


def test_macros_are_ignored_with_a_note() -> None:
    book = read_grid(repacked(table(GOOD), {}, {"xl/vbaProject.bin": b"macro"}), "a.xlsm")
    assert book.notes == ["文件带有宏，宏没有运行，只读取了单元格。"]
    assert find_ledgers(book)


def test_size_limits() -> None:
    small = Limits(max_bytes=1000)
    assert refused(table(GOOD), limits=small).code == "too_big"
    rows = [*GOOD, *[["事", "甲局"]] * 50]
    error = refused(table(rows), limits=Limits(max_rows=30))
    assert (error.code, error.place) == ("too_many_rows", "“7月”第52行")
    wide = [["工作内容", "牵头单位", *[None] * 40, "x"]]
    error = refused(table(wide), limits=Limits(max_columns=40))
    assert (error.code, error.place) == ("too_many_columns", "“7月”AQ1")
    assert refused(table(rows), limits=Limits(max_cells=50)).code == "too_many_cells"
    assert refused("工作内容\n事\n事\n".encode(), limits=Limits(max_rows=2)).code == "too_many_rows"
    assert refused(b",".join([b"a"] * 9), limits=Limits(max_columns=5)).code == "too_many_columns"


def test_a_far_away_cell_is_refused_before_anything_is_allocated() -> None:
    rows = [*GOOD]
    data = table(rows)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    far = sheet.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    assert refused(repacked(data, {"xl/worksheets/sheet1.xml": far.encode()})).code == "too_many_rows"
    # The same hidden behind a prefix cannot be weighed, so it is read where memory has a ceiling.
    prefixed = sheet.replace(
        "<worksheet ", '<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    )
    prefixed = prefixed.replace(
        "</sheetData>", '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row></sheetData>'
    )
    assert refused(repacked(data, {"xl/worksheets/sheet1.xml": prefixed.encode()})).code in ("bomb", "broken")


def test_formatted_but_empty_cells_far_away_do_not_count() -> None:
    data = table(GOOD)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    sheet = sheet.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    book = read_grid(repacked(data, {"xl/worksheets/sheet1.xml": sheet.encode()}), "a.xlsx")
    assert book.sheets[0].rows == GOOD


def test_zip_bombs_by_size_by_number_and_by_lie() -> None:
    data = table(GOOD)
    bomb = repacked(data, {}, {"xl/media/image1.png": b"\0" * (64 * 1024 * 1024)})
    assert len(bomb) < 200_000
    assert refused(bomb).code == "bomb"
    many = repacked(data, {}, {f"x{number}": b"" for number in range(2100)})
    assert refused(many).code == "bomb"
    assert refused(lying_zip(data)).code in ("bomb", "broken")


def lying_zip(data: bytes) -> bytes:
    """A sheet that declares a hundred bytes and inflates to forty megabytes, check sum adapted to the lie."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content += b" " * (40 * 1024 * 1024)
                first = zlib.crc32(content[:100])
            new.writestr(name, content)
            info = new.getinfo(name)
            if name == "xl/worksheets/sheet1.xml":
                true_size = struct.pack("<II", info.compress_size, info.file_size)
                true_crc = struct.pack("<I", info.CRC)
                lie = struct.pack("<II", info.compress_size, 100)
    return buffer.getvalue().replace(true_crc + true_size, struct.pack("<I", first) + lie)


def test_one_long_text_used_everywhere_is_refused() -> None:
    data = table([["工作内容", "牵头单位"], *[["长" * 30_000, "甲局"]] * 300])
    assert len(data) < 100_000
    assert refused(data, limits=Limits(max_text=1_000_000)).code == "too_long"


def test_passwords_and_document_types_are_refused() -> None:
    data = table(GOOD)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml")
    evil = sheet.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1)
    assert refused(repacked(data, {"xl/worksheets/sheet1.xml": evil})).code == "broken"
    locked = bytearray(data)
    at = locked.find(b"PK\x01\x02")
    locked[at + 8] |= 1  # the encryption flag of the central directory
    assert refused(bytes(locked)).code == "encrypted"


def test_overlapping_giant_merges_are_refused() -> None:
    data = table([["工作内容", "牵头单位"], *[["事", "甲局"]] * 3000])
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        sheet = file.read("xl/worksheets/sheet1.xml")
    ranges = b"".join(b'<mergeCell ref="A%d:B1048576"/>' % row for row in range(2, 2900))
    evil = sheet.replace(b"</sheetData>", b"</sheetData><mergeCells>" + ranges + b"</mergeCells>")
    assert refused(repacked(data, {"xl/worksheets/sheet1.xml": evil})).code == "too_many_cells"


def test_a_hundred_thousand_rows_are_read() -> None:
    text = "大项,工作内容,牵头单位\n" + "".join(f"项{n // 7},事{n},甲局\n" for n in range(99_999))
    (ledger,) = find_ledgers(read_grid(text.encode(), "大.csv"))
    rows = ledger.rows()
    assert len(rows) == 100_000
    assert rows[-1].kind is RowKind.DATA
    assert rows[-1].values[Field.TASK].text == "事99998"
