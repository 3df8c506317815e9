"""``python random_kills.py WRITERS KILLS``: writers under load, killed at random moments; prints what came of it.

The last line printed is JSON: how many were killed, how many events were acknowledged, and what does not hold.
"""

from __future__ import annotations

import itertools
import json
import random
import signal
import sys
import time

from fleet import Tell, Writer, append, check, connection, found, lost_and_doubled, officer

LONGEST_LIFE = 0.1  # seconds between two kills
ALL_AT_ONCE = 0.04


def main(writers: int, kills: int) -> None:
    actor, chance, lives = officer(), random.Random(4), itertools.count()
    acknowledged: set[str] = set()
    wrong: list[str] = []

    def start() -> tuple[str, Writer]:
        name = f"w{next(lives)}"

        def work(tell: Tell) -> None:
            for number in itertools.count():
                append(actor, f"{name}-{number}")
                tell(f"{name}-{number}")

        return name, Writer(work)

    running = [start() for _ in range(writers)]
    ended: list[tuple[str, int]] = []
    while len(ended) < kills:
        time.sleep(chance.uniform(0, LONGEST_LIFE))
        # Now and then all at once, as when the machine goes down; the log is then looked at while nobody writes.
        everybody = chance.random() < ALL_AT_ONCE or len(ended) + writers >= kills
        chosen = list(range(writers)) if everybody else [chance.randrange(writers)]
        for place in chosen:
            running[place][1].kill()
        for place in chosen:
            name, writer = running[place]
            status = writer.end()
            if status != -signal.SIGKILL:
                wrong.append(f"{name} ended by itself with {status}")
            acknowledged |= set(writer.told)
            ended.append((name, len(writer.told)))
        if everybody:
            wrong += lost_and_doubled(acknowledged) + check()
        if len(ended) < kills:
            for place in chosen:
                running[place] = start()
    # Beyond what a writer was told there is at most the one event that it was about to be told.
    beyond = set(found()) - acknowledged
    wrong += [f"never begun: {name}" for name in beyond - {f"{name}-{told}" for name, told in ended}]
    connection.close()
    print(json.dumps({"killed": len(ended), "acknowledged": len(acknowledged), "beyond": len(beyond), "wrong": wrong}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
