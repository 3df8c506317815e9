"""Checkpoints of the log and who has confirmed them; requests to erase personal data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.models import InsertOnly


class Checkpoint(InsertOnly):
    """The log's root at one size, signed (docs/log-format.md, Checkpoint). Public."""

    size = models.PositiveBigIntegerField(_("记录数"), primary_key=True)
    root = models.CharField(_("根值"), max_length=64)
    note = models.TextField(_("签名文本"), help_text="signed note, without cosignatures")
    made_at = models.DateTimeField(_("生成时间"))

    not_a_fact = "signed by the log's key; an event for each would call for the next checkpoint"

    class Meta:
        ordering = ["-size"]

    def __str__(self) -> str:
        return f"{self.size}"


class Witness(models.Model):
    """Another body whose key confirms checkpoints. Public. Ended, never removed."""

    name = models.CharField(_("密钥名"), max_length=100, unique=True)
    body = models.CharField(_("见证单位"), max_length=100)
    vkey = models.CharField(_("公钥"), max_length=300)
    since = models.DateField(_("起"))
    until = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        ordering = ["since", "name"]

    def __str__(self) -> str:
        return self.body


class Cosignature(InsertOnly):
    """A witness's signature under a checkpoint. Public."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures")
    witness = models.ForeignKey(Witness, models.PROTECT, related_name="cosignatures")
    line = models.CharField(max_length=400)
    signed_at = models.DateTimeField(_("见证时间"), help_text="as the witness says in its signature")

    not_a_fact = "signed by the witness's key"

    class Meta:
        ordering = ["-checkpoint_id"]
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="cosignature_once")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} {self.witness}"


class ErasureRequest(InsertOnly):
    """Somebody asks that personal data of one object be erased from the record, with the legal ground."""

    class Scope(models.TextChoices):
        WHAT = "what", _("事项内容")
        WHO = "who", _("办理人身份")
        BOTH = "both", _("内容与身份")

    object_type = models.CharField(_("对象类型"), max_length=80)
    object_id = models.CharField(_("对象编号"), max_length=40)
    scope = models.CharField(_("范围"), max_length=4, choices=Scope)
    reason = models.CharField(_("依据与理由"), max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"))

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}"


class ErasureDecision(InsertOnly):
    """A second person's decision on a request; a granted one is carried out in the same transaction."""

    request = models.OneToOneField(ErasureRequest, models.PROTECT, related_name="decision")
    granted = models.BooleanField(_("同意"))
    reason = models.CharField(_("说明"), max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("决定时间"))
    events = models.PositiveIntegerField(_("涉及记录数"), default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.request} {self.granted}"
