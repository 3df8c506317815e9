"""Whatever a log does in whatever order: what a witness has signed is one chain."""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_log import ORIGIN, Bench, history, proof, seed

from qingdan.evidence import merkle
from qingdan.evidence.signers import Signer
from qingdan.witness import Answer, Unreachable

LARGEST = 24
sizes = st.integers(0, LARGEST)


class Killed(BaseException):
    """The witness's process ends while it waits for the log."""


def silent(path: str) -> Answer:
    raise Unreachable(path, "no answer", "again")


def killed(path: str) -> Answer:
    raise Killed


def forged(path: list[bytes]) -> Callable[[str], Answer]:
    def lie(asked: str) -> Answer:
        first, second = map(int, re.findall("[0-9]+", asked) or (0, 0))
        return proof(first, second, path)

    return lie


lies = st.one_of(
    st.sampled_from([silent, killed]),
    st.sampled_from([404, 400, 500, 503]).map(lambda status: lambda path: Answer(status, b"")),
    st.binary(max_size=80).map(lambda body: lambda path: Answer(200, body)),
    st.lists(st.sampled_from(history(LARGEST)), max_size=6).map(forged),
    st.tuples(st.integers(1, LARGEST), sizes).map(
        lambda pair: forged(merkle.consistency_path(min(pair), history(max(pair))) if min(pair) else [])
    ),
)
paths = st.sampled_from(["/log/checkpoint", "/log/consistency", "/log/cosign", "/log/keys"])
step = st.fixed_dictionaries(
    {
        # What the log serves: so many events, of the true history or of a fork.
        "size": sizes,
        "forked_at": st.none() | sizes,
        "branch": st.sampled_from(["a", "b"]),
        "key": st.sampled_from(["log", "log", "log", "another key"]),
        "lies": st.dictionaries(paths, lies, max_size=2),
        "clock": st.integers(-1000, 1000),
        "restart": st.booleans(),
    }
)


@pytest.mark.usefixtures("quick")
@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(step, min_size=1, max_size=14))
def test_all_that_was_ever_signed_is_one_chain(steps: list[dict]) -> None:
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place))
        served: dict[bytes, tuple[bytes, ...]] = {}
        for each in steps:
            bench.log.leaves = history(each["size"], each["forked_at"], each["branch"])
            bench.log.signer = Signer(ORIGIN, seed(each["key"]))
            bench.log.lies = each["lies"]
            bench.clock.seconds += each["clock"]
            served[merkle.root(bench.log.leaves)] = bench.log.leaves
            memory, made = bench.memory(), len(bench.signer.made)
            if each["restart"]:
                bench.start()
            try:
                done = bench.witness.round()
            except Killed:
                bench.start()
                continue
            if done.result == "refused":
                assert bench.memory() == memory or memory.replace(b"false", b"true") == bench.memory()
                assert len(bench.signer.made) == made and bench.evidence()
        signed = list(bench.signer.made.values())
        for (first, then), (second, later) in itertools.pairwise(signed):
            assert first.size < second.size and then <= later
            assert merkle.root(served[second.root][: first.size]) == first.root
        # No checkpoint has two cosignatures, and the log took only what was signed.
        assert len({checkpoint.body() for checkpoint, _ in signed}) == len(signed)
        assert {line for _, line in bench.log.taken} <= set(bench.signer.made)
