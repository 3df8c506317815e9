"""Addresses of signing in, the organisation, people, access and audit."""

from django.urls import path

from .views import access, account, audit, people, posts, units

app_name = "units"
urlpatterns = [
    path("signin/", account.sign_in, name="signin"),
    path("signout/", account.sign_out, name="signout"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/sessions/<int:session_id>/end/", account.end_session, name="end_session"),
    path("account/sessions/end-others/", account.end_other_sessions, name="end_other_sessions"),
    path("units/", units.units, name="units"),
    path("units/new/", units.add_unit, name="add_unit"),
    path("units/<int:unit_id>/", units.unit, name="unit"),
    path("units/<int:unit_id>/edit/", units.edit_unit, name="edit_unit"),
    path("units/<int:unit_id>/close/", units.close_unit, name="close_unit"),
    path("units/<int:unit_id>/names/", units.add_name, name="add_name"),
    path("units/names/<int:name_id>/remove/", units.remove_name, name="remove_name"),
    path("units/<int:unit_id>/posts/new/", posts.add_post, name="add_post"),
    path("posts/<int:post_id>/", posts.post, name="post"),
    path("posts/<int:post_id>/edit/", posts.edit_post, name="edit_post"),
    path("posts/<int:post_id>/close/", posts.close_post, name="close_post"),
    path("posts/<int:post_id>/succession/", posts.succession, name="succession"),
    path("people/", people.people, name="people"),
    path("people/new/", people.add_person, name="add_person"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("people/<int:person_id>/edit/", people.edit_person, name="edit_person"),
    path("people/<int:person_id>/active/", people.set_active, name="set_active"),
    path("people/<int:person_id>/password/", people.reset_password, name="reset_password"),
    path("people/<int:person_id>/sessions/end/", people.end_sessions, name="end_sessions"),
    path("access/", access.access, name="access"),
    path("access/new/", access.ask_access, name="ask_access"),
    path("access/<int:change_id>/", access.access_change, name="access_change"),
    path("access/<int:change_id>/decide/", access.decide_access, name="decide_access"),
    path("audit/", audit.audit, name="audit"),
    path("audit/<slug:kind>/", audit.audit, name="audit_of"),
    path("audit/<slug:kind>/export.csv", audit.audit_csv, name="audit_csv"),
]
