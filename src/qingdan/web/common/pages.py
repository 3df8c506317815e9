"""Parts that pages of every app share: a page that is one form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .errors import Text


def form_page(
    request: HttpRequest,
    form: forms.Form,
    title: Text,
    *,
    back: str,
    crumbs: Sequence[tuple[Text, str]],
    save: Text = "",
    danger: bool = False,
    note: Text = "",
) -> HttpResponse:
    """A page that is one form; 422 when something is to be corrected, with everything typed still there.

    ``crumbs`` are (title, address) of the pages above, ``back`` is where 取消 leads, ``save`` the button's word.
    """
    values: dict[str, Any] = {
        "form": form, "title": title, "back": back, "crumbs": crumbs, "danger": danger, "note": note, "save": save,
    }  # fmt: skip
    return render(request, "common/form_page.html", values, status=422 if form.is_bound else 200)
