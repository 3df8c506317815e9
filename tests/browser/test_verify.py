"""The page that verifies receipts: it works without a network, sends nothing, and says clearly what it found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import NARROW, SECONDS, Watched, axe_source, launch, old_chromium, overflow, person
from playwright.sync_api import Browser, Playwright, expect
from serving import installation, on_postgres

from qingdan.evidence import bundle, commitment, merkle
from qingdan.evidence.notes import Checkpoint, Key, Note
from qingdan.evidence.signers import Signer

pytestmark = pytest.mark.browser

LOG = Signer("qingdan.example/log", bytes(range(32)))
JIWEI = Signer("纪检", bytes(range(32, 64)), "cosignature")
TEXTS = {
    "face": {"at": "2017-08-03T01:00:00.000000+00:00", "object_id": "7", "object_type": "tasks.report", "rows": "",
             "verb": "tasks.submit_report"},
    "who": {"actor": "12", "actor_label": "王芳", "post_label": "经办岗"},
    "what": {"data": '{"amount":"1亿元"}', "object_label": "北部新区 <b>道路</b>"},
}  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty installation: verifying needs nothing of it."""
    with installation(tmp_path_factory.mktemp("verify"), "verify") as empty, empty.serving() as address:
        yield address


def receipt(hash: str = "sm3") -> str:
    """A bundle that holds: the second of two events, cosigned, the person withheld."""
    salt = "0123456789abcdef" * 2
    parts = {name: bundle.Disclosed(salt, commitment.canonical(text)) for name, text in TEXTS.items()}
    hidden = bundle.Withheld(parts["who"].commitment(hash))
    leaf = commitment.leaf(*(part.commitment(hash) for part in parts.values()))
    hashes = [merkle.leaf_hash(b"another", hash), merkle.leaf_hash(leaf, hash)]
    body = Checkpoint(LOG.key.name, 2, merkle.root(hashes, hash), hash, "2017-08-03T01:00:00Z").body()
    return bundle.make(
        index=1,
        face=parts["face"],
        who=hidden,
        what=parts["what"],
        proof=merkle.inclusion_path(1, hashes, hash),
        checkpoint=Note(body, (LOG.sign(body), JIWEI.cosign(body, 1_501_722_030))).text(),
        log=LOG.key,
        witnesses=[JIWEI.key],
    ).text()


def opened(at: Watched, key: str = "") -> list[str]:
    """The page with this key in its field; the list takes the address of every request from now on."""
    at.go("/trust/verify")
    at.page.fill("#verify-key", key)
    asked: list[str] = []
    at.page.on("request", lambda request: asked.append(request.url))
    at.page.context.set_offline(True)
    return asked


