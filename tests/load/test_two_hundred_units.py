"""Two hundred units submit at once, again and again, against `qd serve` itself: nothing lost, nothing double,
no error page. Everything here is made up; nothing leaves 127.0.0.1."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from serving import installation

BULK = Path(__file__).resolve().parents[1] / "bulk.py"
UNITS, TASKS = 200, 3
SECONDS = 120


class Signer:
    """A unit's signer at a browser that is already signed in."""

    def __init__(self, port: int, session: str, path: str) -> None:
        self.port, self.path = port, path
        # The token of the form and the cookie of the browser must agree, as Django's check asks.
        self.token = "t" * 32
        self.cookies = f"qd_session={session}; csrftoken={self.token}"

    def sign(self, drafts: Sequence[str]) -> tuple[int, str]:
        """Submit what the page showed, each task with the revision that the signer had before them; the status, and
        where it leads."""
        body = urlencode([("csrfmiddlewaretoken", self.token), *(("task", each) for each in drafts)])
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        line.request("POST", self.path, body, headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer.status, answer.getheader("Location") or ""


def at_once(work: Sequence[Any]) -> list[tuple[int, str]]:
    """Run all of ``work`` in threads that start together; their answers in order."""
    gate = threading.Barrier(len(work))
    answers: list[Any] = [None] * len(work)

    def one(number: int) -> None:
        gate.wait(SECONDS)
        try:
            answers[number] = work[number]()
        except OSError as error:
            answers[number] = (0, repr(error))

    threads = [threading.Thread(target=one, args=[number]) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.slow
@pytest.mark.covers("P-36")
def test_two_hundred_units_that_submit_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    with installation(tmp_path, "load", clock="2017-07-12T09:00") as site:
        made = site.prepare(BULK, "district", "--units", str(UNITS), "--tasks", str(TASKS))
        first = site.prepare(BULK, "drafts", "第一次报送")["drafts"]
        with site.serving():
            signers = {
                str(each["unit"]): Signer(
                    site.port, each["session"], f"/reports/sign/?week={made['period']}&unit={each['unit']}"
                )
                for each in made["signers"]
            }

            # Everybody presses the button at the same moment.
            answers = at_once([lambda u=unit, s=signer: s.sign(first[u]) for unit, signer in signers.items()])
            assert Counter(status for status, _ in answers) == {302: UNITS}, answers[:5]
            assert all(re.search(r"/sign/\d+/$", where) for _, where in answers), "everybody has a receipt"
            expected = {
                "versions": UNITS * TASKS, "per_task": [1], "tasks": UNITS * TASKS, "numbers": [1],
                "texts": ["第一次报送"], "events": UNITS, "told": UNITS * TASKS, "waiting": 0,
            }  # fmt: skip
            assert site.prepare(BULK, "counts") == expected

            # And once more: the same again is no second report.
            answers = at_once([lambda u=unit, s=signer: s.sign(first[u]) for unit, signer in signers.items()])
            assert Counter(status for status, _ in answers) == {302: UNITS}, answers[:5]
            assert not any(re.search(r"/sign/\d+/$", where) for _, where in answers), "nothing new, no new receipt"
            assert site.prepare(BULK, "counts") == expected

            # A correction, from two tabs of half of the units at once: one of the two submits it, never both.
            second = site.prepare(BULK, "drafts", "更正后报送")["drafts"]
            half = dict(list(signers.items())[: UNITS // 2])
            answers = at_once(
                [lambda u=unit, s=signer: s.sign(second[u]) for unit, signer in half.items() for _tab in "ab"]
            )
            assert Counter(status for status, _ in answers) == {302: UNITS}, answers[:5]
            receipts = [bool(re.search(r"/sign/\d+/$", where)) for _, where in answers]
            assert all(sum(receipts[n : n + 2]) == 1 for n in range(0, UNITS, 2)), "exactly one tab has the receipt"
            more = UNITS // 2 * TASKS
            assert site.prepare(BULK, "counts") == expected | {
                "versions": UNITS * TASKS + more, "per_task": [1, 2], "numbers": [1, 2],
                "texts": ["更正后报送", "第一次报送"], "events": UNITS + UNITS // 2, "told": UNITS * TASKS + more,
                "waiting": UNITS * TASKS - more,
            }  # fmt: skip
        assert "Traceback" not in site.log() and "Internal Server Error" not in site.log()
