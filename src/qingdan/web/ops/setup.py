"""Making and upgrading the database, and the first three accounts."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection

from qingdan.web.common import claims, triggers


def migrate(verbosity: int = 1) -> int:
    """Create or upgrade the database; the triggers and the calendar are laid with it, and the log
    accounts for the rows of tables that are new or have changed. Returns the exit status."""
    call_command("migrate", interactive=False, verbosity=verbosity)
    claims.adopt()
    lacking = triggers.missing(connection)
    if lacking:
        print(f"触发器缺失 (triggers missing): {', '.join(lacking)}")
    return 1 if lacking else 0


def createadmin(unit_name: str = "信息中心") -> int:
    """Make the three administrators of an empty system and print their passwords, this once. Returns 0.

    Raises DomainError when there are accounts already.
    """
    from qingdan.web.units.services.people import bootstrap_admins

    accounts = bootstrap_admins(unit_name=unit_name)
    print("已建立三员账号，首次登录须修改密码；以下密码只显示这一次 (shown only once):")
    for account in accounts:
        print(f"  {account.user.username:<12} {account.password}")
    return 0
