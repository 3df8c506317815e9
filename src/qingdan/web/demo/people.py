"""The demo's units, posts, people and roles, made by the administrators through the services of the units app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from qingdan.web.common.models import Setting
from qingdan.web.units import services
from qingdan.web.units.models import AccessChange, Role, Unit, User

from .district import PLANS, TOWNS, UNITS

# Public on purpose: the demo holds nothing secret and listens on this machine only.
PASSWORD = "Demo-Pidu-2017"  # noqa: S105

DUTIES = {
    Role.SUPERVISOR: ("编制任务清单，督查任务进展，核实办结情况", "客观如实督查，不得泄露不打招呼检查的安排"),
    Role.SUPERVISION_HEAD: ("审定印发任务清单，审批延期", "对督查结论的公正性负责"),
    Role.REPORTER: ("每周填报本单位任务进展", "如实填报，不得虚报瞒报"),
    Role.SIGNER: ("审核签发本单位周报", "对本单位上报内容的真实性负责"),
    Role.LEADER: ("研究解决各单位提请的问题", "履行分管领域党风廉政建设责任"),
    Role.EMBEDDED: ("监督所驻单位履行职责", "严格依规依纪监督，保守工作秘密"),
    Role.DISCIPLINE: ("开展效能监督和效能问责", "严格依规依纪监督，保守工作秘密"),
}


@dataclass
class People:
    """Who acts in the demo."""

    sysadmin: User
    secadmin: User
    officer: User
    head: User
    leader: User
    units: dict[str, Unit]
    reporters: dict[int, User]
    signers: dict[int, User]


@contextmanager
def quick_hashes() -> Iterator[None]:
    """Many accounts with one public password: a slow hash would protect nothing and cost a minute."""
    slow = PBKDF2PasswordHasher.iterations
    PBKDF2PasswordHasher.iterations = 20_000
    try:
        yield
    finally:
        PBKDF2PasswordHasher.iterations = slow


def load(day: date) -> People:
    """Make everyone on ``day`` and give back who is who."""
    with quick_hashes():
        names = ("sysadmin", "secadmin", "auditor")
        services.bootstrap_admins(
            unit_name="区政务信息中心", passwords=dict.fromkeys(names, PASSWORD), must_change=False
        )
        sysadmin, secadmin = (User.objects.get(username=name) for name in names[:2])
        units = _units(sysadmin)
        make = _Maker(sysadmin, secadmin, day)
        people = People(
            sysadmin=sysadmin,
            secadmin=secadmin,
            head=make.person("mdb-head", units["MDB"], Role.SUPERVISION_HEAD, "目督办负责人"),
            officer=make.person("mdb-officer", units["MDB"], Role.SUPERVISOR, "督查员"),
            leader=make.person("leader", units["QW"], Role.LEADER, "区领导"),
            units=units,
            reporters={},
            signers={},
        )
        make.person("discipline", units["JW"], Role.DISCIPLINE, "效能监督岗")
        make.person("embedded", units["JWPZ"], Role.EMBEDDED, "派驻纪检组", about=units["GJJ"])
        for code in _reporting_codes():
            unit = units[code]
            low = code.lower()
            people.reporters[unit.pk] = make.person(f"{low}-report", unit, Role.REPORTER, "目标工作填报岗")
            people.signers[unit.pk] = make.person(f"{low}-sign", unit, Role.SIGNER, "目标工作签发岗")
    _list_accounts(units)
    return people


def _units(actor: User) -> dict[str, Unit]:
    made: dict[str, Unit] = {unit.name: unit for unit in Unit.objects.all()}
    units: dict[str, Unit] = {}
    for sort, (code, name, kind, names) in enumerate(UNITS):
        if name in made:
            units[code] = made[name]
            continue
        members = [units[town] for town in TOWNS] if kind == Unit.Kind.COLLECTIVE else []
        units[code] = services.add_unit(
            actor, name=name, kind=kind, code=code, aliases=names, members=members, sort=sort * 10
        )
    return units


def _reporting_codes() -> list[str]:
    leads = {item.lead for plan in PLANS for item in plan.items}
    leads |= {task.unit for plan in PLANS for item in plan.items for task in item.named}
    wanted = (leads - {"GZJ"}) | set(TOWNS)
    return [code for code, *_ in UNITS if code in wanted]


class _Maker:
    """Posts and people, each change of access asked by one administrator and agreed by the other."""

    def __init__(self, asker: User, decider: User, day: date) -> None:
        self.asker, self.decider, self.day = asker, decider, day

    def person(self, username: str, unit: Unit, role: Role, title: str, *, about: Unit | None = None) -> User:
        duty, integrity = DUTIES[role]
        post = services.add_post(self.asker, unit, title=title, duty=duty, integrity_duty=integrity)
        user = services.add_person(
            self.asker, username=username, name=f"{unit.name}{title}", password=PASSWORD, must_change=False
        ).user
        reason = "演示数据：初始设岗"
        change = AccessChange.Kind
        services.change_access(
            self.asker, self.decider, change.GRANT, post, role=role, unit=about, effective_on=self.day, reason=reason
        )
        services.change_access(
            self.asker, self.decider, change.APPOINT, post, user=user, effective_on=self.day, reason=reason
        )
        return User.objects.get(pk=user.pk)  # with the standing that it has now


SHOWN = (
    ("mdb-officer", "督查员", "MDB"),
    ("mdb-head", "目督办负责人", "MDB"),
    ("leader", "区领导", "QW"),
    ("gjj-report", "单位填报人", "GJJ"),
    ("gjj-sign", "单位签发人", "GJJ"),
    ("jkj-report", "单位填报人", "JKJ"),
    ("jkj-sign", "单位签发人", "JKJ"),
    ("discipline", "区纪委监察局", "JW"),
    ("embedded", "派驻纪检组", "JWPZ"),
    ("sysadmin", "系统管理员", "XXZX"),
    ("secadmin", "安全管理员", "XXZX"),
    ("auditor", "安全审计员", "XXZX"),
)


def _list_accounts(units: dict[str, Unit]) -> None:
    """The accounts that the demo's sign-in page offers, one for each role."""
    accounts = [
        {"username": username, "password": PASSWORD, "role": role, "unit": units[code].name}
        for username, role, code in SHOWN
    ]
    Setting.objects.create(name="demo_accounts", value=accounts)
