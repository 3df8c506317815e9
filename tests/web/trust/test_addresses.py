"""The log's public addresses: what they answer, to whom, and what they refuse."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from qingdan.evidence import merkle
from qingdan.evidence.notes import Checkpoint as Said
from qingdan.evidence.notes import Key, Note, verify_line
from qingdan.web.common import log
from qingdan.web.trust import keys
from qingdan.web.trust.services import checkpoints, witnesses
from qingdan.web.trust.views.log import COSIGN_LIMIT, MAX_LEAVES
from qingdan.web.units.models import Role

from .witnessing import grow, signer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def signed() -> int:
    """A log with a checkpoint over all but its last two entries; gives the signed size."""
    grow(8)
    made = checkpoints.make_checkpoint()
    grow(2)
    return made.size


def get(path: str) -> object:
    """Asked by somebody without an account."""
    return Client().get(path)


def lines(path: str) -> list[str]:
    response = get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return response.content.decode().splitlines()


def test_the_newest_checkpoint_is_served_as_it_was_signed(signed):
    newest = checkpoints.newest()
    for path in ("/log/checkpoint", f"/log/checkpoint/{signed}"):
        response = get(path)
        assert response.content.decode() == newest.note
        assert response.headers["Cache-Control"] == "no-cache"
    grow()
    made = checkpoints.make_checkpoint()
    assert get("/log/checkpoint").content.decode() == made.note
    assert get(f"/log/checkpoint/{signed}").content.decode() == newest.note


def test_nothing_but_the_addresses_is_needed_to_check_the_log(signed):
    """What a stranger does: take key and checkpoint, rebuild the root from the leaves, check what came before."""
    key = Key.parse(lines("/log/keys")[0])
    note = Note.parse(get("/log/checkpoint").content)
    said = Said.parse(note.body)
    assert verify_line(note, key) and said.size == signed
    leaves = [bytes.fromhex(line) for line in lines(f"/log/leaves?from=0&to={signed}")]
    assert merkle.root(leaves) == said.root
    for first in range(1, signed + 1):
        for second in range(first, signed + 1):
            answer = get(f"/log/consistency?from={first}&to={second}").json()
            proof = [bytes.fromhex(node) for node in answer.pop("proof")]
            roots = merkle.root(leaves[:first]), merkle.root(leaves[:second])
            assert answer == {"from": str(first), "to": str(second)}
            assert merkle.verify_consistency(first, second, *roots, proof)


def test_a_part_of_the_leaves_never_changes_and_may_be_kept(signed):
    response = get("/log/leaves?from=2&to=5")
    assert response.content.decode().split() == lines(f"/log/leaves?from=0&to={signed}")[2:5]
    assert "immutable" in response.headers["Cache-Control"]


def test_what_is_not_signed_yet_is_not_served(signed):
    assert log.size() == signed + 2
    for path in (
        f"/log/leaves?from=0&to={signed + 1}",
        f"/log/consistency?from=1&to={signed + 1}",
        f"/log/checkpoint/{signed + 1}",
    ):
        response = get(path)
        assert response.status_code == 404
        assert "immutable" not in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["checkpoint", "checkpoint/1", "keys", "leaves?from=0&to=1", "consistency?from=1&to=1"]
)
def test_before_the_first_checkpoint_there_is_nothing(path, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert get(f"/log/{path}").status_code == 404
    assert list(tmp_path.iterdir()) == [], "asking makes no key"


BAD = [
    "leaves",
    "leaves?from=0",
    "leaves?from=0&to=x",
    "leaves?from=0&to=-1",
    "leaves?from=00&to=1",
    "leaves?from=0&to=1&to=2",
    "leaves?from=%EF%BC%90&to=1",
    "leaves?from=1&to=1",
    "leaves?from=2&to=1",
    f"leaves?from=0&to={MAX_LEAVES + 1}",
    "leaves?from=0&to=1000000000000000",
    "consistency",
    "consistency?from=0&to=1",
    "consistency?from=2&to=1",
    "consistency?from=1&to=1e3",
]


@pytest.mark.parametrize("question", BAD)
def test_a_bad_question_is_answered_with_place_reason_and_remedy(signed, question):
    response = get(f"/log/{question}")
    text = response.content.decode()
    assert response.status_code == 400
    for word in ("位置 (place):", "原因 (reason):", "处理 (remedy):"):
        assert word in text


def test_a_size_that_no_log_has_is_not_found(signed):
    for path in ("/log/checkpoint/{}", "/trust/checkpoint/{}", "/trust/checkpoint/{}.svg"):
        assert get(path.format(10**30)).status_code == 404
        assert get(path.format(0)).status_code == 404


def test_keys_of_present_witnesses_follow_the_logs(signed, person):
    security = person(Role.SECURITY_ADMIN, "信息中心")
    present, former = signer("one", 1).key, signer("two", 2).key
    witnesses.add_witness(security, "区纪委监察局", present.vkey, "测试")
    witnesses.end_witness(security, witnesses.add_witness(security, "区财政局", former.vkey, "测试"), "测试")
    assert lines("/log/keys") == [keys.public()[0].vkey, present.vkey]


# ------------------------------------------------------------------ cosignatures from outside
@pytest.mark.parametrize(
    "form", [{}, {"size": "x", "line": ""}, {"size": "-1"}, {"line": "— a b"}, {"size": "1", "line": "x" * 5000}]
)
def test_a_form_that_is_none_is_refused(signed, form):
    response = Client(enforce_csrf_checks=True).post("/log/cosign", form)
    assert response.status_code in {400, 404}
    assert "处理 (remedy):" in response.content.decode()


def test_one_address_cannot_keep_the_site_busy(signed):
    client = Client()
    statuses = [client.post("/log/cosign", {"size": "x"}).status_code for _ in range(COSIGN_LIMIT + 1)]
    assert statuses == [400] * COSIGN_LIMIT + [429]
    assert client.post("/log/cosign", {"size": "x"}, REMOTE_ADDR="10.9.8.7").status_code == 400


# ------------------------------------------------------------------ pages
def test_the_public_page_needs_no_account_and_is_linked_where_people_come_in(signed, person):
    page = get("/trust/").content.decode()
    assert keys.public()[0].fingerprint in page and keys.public()[0].vkey in page
    assert f'href="/trust/checkpoint/{signed}"' in page
    assert 'href="/trust/"' in get(reverse("units:signin")).content.decode()
    reader = Client()
    reader.force_login(person(Role.REPORTER, "区住建局"))
    assert 'href="/trust/" aria-current="page"' in reader.get("/trust/").content.decode()


@pytest.mark.parametrize("written", ["{}", " {} ", "{:,}"])
def test_a_number_from_a_sheet_leads_to_its_checkpoint(signed, written):
    response = Client().get("/trust/", {"size": written.format(signed)})
    assert (response.status_code, response.url) == (302, f"/trust/checkpoint/{signed}")


@pytest.mark.parametrize("written", ["0", "7777", "x", "<b>", "9" * 40])
def test_a_number_that_was_never_signed_is_said_to_be_so(signed, written):
    response = Client().get("/trust/", {"size": written})
    assert response.status_code == 404
    assert "没有记录数为" in response.content.decode() and "<b>" not in response.content.decode()


def test_the_public_page_stands_before_the_first_checkpoint(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert "还没有检查点" in get("/trust/").content.decode()


def test_the_sheet_of_a_checkpoint_carries_its_whole_text_and_a_code(signed):
    page = get(f"/trust/checkpoint/{signed}").content.decode()
    made = checkpoints.newest()
    assert f'<pre class="tr-note">{made.note}</pre>' in page.replace("&#x2B;", "+")
    assert " ".join(made.root[i : i + 4] for i in range(0, 64, 4)) in page
    assert f'src="/trust/checkpoint/{signed}.svg"' in page
    picture = get(f"/trust/checkpoint/{signed}.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml" and "immutable" in picture.headers["Cache-Control"]
    assert ElementTree.fromstring(picture.content).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_list_of_checkpoints_has_a_constant_number_of_queries(django_assert_max_num_queries):
    for _ in range(35):
        grow()
        checkpoints.make_checkpoint()
    with django_assert_max_num_queries(14):
        page = get("/trust/").content.decode()
    assert page.count("<code>") >= 30 and 'href="?page=2"' in page
