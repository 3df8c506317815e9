"""Who is who: units and their names, posts and who holds them, people, roles, sign-ins and sessions.

Responsibility and rights follow the *post*: a role is granted to a post, a person holds a post over a period, and
a successor inherits both. Nothing here is a person's own right.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models, transaction
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.events import record
from qingdan.web.common.models import InsertOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from .roles import Standing


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The organisation is known to everybody who signs in."""
        return self if isinstance(user, User) and user.is_active else self.none()

    def open_on(self, day: date) -> Self:
        """The units not closed by ``day``."""
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))


class Unit(models.Model):
    """An organisation that can owe something: a bureau, an office, a town, a company, or a collective of them."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("局")
        OFFICE = "office", _("办")
        COMMISSION = "commission", _("委")
        TOWN = "town", _("镇街")
        COMPANY = "company", _("公司")
        PARK = "park", _("管委会")
        LEADERSHIP = "leadership", _("领导机关")
        DISCIPLINE = "discipline", _("纪检监察机关")
        COLLECTIVE = "collective", _("集体单位")
        OTHER = "other", _("其他")

    code = models.CharField(_("单位编码"), max_length=30, unique=True)
    name = models.CharField(_("单位名称"), max_length=100, unique=True)
    kind = models.CharField(_("类型"), max_length=12, choices=Kind, default=Kind.BUREAU)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    members = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="collectives", verbose_name=_("包含单位"),
        help_text=_("集体单位（如“各镇街”）包含哪些单位"),
    )  # fmt: skip
    sort = models.PositiveIntegerField(_("排序"), default=0)
    closed_on = models.DateField(_("撤销日期"), null=True, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["sort", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_collective(self) -> bool:
        return self.kind == self.Kind.COLLECTIVE


class UnitName(models.Model):
    """Another name of a unit, as ledgers write it: an alias, a short form or a former name."""

    class Kind(models.TextChoices):
        ALIAS = "alias", _("别名")
        FORMER = "former", _("曾用名")

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="names")
    name = models.CharField(_("名称"), max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ALIAS)
    until = models.DateField(_("用到何时"), null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Posts and their duties are known to everybody who signs in."""
        return self if isinstance(user, User) and user.is_active else self.none()


class Post(models.Model):
    """A post of a unit. It carries a business duty and an integrity duty (一岗双责)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts", verbose_name=_("单位"))
    title = models.CharField(_("岗位名称"), max_length=100)
    duty = models.TextField(_("业务职责"), blank=True)
    integrity_duty = models.TextField(_("廉政职责"), blank=True)
    closed_on = models.DateField(_("撤销日期"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["unit__sort", "id"]
        constraints = [models.UniqueConstraint(fields=["unit", "title"], name="post_once_in_unit")]

    def __str__(self) -> str:
        return f"{self.unit.name} {self.title}"


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The accounts: all for administrators and the office, for everybody else their own."""
        if not isinstance(user, User):
            return self.none()
        standing = user.standing
        return self if standing.is_admin or standing.is_office else self.filter(pk=user.pk)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: User | AnonymousUser) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person who signs in. What they may do comes from the posts that they hold today."""

    username = models.CharField(_("登录名"), max_length=60, unique=True)
    name = models.CharField(_("姓名或称呼"), max_length=60)
    email = models.EmailField(_("邮箱"), blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("须修改密码"), default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password. One kept by an older method is kept by the present one from now on."""

        def keep(raw: str | None) -> None:
            with transaction.atomic():
                self.set_password(raw)
                self._password = None  # not a new password: nobody is to be told
                self.save(update_fields=["password"])
                record(None, "units.rehash_password", self)

        return check_password(raw_password, self.password, keep)

    @property
    def label(self) -> str:
        """The person as events name them."""
        return f"{self.name}（{self.username}）"

    @cached_property
    def standing(self) -> Standing:
        """Posts, roles and units of this person today, read once per request."""
        from .roles import standing

        return standing(self)

    @property
    def post_label(self) -> str:
        return "、".join(str(post) for post in self.standing.posts)


