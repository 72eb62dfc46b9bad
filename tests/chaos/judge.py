"""Compares what is there with what must be there, and counts what is not."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.request import urlopen

from msgspec import json

from agents.explain import explain
from agents.rules import DEFAULT
from schemas import codec, topics
from streams.settings import Settings
from tests.kafka import oracle
from tests.kafka.cluster import read

ANSWERED_WITHIN_S = 60.0
"""All customers together."""


class Verdict(NamedTuple):
    """Counts of what went wrong; repeats are what a consumer sees beyond once."""

    events: int
    outputs: int
    lost_events: int
    wrong_states: int
    wrong_answers_over_http: int
    lost_outputs: int
    unexpected_outputs: int
    ids_with_two_contents: int
    repeats_committed: int
    repeats_uncommitted: int
    letters_missing_or_too_many: int
    bad_ends: int = 0
    """Workers that ended with a trace, or too late, or not with 0 when they were told to."""

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong; what uncommitted readers see repeated is theirs to drop."""
        return not any(self._replace(events=0, outputs=0, repeats_uncommitted=0))


def asked(settings: Settings, workers: Sequence[Settings]) -> dict[str, bytes]:
    """What is answered for every customer that has a row, whichever worker is asked."""
    until = time.monotonic() + ANSWERED_WITHIN_S
    return {
        name: answer
        for i, name in enumerate(sorted(oracle.found(settings).customers))
        if (answer := _answer(workers[i % len(workers)], f"/customers/{name}", until)) is not None
    }


def _answer(worker: Settings, path: str, until: float) -> bytes | None:
    url = f"http://{worker.web_host}:{worker.web_port}{path}"
    while True:
        # urllib follows a 307, as those who ask do.
        with suppress(OSError), urlopen(url, timeout=5) as said:
            body: bytes = said.read()
            return body
        # Who has only just come does not know yet who owns what.
        if time.monotonic() > until:
            return None
        time.sleep(0.2)


def _outputs(settings: Settings, *, committed: bool) -> list[tuple[str, bytes]]:
    return [
        (dict(record.headers)["ce_id"].decode(), record.value or b"")
        for topic in (topics.INTERVENTIONS, topics.MOODS)
        for record in read(settings, topic, committed=committed)
    ]


def judge(
    settings: Settings, acked: set[str], over_http: dict[str, bytes], note: Callable[[str], None]
) -> Verdict:
    """Read everything back; the fold goes over what lies in the inputs, and what was acked must.

    What is wrong is noted, one line for each.
    """
    wanted = oracle.expected(settings)
    got = oracle.found(settings)
    said = {name: codec.encode(output) for name, output in wanted.outputs.items()}
    all_said = _outputs(settings, committed=False)
    contents: dict[str, set[bytes]] = defaultdict(set)
    for name, value in (*got.outputs, *all_said):
        contents[name].add(value)
    names = {*got.customers, *wanted.customers}
    wrong = [name for name in names if got.customers.get(name) != wanted.customers.get(name)]
    for name in wrong:
        note(f"{name}\n  is        {got.customers.get(name)}\n  should be {wanted.customers.get(name)}")
    for name in acked - wanted.event_ids:
        note(f"lost event {name}")
    for name, value in set(got.outputs) ^ said.items():
        note(f"output {name} {'lost' if name in said else 'not expected'}: {value.decode()}")
    answers = {
        name: json.encode(explain(customer, customer.clock, DEFAULT))
        for name, customer in wanted.customers.items()
    }
    return Verdict(
        events=wanted.events,
        outputs=len(said),
        lost_events=len(acked - wanted.event_ids),
        wrong_states=len(wrong),
        wrong_answers_over_http=sum(over_http.get(name) != answer for name, answer in answers.items()),
        lost_outputs=len(said.items() - set(got.outputs)),
        unexpected_outputs=len(set(got.outputs) - said.items()),
        ids_with_two_contents=sum(len(values) > 1 for values in contents.values()),
        repeats_committed=sum((Counter(got.outputs) - Counter(set(got.outputs))).values()),
        repeats_uncommitted=sum((Counter(all_said) - Counter(set(all_said))).values()),
        letters_missing_or_too_many=abs(wanted.unreadable - len(read(settings, topics.DEAD_LETTERS))),
    )
