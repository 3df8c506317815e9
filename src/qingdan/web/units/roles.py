"""What a person stands for today: the posts they hold, the roles of those posts, the units they act for."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from qingdan.web.common import clock

from .models import Holding, Post, PostRole, Role, Unit, User

OFFICE_ROLES = frozenset({Role.SUPERVISOR, Role.SUPERVISION_HEAD})
UNIT_ROLES = frozenset({Role.REPORTER, Role.SIGNER})
# Those who may see every unit's business.
ALL_SEEING_ROLES = OFFICE_ROLES | {Role.LEADER, Role.DISCIPLINE}
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


@dataclass(frozen=True)
class Standing:
    """Posts, roles and units of one person on one day.

    ``units_by_role``: for each role the ids of the units it is about: the post's own unit for reporters and
    signers, the watched bureau for an embedded group.
    """

    posts: tuple[Post, ...] = ()
    roles: frozenset[str] = frozenset()
    units_by_role: dict[str, frozenset[int]] = field(default_factory=dict)

    def has(self, *roles: str) -> bool:
        """Whether any of ``roles`` is held."""
        return any(role in self.roles for role in roles)

    @property
    def is_office(self) -> bool:
        return bool(self.roles & OFFICE_ROLES)

    @property
    def sees_all(self) -> bool:
        return bool(self.roles & ALL_SEEING_ROLES)

    @property
    def is_admin(self) -> bool:
        return bool(self.roles & ADMIN_ROLES)

    def units(self, *roles: str) -> frozenset[int]:
        """Ids of the units that any of ``roles`` is about."""
        return frozenset().union(*(self.units_by_role.get(role, frozenset()) for role in roles))

    @property
    def reporting_units(self) -> frozenset[int]:
        return self.units(*UNIT_ROLES)


def standing(user: User) -> Standing:
    """Read the standing of ``user`` today. Empty for somebody switched off."""
    if not user.is_active:
        return Standing()
    today = clock.today()
    posts = tuple(
        Post.objects.filter(pk__in=Holding.objects.on(today).filter(user=user).values("post")).select_related("unit")
    )
    in_force = PostRole.objects.filter(Q(until__isnull=True) | Q(until__gte=today), post__in=posts, since__lte=today)
    own_unit = {post.pk: post.unit_id for post in posts}
    units_by_role: dict[str, set[int]] = {}
    for post_role in in_force:
        about = post_role.unit_id or own_unit[post_role.post_id]
        units_by_role.setdefault(post_role.role, set()).add(about)
    return Standing(
        posts=posts,
        roles=frozenset(units_by_role),
        units_by_role={role: frozenset(ids) for role, ids in units_by_role.items()},
    )


def people_with(role: str, unit: Unit | int | None = None) -> list[User]:
    """The active people whose posts carry ``role`` today; with ``unit``, only where the role is about it."""
    today = clock.today()
    in_force = PostRole.objects.filter(Q(until__isnull=True) | Q(until__gte=today), role=role, since__lte=today)
    if unit is not None:
        unit_id = unit if isinstance(unit, int) else unit.pk
        in_force = in_force.filter(Q(unit_id=unit_id) | Q(unit__isnull=True, post__unit_id=unit_id))
    holders = Holding.objects.on(today).filter(post__in=in_force.values("post"))
    return list(User.objects.filter(is_active=True, pk__in=holders.values("user")))
