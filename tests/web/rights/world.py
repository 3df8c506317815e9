"""A small made-up world in which every address can be called: one unit involved in everything, one supporting it in
a part, one in nothing.

An address with a parameter needs a sample value. Each area gives its own in ``tests/web/<area>/samples.py``:

    SAMPLES = {
        "task_id": lambda world: make_task(lead=world.unit).pk,        # by the parameter's name
        "tasks:chart.kind": lambda world: "month",                     # or for one address only
    }

Objects made there should belong to ``world.unit`` so that the columns of that unit and of the other one differ; what
several samples need is made once and kept in ``world.shared``.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from qingdan.web.units.models import Holding, Post, PostRole, Role, Unit, User

SINCE = date(2000, 1, 1)
# The columns of the table. "support" acts for a unit that supports the sample task, "elsewhere" for one that has no
# part in anything; "nobody" holds no post.
COLUMNS: dict[str, tuple[Role, str] | None] = {
    "signed_out": None,
    "nobody": None,
    "supervisor": (Role.SUPERVISOR, "目督办"),
    "supervision_head": (Role.SUPERVISION_HEAD, "目督办"),
    "reporter": (Role.REPORTER, "involved"),
    "signer": (Role.SIGNER, "involved"),
    "reporter_support": (Role.REPORTER, "support"),
    "signer_support": (Role.SIGNER, "support"),
    "reporter_elsewhere": (Role.REPORTER, "elsewhere"),
    "signer_elsewhere": (Role.SIGNER, "elsewhere"),
    "leader": (Role.LEADER, "区政府"),
    "embedded": (Role.EMBEDDED, "involved"),
    "embedded_elsewhere": (Role.EMBEDDED, "elsewhere"),
    "discipline": (Role.DISCIPLINE, "区纪委监察局"),
    "system_admin": (Role.SYSTEM_ADMIN, "信息中心"),
    "security_admin": (Role.SECURITY_ADMIN, "信息中心"),
    "audit_admin": (Role.AUDIT_ADMIN, "信息中心"),
}


def _samples() -> dict[str, Callable[[World], Any]]:
    found: dict[str, Callable[[World], Any]] = {}
    for path in sorted(Path(__file__).parents[1].glob("*/samples.py")):
        spec = importlib.util.spec_from_file_location(f"qd_samples_{path.parent.name}", path)
        assert spec is not None and spec.loader is not None
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        twice = found.keys() & module.SAMPLES.keys()
        assert not twice, f"{path}: 样本重复定义 (already given by another area): {sorted(twice)}"
        found |= module.SAMPLES
    return found


@dataclass(repr=False)
class World:
    """``unit`` has a part in every sample, ``support`` supports in some, ``elsewhere`` has none; ``users`` is a person
    for each column."""

    unit: Unit
    support: Unit
    elsewhere: Unit
    users: dict[str, User]
    shared: dict[str, Any] = field(default_factory=dict)
    _makers: dict[str, Callable[[World], Any]] = field(default_factory=_samples)
    _made: dict[str, Any] = field(default_factory=dict)
    _failed: dict[str, Exception] = field(default_factory=dict)

    @classmethod
    def build(cls) -> World:
        unit = Unit.objects.create(code="W-1", name="示例局（有关）")
        support = Unit.objects.create(code="W-3", name="示例局（配合）")
        elsewhere = Unit.objects.create(code="W-2", name="示例局（无关）")
        world = cls(unit, support, elsewhere, {})
        for column, place in COLUMNS.items():
            if column == "signed_out":
                continue
            user = User.objects.create_user(column.replace("_", "-"), None, name=column, must_change_password=False)
            world.users[column] = user
            if place is None:
                continue
            role, where = place
            about = {"involved": unit, "support": support, "elsewhere": elsewhere}.get(where) or world.unit_named(where)
            home = world.unit_named("派驻纪检监察组") if role == Role.EMBEDDED else about
            post = Post.objects.create(unit=home, title=f"{column}岗", duty="示例", integrity_duty="示例")
            PostRole.objects.create(post=post, role=role, since=SINCE, unit=about if role == Role.EMBEDDED else None)
            Holding.objects.create(post=post, user=user, since=SINCE)
        world.make_samples()
        return world

    def unit_named(self, name: str) -> Unit:
        return Unit.objects.get_or_create(name=name, defaults={"code": f"W-{name}"})[0]

    def make_samples(self) -> None:
        """Make every sample before the first call, so that all calls see the same world."""
        for key, make in self._makers.items():
            try:
                with transaction.atomic():
                    self._made[key] = make(self)
            except Exception as error:
                self._failed[key] = error

    def sample(self, url: str, param: str) -> Any:
        """The value of ``param`` in address ``url``: its own sample, or the one of that parameter everywhere."""
        for key in (f"{url}.{param}", param):
            if key in self._failed:
                raise LookupError(f"the sample {key!r} could not be made") from self._failed[key]
            if key in self._made:
                return self._made[key]
        raise LookupError(
            f"no sample for parameter {param!r} of {url}: add {param!r} (or '{url}.{param}') to SAMPLES in "
            f"tests/web/<area>/samples.py, see tests/web/rights/world.py"
        )