def test_good_and_changed_files_are_told_apart_and_nothing_is_sent(browser: Browser, url: str, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(receipt(), "utf-8")
    (tmp_path / "bad.json").write_text(receipt().replace("1亿元", "2亿元"), "utf-8")
    with person(browser, url) as at:
        asked = opened(at)
        at.page.set_input_files("#verify-files", [tmp_path / "good.json", tmp_path / "bad.json"])
        good, bad = at.page.locator(".qd-verdict").first, at.page.locator(".qd-verdict").nth(1)
        for told in ("核对通过", "tasks.submit_report", "2017-08-03 09:00:00 (UTC+8)", "北部新区 <b>道路</b>", "1亿元",
                     "未公开或已删除", "纪检 · 2017-08-03 09:00:30 (UTC+8)", LOG.key.fingerprint):  # fmt: skip
            expect(good).to_contain_text(told)
        expect(bad.locator(".qd-alert--error")).to_contain_text("核对不通过")
        expect(bad).to_contain_text("内容与日志不符")
        expect(bad).to_contain_text("未经证实")
        assert not good.locator(".qd-alert--error").is_visible() and not bad.locator(".qd-alert--good").is_visible()
        assert asked == []


def test_a_file_is_dropped_and_another_key_is_tried_at_once(browser: Browser, url: str) -> None:
    with person(browser, url) as at:
        asked = opened(at, LOG.key.vkey)
        at.page.evaluate(
            """text => {
                const carried = new DataTransfer();
                carried.items.add(new File([text], "receipt.json"));
                const zone = document.querySelector(".qd-file");
                zone.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
            }""",
            receipt("sha256"),
        )
        result = at.page.locator(".qd-verdict")
        expect(result).to_contain_text("公钥与所填的一致")
        at.page.fill("#verify-key", Key(LOG.key.name, "ed25519", JIWEI.key.public).vkey)
        at.page.keyboard.press("Tab")
        expect(result).to_contain_text("日志公钥与所填的不同")
        at.page.fill("#verify-key", "x")
        at.page.keyboard.press("Tab")
        expect(result).to_contain_text("您填写的日志公钥格式不对")
        assert asked == []


def test_the_keyboard_alone_pastes_and_checks(browser: Browser, url: str) -> None:
    with person(browser, url) as at:
        opened(at)
        at.page.focus("#verify-text")
        at.page.keyboard.insert_text(receipt())
        at.page.keyboard.press("Tab")
        at.page.keyboard.press("Tab")
        at.page.keyboard.press("Enter")
        expect(at.page.locator(".qd-verdict")).to_contain_text("核对通过")


def test_the_page_with_results_is_sound_narrow_and_wide(browser: Browser, url: str) -> None:
    with person(browser, url) as at:
        at.go("/trust/verify")
        at.page.fill("#verify-text", receipt().replace("1亿元", "2亿元"))
        at.page.keyboard.press("Tab")
        at.page.locator("#verify-form button").click()
        expect(at.page.locator(".qd-verdict")).to_contain_text("核对不通过")
        at.page.evaluate(axe_source())
        found = at.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [each["id"] for each in found["violations"] if each["impact"] in {"serious", "critical"}]
        assert serious == [] and overflow(at.page) <= 0
        at.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        assert overflow(at.page) <= 0
        at.page.emulate_media(media="print")
        assert not at.page.is_visible("#verify-form") and at.page.is_visible(".qd-verdict")


def test_without_scripts_the_page_says_what_to_do(browser: Browser, url: str) -> None:
    with person(browser, url, java_script_enabled=False) as at:
        at.go("/trust/verify")
        expect(at.page.locator("noscript .qd-alert")).to_be_visible()
        assert not at.page.is_visible("#verify-form")


def test_the_stand_alone_verifier_is_handed_out(browser: Browser, url: str) -> None:
    with person(browser, url) as at:
        answer = at.page.request.get(url + "/log/verifier.py")
        assert "qingdan-verifier.py" in answer.headers["content-disposition"]
        assert answer.body() == Path(bundle.__file__).with_name("verifier.py").read_bytes()


@pytest.mark.skipif(on_postgres(), reason="old engines are shown on SQLite: what reaches them does not depend on it")
def test_receipts_are_verified_on_chromium_83(playwright: Playwright, url: str) -> None:
    old = launch(playwright, old_chromium("83"))
    try:
        with person(old, url) as at:
            at.go("/trust/verify")
            cases = [receipt(), receipt("sha256"), receipt().replace("1亿元", "2亿元")]
            ask = "cases => cases.map(text => qingdanCheck(new TextEncoder().encode(text), '').code)"
            assert at.page.evaluate(ask, cases) == ["", "", "proof"]
            fill = """text => {
                const form = document.getElementById("verify-form");
                form.elements.key.value = "";
                form.elements.text.value = text;
                form.querySelector("button").click();
            }"""
            at.page.evaluate(fill, receipt())
            at.page.wait_for_timeout(0.2 * SECONDS)
            strong = "Array.from(document.querySelectorAll('.qd-verdict strong'), each => each.offsetParent !== null)"
            shown = at.page.evaluate(strong)
            assert shown == [True, False]
    finally:
        old.close()
