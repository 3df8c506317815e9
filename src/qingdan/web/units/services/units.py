"""Units and their names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require

from .. import rights
from ..models import Unit, UnitName, User
from ..resolve import UnitIndex, normalise


@transaction.atomic
def add_unit(
    actor: User,
    *,
    name: str,
    kind: str = Unit.Kind.BUREAU,
    code: str = "",
    parent: Unit | None = None,
    members: Iterable[Unit] = (),
    aliases: Iterable[str] = (),
    sort: int | None = None,
) -> Unit:
    """Add a unit. Without ``code`` the next free one is given; without ``sort`` it stands last."""
    require(rights.can_edit_units(actor))
    name = _clean(name)
    _check_name_free(name)
    members = list(members)
    _check_kind(kind, members)
    count = Unit.objects.count()
    unit = Unit.objects.create(
        code=_clean_code(code) if code else _next_code(count),
        name=name,
        kind=kind,
        parent=parent,
        sort=(count + 1) * 10 if sort is None else sort,
    )
    unit.members.set(members)
    written = [_clean(alias) for alias in aliases]
    for alias in written:
        _check_name_free(alias)
        UnitName.objects.create(unit=unit, name=alias)
    record(
        actor,
        "units.add_unit",
        unit,
        code=unit.code,
        kind=unit.kind,
        parent=parent,
        members=[member.name for member in members],
        aliases=written,
    )
    return unit


@transaction.atomic
def edit_unit(
    actor: User,
    unit: Unit,
    *,
    name: str,
    kind: str,
    code: str,
    parent: Unit | None,
    members: Iterable[Unit] = (),
    sort: int = 0,
) -> Unit:
    """Change a unit; its previous name stays as a former name, so that old ledgers still find it."""
    require(rights.can_edit_units(actor))
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    before: dict[str, object] = {
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind,
        "parent": unit.parent,
        "sort": unit.sort,
    }
    name, members = _clean(name), list(members)
    _check_kind(kind, members)
    _check_parent(unit, parent)
    if any(member.pk == unit.pk for member in members):
        raise DomainError(unit.name, _("集体单位不得包含自己。"), _("请去掉。"), field="members")
    if normalise(name) != normalise(unit.name):
        _check_name_free(name, unit)
        # A name taken up again is no longer a former one.
        UnitName.objects.filter(unit=unit, name=name).delete()
        UnitName.objects.update_or_create(
            name=unit.name, defaults={"unit": unit, "kind": UnitName.Kind.FORMER, "until": clock.today()}
        )
    unit.name, unit.kind, unit.parent, unit.sort = name, kind, parent, sort
    unit.code = _clean_code(code, unit)
    unit.save()
    members_before = [member.name for member in unit.members.all()]
    unit.members.set(members)
    after = {"code": unit.code, "name": name, "kind": kind, "parent": parent, "sort": sort}
    changed: dict[str, object] = {
        key: {"before": before[key], "after": after[key]} for key in after if before[key] != after[key]
    }
    if sorted(members_before) != sorted(member.name for member in members):
        changed["members"] = {"before": members_before, "after": [member.name for member in members]}
    record(actor, "units.edit_unit", unit, changed=changed)
    return unit


@transaction.atomic
def close_unit(actor: User, unit: Unit, *, on: date, into: Unit | None = None) -> Unit:
    """Close a unit from day ``on``; with ``into`` it is merged: all its names become former names of that unit.

    Refused while the unit has open posts or open units under it.
    """
    require(rights.can_edit_units(actor))
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    if unit.closed_on:
        raise DomainError(unit.name, _("该单位已撤销。"), "")
    if unit.posts.filter(closed_on__isnull=True).exists():
        raise DomainError(unit.name, _("该单位还有未撤销的岗位。"), _("请先撤销各岗位。"))
    if unit.children.open_on(on).exists():
        raise DomainError(unit.name, _("该单位还有下级单位。"), _("请先调整下级单位的上级。"))
    if into is not None:
        if into.pk == unit.pk or into.closed_on:
            raise DomainError(unit.name, _("不能并入自己或已撤销的单位。"), _("请另选并入单位。"), field="into")
        unit.names.update(unit=into, kind=UnitName.Kind.FORMER)
        UnitName.objects.update_or_create(
            name=unit.name, defaults={"unit": into, "kind": UnitName.Kind.FORMER, "until": on}
        )
    unit.closed_on = on
    unit.save(update_fields=["closed_on"])
    record(actor, "units.close_unit", unit, on=on, into=into)
    return unit


@transaction.atomic
def add_name(
    actor: User, unit: Unit, name: str, *, kind: str = UnitName.Kind.ALIAS, until: date | None = None
) -> UnitName:
    """Give a unit another name: an alias, or a former name used until a day."""
    require(rights.can_add_alias(actor))
    name = _clean(name)
    _check_name_free(name)
    row = UnitName.objects.create(unit=unit, name=name, kind=kind, until=until)
    record(actor, "units.add_name", unit, name=name, kind=kind, until=until)
    return row


@transaction.atomic
def remove_name(actor: User, row: UnitName) -> Unit:
    """Take a wrong alias or former name away."""
    require(rights.can_add_alias(actor))
    unit = row.unit
    row.delete()
    record(actor, "units.remove_name", unit, name=row.name, kind=row.kind, until=row.until)
    return unit


@transaction.atomic
def learn_alias(actor: User, name: str, unit: Unit) -> Unit:
    """Remember that ``name`` in a ledger means ``unit``; a name that means it already adds nothing."""
    require(rights.can_add_alias(actor))
    known = UnitIndex.load().exact(name)
    if known is None or known.pk != unit.pk:
        add_name(actor, unit, name)
    return unit


def _clean(name: str) -> str:
    name = " ".join(name.split())
    if not normalise(name):
        raise DomainError(_("单位名称"), _("名称不能为空。"), _("请填写。"), field="name")
    if len(name) > 100:
        raise DomainError(_("单位名称"), _("名称超过 100 字。"), _("请缩短。"), field="name")
    return name


def _clean_code(code: str, unit: Unit | None = None) -> str:
    code = code.strip()
    holder = Unit.objects.filter(code=code).first()
    if not code or len(code) > 30 or (holder is not None and holder != unit):
        raise DomainError(_("单位编码"), _("编码“%s”为空、过长或已被使用。") % code, _("请另填一个。"), field="code")
    return code


def _next_code(count: int) -> str:
    number = count + 1
    while Unit.objects.filter(code=f"U{number:04d}").exists():
        number += 1
    return f"U{number:04d}"


def _check_name_free(name: str, own: Unit | None = None) -> None:
    holder = UnitIndex.load().exact(name)
    if holder and (own is None or holder.pk != own.pk):
        raise DomainError(name, _("该名称已属于“%s”。") % holder, _("请核对，或先在该单位去掉此名称。"), field="name")


def _check_kind(kind: str, members: list[Unit]) -> None:
    if kind not in Unit.Kind.values:
        raise DomainError(kind, _("没有这种单位类型。"), _("请从列表中选。"), field="kind")
    if members and kind != Unit.Kind.COLLECTIVE:
        raise DomainError(
            _("包含单位"), _("只有集体单位才能包含其他单位。"), _("请改类型或去掉所选。"), field="members"
        )


def _check_parent(unit: Unit, parent: Unit | None) -> None:
    above = parent
    while above is not None:
        if above.pk == unit.pk:
            raise DomainError(unit.name, _("上级不能是自己或自己的下级。"), _("请另选上级。"), field="parent")
        above = above.parent
