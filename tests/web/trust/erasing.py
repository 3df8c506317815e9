"""What the tests of erasures share: a person and a file that are to be erased, and a look into every column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory

from qingdan.web.common import attachments, clock, inbox, log
from qingdan.web.common.models import Attachment, Event
from qingdan.web.units import services, signin
from qingdan.web.units.models import AccessChange, Post, Role, User

NAME, USERNAME, EMAIL = "欧阳待删", "ouyang.daishan", "daishan@example.invalid"
FILE_NAME, CONTENT = "欧阳待删体检表.txt", "体检结论：待删人员血压偏高".encode()
GROUND = "《个人信息保护法》第四十七条第一款第一项，本人书面申请"


@dataclass
class Scene:
    """The people concerned; ``gone`` held a post until yesterday, uploaded ``file`` and is told of in the inbox."""

    system: User
    security: User
    inspector: User
    other: User
    gone: User
    file: Attachment


def make_scene(person: Callable[..., User]) -> Scene:
    system = person(Role.SYSTEM_ADMIN, "信息中心", "sys")
    security = person(Role.SECURITY_ADMIN, "信息中心", "sec")
    inspector = person(Role.DISCIPLINE, "区纪委监察局", "inspector")
    other = person(Role.REPORTER, "区住建局", "other")
    gone = services.add_person(system, username=USERNAME, name=NAME, email=EMAIL, must_change=False).user
    post = Post.objects.get(holdings__user=other)
    today = clock.today()
    change(system, security, AccessChange.Kind.APPOINT, post, user=gone, effective_on=today - timedelta(30))
    signin.try_sign_in(RequestFactory().post("/signin/"), USERNAME, "wrong")
    gone = User.objects.get(pk=gone.pk)
    file = attachments.store(gone, SimpleUploadedFile(FILE_NAME, CONTENT))
    inbox.notify([other], key="told", title=f"{NAME}提交了材料", body=f"{NAME}（{USERNAME}）")
    inbox.notify([gone], key="told", title=f"{NAME}，您好")
    services.edit_person(system, gone, name=NAME, email="")
    change(system, security, AccessChange.Kind.DISMISS, post, user=gone, effective_on=today)
    log.seal_now()
    return Scene(system, security, inspector, other, User.objects.get(pk=gone.pk), file)


def change(system: User, security: User, kind: str, post: Post, **details: Any) -> None:
    services.change_access(system, security, kind, post, reason="任职文件", **details)


def places(words: Iterable[str]) -> dict[str, int]:
    """Where the words stand: rows by table.column, over every column of every table that the database has."""
    found = {}
    # JSON written by Django spells other letters than ASCII as escapes.
    forms = {form for word in words for form in (word, json.dumps(word)[1:-1])}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview | bytes) else value
                    if any(form in str(text) for form in forms):
                        found[f"{table}.{name}"] = found.get(f"{table}.{name}", 0) + 1
    return found


def blanked(part: str) -> set[int]:
    """The events that lost this part."""
    return set(Event.objects.filter(**{f"{part}_salt": ""}).values_list("pk", flat=True))