class HoldingQuerySet(models.QuerySet["Holding"]):
    def on(self, day: date) -> HoldingQuerySet:
        """The holdings in force on ``day``."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)


class Holding(models.Model):
    """A person holds a post from ``since`` up to and including ``until`` (open while empty)."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings")
    user = models.ForeignKey(User, models.PROTECT, related_name="holdings")
    since = models.DateField(_("任职起"))
    until = models.DateField(_("任职止"), null=True, blank=True)

    objects = HoldingQuerySet.as_manager()

    class Meta:
        ordering = ["-since"]

    def __str__(self) -> str:
        return f"{self.user} · {self.post}"


class Role(models.TextChoices):
    """The roles that a post can carry. The three administrators carry no business right."""

    SUPERVISOR = "supervisor", _("督查员")
    SUPERVISION_HEAD = "supervision_head", _("目督办负责人")
    REPORTER = "unit_reporter", _("单位填报人")
    SIGNER = "unit_signer", _("单位签发人")
    LEADER = "leader", _("区领导")
    EMBEDDED = "embedded_discipline", _("派驻纪检监察组")
    DISCIPLINE = "discipline_office", _("区纪委监察局")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("安全审计员")


class PostRole(models.Model):
    """A role of a post from ``since`` to ``until``. For the embedded group ``unit`` is the bureau it watches."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="roles")
    role = models.CharField(_("角色"), max_length=24, choices=Role)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("所辖单位"))
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["post_id", "role"]

    def __str__(self) -> str:
        return f"{self.post} · {self.get_role_display()}"


class AccessChangeQuerySet(models.QuerySet["AccessChange"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Changes of access are for the three administrators, and for the person concerned."""
        if not isinstance(user, User):
            return self.none()
        return self if user.standing.is_admin else self.filter(Q(user=user) | Q(replaces=user))


class AccessChange(InsertOnly):
    """One administrator asks for a change of access; another must decide before anything changes."""

    class Kind(models.TextChoices):
        GRANT = "grant", _("授予角色")
        REVOKE = "revoke", _("收回角色")
        APPOINT = "appoint", _("任职")
        DISMISS = "dismiss", _("免职")

    kind = models.CharField(_("变更"), max_length=8, choices=Kind)
    post = models.ForeignKey(Post, models.PROTECT, related_name="access_changes", verbose_name=_("岗位"))
    role = models.CharField(_("角色"), max_length=24, choices=Role, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("所辖单位"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("人员"))
    # Who leaves the post as ``user`` takes it over.
    replaces = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("接替"))
    # APPOINT and GRANT: the first day; DISMISS and REVOKE: the first day without.
    effective_on = models.DateField(_("生效日期"))
    reason = models.CharField(_("理由"), max_length=300)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()

    objects = AccessChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        what = self.get_role_display() if self.role else self.user
        return f"{self.get_kind_display()} {self.post} {what}"


class AccessDecision(InsertOnly):
    """The second administrator's answer to an `AccessChange`."""

    change = models.OneToOneField(AccessChange, models.PROTECT, related_name="decision")
    approved = models.BooleanField()
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    reason = models.CharField(_("意见"), max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.change} {'同意' if self.approved else '不同意'}"


class ForAuditQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The records of signing in are the auditor's."""
        allowed = isinstance(user, User) and user.standing.has(Role.AUDIT_ADMIN)
        return self if allowed else self.none()


class SignInAttempt(models.Model):
    """One try to sign in, kept for lockout and for the auditor."""

    username = models.CharField(max_length=60, db_index=True)
    address = models.GenericIPAddressField(null=True, db_index=True)
    at = models.DateTimeField(db_index=True)
    ok = models.BooleanField()
    reason = models.CharField(max_length=40, blank=True)

    objects = ForAuditQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.username


class UserSessionQuerySet(models.QuerySet["UserSession"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own sessions; all of them for the three administrators."""
        if not isinstance(user, User):
            return self.none()
        return self if user.standing.is_admin else self.filter(user=user)


class UserSession(models.Model):
    """A signed-in browser of a person: shown to them, and ended by them or an administrator."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects = UserSessionQuerySet.as_manager()

    not_a_fact = "which browsers are signed in just now; signing in and out are events"

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user} {self.address}"
