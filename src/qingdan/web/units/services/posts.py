"""Posts. Each carries a business duty and an integrity duty (一岗双责); who holds it is a change of access."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.errors import DomainError
from qingdan.web.common.events import record
from qingdan.web.common.rights import require

from .. import rights
from ..models import Post, Unit, User


@transaction.atomic
def add_post(actor: User, unit: Unit, *, title: str, duty: str, integrity_duty: str) -> Post:
    """Add a post to a unit. Both duties are asked for: whoever is in charge of work is in charge of its integrity."""
    require(rights.can_edit_posts(actor))
    if unit.closed_on:
        raise DomainError(unit.name, _("该单位已撤销，不能设岗。"), "")
    title, duty, integrity_duty = _checked(unit, title, duty, integrity_duty)
    post = Post.objects.create(unit=unit, title=title, duty=duty, integrity_duty=integrity_duty)
    record(actor, "units.add_post", post, duty=duty, integrity_duty=integrity_duty)
    return post


@transaction.atomic
def edit_post(actor: User, post: Post, *, title: str, duty: str, integrity_duty: str) -> Post:
    """Change a post's title and duties."""
    require(rights.can_edit_posts(actor))
    post = Post.objects.select_for_update().select_related("unit").get(pk=post.pk)
    title, duty, integrity_duty = _checked(post.unit, title, duty, integrity_duty, post)
    after = {"title": title, "duty": duty, "integrity_duty": integrity_duty}
    before = {field: getattr(post, field) for field in after}
    for field, value in after.items():
        setattr(post, field, value)
    post.save()
    changed = {key: {"before": before[key], "after": after[key]} for key in after if before[key] != after[key]}
    record(actor, "units.edit_post", post, changed=changed)
    return post


@transaction.atomic
def close_post(actor: User, post: Post, *, on: date) -> Post:
    """Close a post from day ``on``. Refused while somebody holds it: ending that takes two administrators."""
    require(rights.can_edit_posts(actor))
    post = Post.objects.select_for_update().get(pk=post.pk)
    if post.closed_on:
        raise DomainError(str(post), _("该岗位已撤销。"), "")
    if post.holdings.exclude(until__lt=on).exists():
        raise DomainError(str(post), _("该岗位在撤销日仍有任职人员。"), _("请先提出免职，经另一名管理员同意后再撤销。"))
    post.closed_on = on
    post.save(update_fields=["closed_on"])
    record(actor, "units.close_post", post, on=on)
    return post


def _checked(unit: Unit, title: str, duty: str, integrity: str, own: Post | None = None) -> tuple[str, str, str]:
    title, duty, integrity = " ".join(title.split()), duty.strip(), integrity.strip()
    if not title or len(title) > 100:
        raise DomainError(_("岗位名称"), _("名称为空或超过 100 字。"), _("请修改。"), field="title")
    same = unit.posts.filter(title=title).first()
    if same is not None and same != own:
        raise DomainError(title, _("该单位已有同名岗位。"), _("请另起名称。"), field="title")
    if not duty:
        raise DomainError(title, _("未写业务职责。"), _("一岗双责：业务职责与廉政职责都须写明。"), field="duty")
    if not integrity:
        raise DomainError(
            title, _("未写廉政职责。"), _("一岗双责：业务职责与廉政职责都须写明。"), field="integrity_duty"
        )
    return title, duty, integrity
