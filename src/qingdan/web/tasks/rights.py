"""Who may do what with tasks, lists and reports, and why not."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qingdan.web.common.rights import YES, Verdict, no
from qingdan.web.units.models import Role, Unit, User

from .models import Assignment, ListEdition, Task


def may_manage_tasks(user: User) -> Verdict:
    """Plans, items, tasks, lists, imports, periods: the supervision office's work."""
    return YES if user.standing.is_office else no(_("只有目督办可以维护计划、任务和清单。"))


def may_issue(user: User, edition: ListEdition) -> Verdict:
    """Issuing a list is the head's decision, once."""
    if not user.standing.has(Role.SUPERVISION_HEAD):
        return no(_("只有目督办负责人可以印发清单。"))
    if edition.is_issued:
        return no(_("清单已于 %(day)s 印发，不得再改。") % {"day": f"{edition.issued_at:%Y-%m-%d}"})
    return YES


def may_write_report(user: User, unit: Unit) -> Verdict:
    """A unit's own reporter writes its reports."""
    if unit.pk in user.standing.units(Role.REPORTER):
        return YES
    return no(_("只有%(unit)s的填报人可以填写本单位周报。") % {"unit": unit.name})


def may_sign_report(user: User, unit: Unit) -> Verdict:
    """A unit's own signer submits its reports."""
    if unit.pk in user.standing.units(Role.SIGNER):
        return YES
    return no(_("只有%(unit)s的签发人可以签发本单位周报。") % {"unit": unit.name})


def may_verify(user: User) -> Verdict:
    """Sending back, closing, judging, overriding lights, deciding extensions: the supervision office."""
    return YES if user.standing.is_office else no(_("只有目督办可以核实、研判和审批。"))


def may_decide(user: User) -> Verdict:
    """Decisions that change what was promised: the head of the office."""
    return YES if user.standing.has(Role.SUPERVISION_HEAD) else no(_("只有目督办负责人可以审批延期。"))


def may_move_deadline(user: User) -> Verdict:
    """A deadline is a promise: the head of the office alone moves it without a unit's request."""
    return YES if user.standing.has(Role.SUPERVISION_HEAD) else no(_("只有目督办负责人可以调整完成时限。"))


def may_read_history(user: User) -> Verdict:
    """Who did what and when on a task: the office and the discipline bodies."""
    standing = user.standing
    if standing.is_office or standing.has(Role.DISCIPLINE, Role.EMBEDDED):
        return YES
    return no(_("只有目督办和纪检监察机关可以查看操作记录。"))


def may_act_for(user: User, task: Task) -> Verdict:
    """Asking for an extension, breaking a task into sub-tasks: a unit that leads the task."""
    units = user.standing.reporting_units
    if units and Assignment.objects.filter(task=task, part=Assignment.Part.LEAD, unit__in=units).exists():
        return YES
    return no(_("只有牵头单位可以办理此事项。"))


def may_answer_problem(user: User, owner_id: int | None) -> Verdict:
    """The owner of a problem answers it; a leader or the office may too."""
    standing = user.standing
    if standing.is_office or standing.has(Role.LEADER) or owner_id in standing.reporting_units:
        return YES
    return no(_("只有承办单位、区领导或目督办可以答复。"))


def may_assign_problem(user: User) -> Verdict:
    """Problems are assigned by the office or a leader."""
    standing = user.standing
    return YES if standing.is_office or standing.has(Role.LEADER) else no(_("只有目督办或区领导可以交办问题。"))


def watched_units(user: User) -> frozenset[int] | None:
    """The units whose reporting ``user`` may follow: None for all, the own or the watched ones for units and embedded
    groups, none for administrators."""
    standing = user.standing
    return None if standing.sees_all else standing.units(Role.REPORTER, Role.SIGNER, Role.EMBEDDED)


def may_see_business(user: User) -> Verdict:
    """Plans, lists, overviews, problems, extensions: whoever has a part in the work; administrators have none."""
    if watched_units(user) is None or watched_units(user):
        return YES
    return no(_("管理员不查看业务内容。"))


def may_watch_reporting(user: User) -> Verdict:
    """Weeks, missing reports, forecasts against outcomes, burden, escalations: whoever has a part in the work."""
    return may_see_business(user)


def may_see_hints(user: User) -> Verdict:
    """Hints are for those who look into reports: the office, leaders and the discipline bodies."""
    if user.standing.sees_all or user.standing.has(Role.EMBEDDED):
        return YES
    return no(_("提示供目督办、区领导和纪检监察机关核对使用。"))
