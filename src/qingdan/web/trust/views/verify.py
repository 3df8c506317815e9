"""Verifying a bundle: the page that does it in the browser, and the program that does it without us."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qingdan.evidence import verifier
from qingdan.web.common.errors import DomainError
from qingdan.web.common.files import MadeFile, send

from .. import keys


@require_safe
def verify_page(request: HttpRequest) -> HttpResponse:
    """The page that verifies bundles in the browser. Open to everybody; nothing comes back to us."""
    try:
        own = keys.public()
    except DomainError:  # a key that cannot be read stops signing, and must not stop checking
        own = []
    return render(request, "trust/verify.html", {"log_key": own[0].vkey if own else ""})


@require_safe
def verifier_file(request: HttpRequest) -> HttpResponse:
    """The stand-alone verifier as a download. Open to everybody."""
    program = Path(verifier.__file__).read_bytes()
    return send(MadeFile("qingdan-verifier.py", "text/x-python; charset=utf-8", program))


for _view in (verify_page, verifier_file):
    _view.open_to_all = True  # type: ignore[attr-defined]
