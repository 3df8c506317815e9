"""The changes of this app, one function for each."""

from .access import (
    change_access,
    decide_access_change,
    request_access_change,
    warnings_about,
)
from .people import (
    NewAccount,
    add_person,
    bootstrap_admins,
    edit_person,
    reset_password,
    reset_password_on_server,
    set_active,
)
from .posts import add_post, close_post, edit_post
from .sessions import change_password, end_session, end_sessions, forget_gone_sessions
from .units import add_name, add_unit, close_unit, edit_unit, learn_alias, remove_name

__all__ = [
    "NewAccount",
    "add_name",
    "add_person",
    "add_post",
    "add_unit",
    "bootstrap_admins",
    "change_access",
    "change_password",
    "close_post",
    "close_unit",
    "decide_access_change",
    "edit_person",
    "edit_post",
    "edit_unit",
    "end_session",
    "end_sessions",
    "forget_gone_sessions",
    "learn_alias",
    "remove_name",
    "request_access_change",
    "reset_password",
    "reset_password_on_server",
    "set_active",
    "warnings_about",
]
