"""Attachments: told by content, kept once, handed out to whom it may concern. Every file here is made up."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from qingdan.web.common import attachments
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Attachment, Event
from qingdan.web.units.models import Role

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x")  # no time of day: the same bytes in every run
    return held.getvalue()


XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")


@pytest.fixture
def reporter(person):
    return person(Role.REPORTER, "区住建局")


def put(user, name, data):
    return attachments.store(user, SimpleUploadedFile(name, data))


@pytest.mark.parametrize(
    ("name", "data", "kept_as"),
    [
        ("现场.png", PNG, "现场.png"),
        ("现场.PNG", PNG, "现场.png"),
        ("photo.jpg", PNG, "photo.png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0" + b"\0" * 20, "a.jpeg"),
        ("批复.pdf", b"%PDF-1.7\n", "批复.pdf"),
        ("台账.xlsx", XLSX, "台账.xlsx"),
        ("说明.docx", zipped("[Content_Types].xml", "word/document.xml"), "说明.docx"),
        ("旧台账.xls", OLE + "Workbook".encode("utf-16-le"), "旧台账.xls"),
        ("旧说明.doc", OLE + "WordDocument".encode("utf-16-le"), "旧说明.doc"),
        ("表.csv", "项目,进展\n".encode("gb18030"), "表.csv"),
        ("注.txt", "进展正常".encode(), "注.txt"),
        ("run.html", b"<script>alert(1)</script>", "run.txt"),
    ],
)
def test_a_file_is_kept_under_what_it_is(reporter, name, data, kept_as):
    attachment = put(reporter, name, data)
    assert attachment.name == kept_as
    assert attachments.open_attachment(attachment).read() == data


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.zip", zipped("a.txt"), "不收压缩包"),
        ("a.docx", zipped("a.txt"), "不收压缩包"),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "带有宏"),
        ("a.xlsx", XLSX[:40], "已损坏"),
        ("a.exe", b"MZ\x90\0\x03", "不是可以上传的文件类型"),
        ("a.msi", OLE, "不是可以上传的文件类型"),
        ("a.txt", b"", "空的"),
        ("a.txt", b"a" * (20 * 1024 * 1024 + 1), "超过 20 MB"),
        ("a.txt", b"a\0b", "不是可以上传的文件类型"),
    ],
    ids=["zip", "zip-as-docx", "macros", "torn", "program", "installer", "empty", "large", "binary-as-text"],
)
def test_what_is_not_taken_is_said_with_a_remedy(reporter, name, data, said):
    with pytest.raises(DomainError) as caught:
        put(reporter, name, data)
    assert said in str(caught.value) and caught.value.remedy
    assert not Attachment.objects.exists() and not Event.objects.exclude(actor=None).exists()


def test_the_same_content_lies_on_disk_once_under_its_sum(reporter, person):
    one = put(reporter, "a.png", PNG)
    two = put(person(Role.REPORTER, "区商务局"), "b.png", PNG)
    assert one.pk != two.pk and one.sha256 == two.sha256
    kept = attachments.path_of(one.sha256)  # other tests' files may share its folder, never its name
    assert [p for p in kept.parent.parent.rglob("*") if one.sha256 in p.name] == [kept]
    assert Event.objects.filter(verb="common.store_attachment").count() == 2


@given(st.text(max_size=200))
def test_a_cleaned_name_is_safe_whatever_was_sent(name):
    clean = attachments.clean_name(name, attachments.PDF)
    assert clean.endswith(".pdf") and 4 < len(clean) <= 120
    assert not set(clean) & set('/\\<>:"|?*\r\n\0\u202e') and not clean.startswith(".")


@given(st.binary(max_size=400))
def test_any_bytes_get_a_kind_or_a_message(data):
    try:
        kind = attachments.kind_of(data, "x")
    except DomainError as error:
        assert error.reason and error.remedy
    else:
        assert kind.endings


def test_only_the_uploader_sees_a_file_until_an_app_says_more(reporter, person, monkeypatch):
    other = person(Role.REPORTER, "区商务局")
    attachment = put(reporter, "a.png", PNG)
    assert attachments.visible_to(reporter).get() == attachment
    assert not attachments.visible_to(other).exists()
    monkeypatch.setattr(attachments, "_visibilities", [])
    attachments.register_visibility(lambda user: Attachment.objects.filter(name="a.png").values("pk"))
    assert attachments.visible_to(other).get() == attachment


def test_a_file_lost_from_the_disk_is_said(reporter):
    attachment = put(reporter, "z.png", PNG + b"lost")
    attachments.path_of(attachment.sha256).unlink()
    with pytest.raises(DomainError, match="找不到"):
        attachments.open_attachment(attachment)
