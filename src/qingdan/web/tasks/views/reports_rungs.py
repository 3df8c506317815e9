"""The ladder of reminders and escalations: its rungs as data, and the log of those climbed."""

from __future__ import annotations

from datetime import time
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qingdan.web.common import clock, values
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import send
from qingdan.web.common.forms import put_back
from qingdan.web.common.rights import require
from qingdan.web.units.actors import actor_of
from qingdan.web.units.models import Role, User

from .. import rights
from ..exports import records as files
from ..forms.reports import LogForm, RuleForm
from ..models import EscalationNotice, EscalationRule
from ..services import escalation
from ..services.exports import note_export

PER_PAGE = 100
MOST_ROWS = 20_000


def _log(request: HttpRequest, user: User) -> tuple[LogForm, QuerySet[EscalationNotice]]:
    """The filter bar and the log as far as it is asked for and may be seen."""
    visible = EscalationNotice.objects.visible_to(user)
    units = visible.order_by("unit__sort").values_list("unit_id", "unit__name", "unit__sort").distinct()
    form = LogForm(request.GET, units=[(pk, name) for pk, name, _sort in units])
    since, until = form.span()
    given = form.cleaned_data
    found = visible.filter(at__gte=clock.local(since, time.min), at__lte=clock.end_of(until))
    if given.get("trigger"):
        found = found.filter(rule__trigger=given["trigger"])
    if given.get("unit"):
        found = found.filter(unit=given["unit"])
    return form, found.select_related("unit", "rule", "task")


@require_safe
def escalations(request: HttpRequest) -> HttpResponse:
    """The rungs, and the log of what was climbed: unit, duty, level, time."""
    user = actor_of(request)
    require(rights.may_watch_reporting(user))
    form, found = _log(request, user)
    query = {key: value for key, value in request.GET.dict().items() if value and key != "page"}
    rules = [
        {"rule": rule, "recipient": Role(rule.recipient).label, "before": -rule.workdays}
        for rule in EscalationRule.objects.all()
    ]
    context = {
        "form": form, "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")), "rules": rules,
        "may_set": bool(rights.may_decide(user)), "on": values.get("escalation"), "query": urlencode(query),
        "today": clock.today(),
    }  # fmt: skip
    return render(request, "tasks/reports/escalations.html", context)


@require_safe
def escalations_file(request: HttpRequest) -> HttpResponse:
    user = actor_of(request)
    require(rights.may_watch_reporting(user))
    _form, found = _log(request, user)
    rows = list(found[:MOST_ROWS])
    made = files.escalations_file(rows, clock.today())
    note_export(user, user, kind="escalations", rows=len(rows), conditions=request.GET.dict())
    return send(made)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_edit(request: HttpRequest, rule_id: int | None = None) -> HttpResponse:
    """Add a rung or change one."""
    user = actor_of(request)
    require(rights.may_decide(user))
    rule = get_object_or_404(EscalationRule, pk=rule_id) if rule_id is not None else None
    names = ("trigger", "workdays", "name", "recipient", "key_only", "active")
    initial = {name: getattr(rule, name) for name in names} if rule else {"active": True}
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            escalation.set_rule(user, rule, **form.cleaned_data)
        except DomainError as error:
            put_back(form, error)
        else:
            messages.success(request, _("已保存升级规则。"))
            return redirect("tasks:escalations")
    context = {"form": form, "rule": rule}
    return render(request, "tasks/reports/rule.html", context, status=422 if form.is_bound else 200)
