"""Dead letters come back: each exactly once, whatever dies when, and what is still bad goes nowhere."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from click.testing import CliRunner, Result

from agents import customer as state
from schemas import dead_letters, topics
from schemas.codec import Code
from streams import topic_check
from streams.commands.dead_letters import dead_letters as command
from streams.settings import Settings
from streams.topic_check import topic_name
from tests.kafka.cluster import Group, Sent, read, send, with_topics
from tests.kafka.test_bad_input import BAD, WHO, changed, folded, partition_of
from tests.worker_process import ROOT, environ, running

CHAT = topics.CHAT


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner(env=environ(settings)).invoke(command, arguments)


def said(settings: Settings, *arguments: str) -> tuple[int, str]:
    result = run(settings, *arguments)
    return result.exit_code, result.output.removesuffix("\n")


def counts(settings: Settings, *arguments: str) -> dict[str, tuple[int, int]]:
    """Letters of each code, and how many of them wait."""
    piles = orjson.loads(run(settings, "list", "--json", *arguments).output)["piles"]
    return {pile["code"]: (pile["letters"], pile["waiting"]) for pile in piles}


Laid = tuple[int, Code, bytes]
"""A letter that lies in a partition: its code and value."""


def lay(settings: Settings, letters: Sequence[Laid]) -> None:
    """Put letters there as a worker would have."""
    asyncio.run(_lay(settings, letters))


async def _lay(settings: Settings, letters: Sequence[Laid]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.broker, linger_ms=5)
    await producer.start()
    try:
        acks = [
            await producer.send(
                topic_name(settings, topics.DEAD_LETTERS),
                value,
                key=WHO.encode(),
                partition=partition,
                headers=dead_letters.headers(
                    code=code, stage="door", detail="", topic=topic_name(settings, CHAT), partition=0,
                    offset=n, timestamp_ms=0, value=value, original_headers=[("trace", b"1")],
                ),
            )
            for n, (partition, code, value) in enumerate(letters)
        ]  # fmt: skip
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


def events(settings: Settings) -> list[str]:
    """The ids of the events in the chats, in their order."""
    return [orjson.loads(record.value or b"")["event_id"] for record in read(settings, CHAT)]


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)


def row(settings: Settings, who: str) -> bytes | None:
    rows = [r.value for r in read(settings, topics.changelog(settings.app_id)) if r.key == who.encode()]
    return rows[-1] if rows else None


def test_letters_that_became_good_change_the_state_and_the_others_are_put_aside(
    deployment: Settings,
) -> None:
    """Every kind of poison goes through a worker first; the worker stays, and meets no new poison."""
    settings = replace(deployment, clock="wall", bad_ratio=1.0, stall_s=2.0)
    home, kinds = partition_of(WHO.encode(), 4), len(BAD)
    elsewhere = changed(event_id="elsewhere")
    poison = [Sent(CHAT, WHO.encode(), value, home) for _, value in BAD.values()]
    poison.append(Sent(CHAT, WHO.encode(), elsewhere, (home + 1) % 4))
    strayed = BAD["a key of another customer"][1] or b""
    with running(settings) as worker, Group(settings) as group:
        send(settings, poison)
        worker.until(lambda: group.committed() == len(poison), 60, "lag 0")
        before = read(settings, topics.DEAD_LETTERS)
        assert len(before) == kinds + 1
        assert counts(settings)["key-mismatch"] == (1, 1)

        at = f"letter {home}:0 cannot go back: not-json: not a JSON document"
        tail = "`--on-error park` puts such letters aside"
        assert said(settings, "replay") == (1, f"Error: {at}; sent 0, parked 0; {tail}")
        for code, left in (("key-mismatch", kinds), ("wrong-partition", kinds - 1)):
            assert said(settings, "replay", "--code", code) == (0, f"sent 1, parked 0, left {left}")
            assert counts(settings)[code] == (1, 0)
        worker.until(lambda: row(settings, "customer-2") and row(settings, WHO), 30, "the two rows")
        parked = f"sent 0, parked {kinds - 1}, left 0"
        assert said(settings, "replay", "--on-error", "park") == (0, parked)
        assert said(settings, "replay") == (0, "sent 0, parked 0, left 0")
        # Longer than a worker may stand still: the markers at the inputs' ends are no records that wait.
        assert worker.popen.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            worker.popen.wait(2 * settings.stall_s)
        assert worker.stop() == 0
    assert state.decode(row(settings, "customer-2") or b"") == folded([strayed])
    assert state.decode(row(settings, WHO) or b"") == folded([elsewhere])
    assert read(settings, topics.DEAD_LETTERS) == before, "a letter that came back became poison again"
    why = [dict(r.headers)["simmer.parked"].split(b":")[0].decode() for r in read(settings, topics.PARKED)]
    assert why == [code for code, _ in BAD.values() if code != "key-mismatch"]
    assert sum(letters for letters, _ in counts(settings, "--parked").values()) == kinds - 1


def test_a_letter_that_the_worker_still_refuses_becomes_one_new_letter_and_no_loop(
    deployment: Settings,
) -> None:
    settings = replace(deployment, clock="wall")
    lenient = replace(settings, max_ahead_s=10 * 86_400.0)
    ahead = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    send(settings, [Sent(CHAT, WHO.encode(), changed(at=ahead))])
    with running(settings) as worker:
        for letters in (1, 2, 3):
            worker.until(lambda n=letters: len(read(settings, topics.DEAD_LETTERS)) == n, 30, "a letter")
            found = read(settings, topics.DEAD_LETTERS)[-1].headers
            again = [("simmer.replayed", str(letters - 1).encode())] if letters > 1 else []
            assert [name for name, _ in found] == [*dict(again), *dead_letters.ALWAYS]
            assert dict(found) | dict(again) == dict(found)
            assert said(lenient, "replay") == (0, "sent 1, parked 0, left 0")
        worker.until(lambda: len(read(settings, topics.DEAD_LETTERS)) == 4, 30, "the last letter")
    assert counts(settings) == {"future-time": (4, 1)}


def test_what_was_handled_is_exactly_what_was_asked_for(deployment: Settings) -> None:
    """Two codes lie in turns; each is handled by itself, a few at a time, and nothing twice."""
    codes: tuple[Code, Code] = ("key-mismatch", "wrong-partition")
    lay(deployment, [(n % 2, codes[n // 2 % 2], changed(event_id=f"e-{n}")) for n in range(40)])
    mine = ["replay", "--code", "wrong-partition"]
    assert said(deployment, *mine, "--max", "7") == (0, "sent 7, parked 0, left 33")
    assert counts(deployment) == {"key-mismatch": (20, 20), "wrong-partition": (20, 13)}
    assert said(deployment, *mine) == (0, "sent 13, parked 0, left 20")
    assert said(deployment, *mine) == (0, "sent 0, parked 0, left 20")
    assert said(deployment, "replay", "--max", "1") == (0, "sent 1, parked 0, left 19")
    assert counts(deployment) == {"key-mismatch": (20, 19), "wrong-partition": (20, 0)}
    assert said(deployment, "replay") == (0, "sent 19, parked 0, left 0")
    found = events(deployment)
    assert sorted(found) == sorted(f"e-{n}" for n in range(40))
    home = partition_of(WHO.encode(), 4)
    assert {(r.partition, r.key) for r in read(deployment, CHAT)} == {(home, WHO.encode())}


def test_where_it_stops_is_where_the_next_one_begins_and_parked_ones_can_be_replayed_too(
    deployment: Settings,
) -> None:
    good = [changed(event_id=f"e-{n}") for n in range(4)]
    lay(deployment, [(0, "wrong-partition", value) for value in (good[0], good[1], b"{", good[2], good[3])])
    stopped = "Error: letter 0:{} cannot go back: not-json: not a JSON document; sent {}, parked 0; "
    for sent in (2, 0):
        code, line = said(deployment, "replay")
        assert (code, line.startswith(stopped.format(2, sent)), line.count("\n")) == (1, True, 0)
    assert said(deployment, "replay", "--on-error", "park") == (0, "sent 2, parked 1, left 0")
    assert events(deployment) == ["e-0", "e-1", "e-2", "e-3"]
    (parked,) = read(deployment, topics.PARKED)
    assert (parked.key, parked.value) == (WHO.encode(), b"{")
    assert [name for name, _ in parked.headers] == ["trace", *dead_letters.ALWAYS, dead_letters.PARKED]
    again = ["replay", "--parked", "--on-error", "park"]
    assert said(deployment, *again) == (0, "sent 0, parked 1, left 0"), "it ends, although it adds"
    assert read(deployment, topics.PARKED)[1].headers == parked.headers


HANGS = """
import sys
from aiokafka import AIOKafkaProducer
commit, commits = AIOKafkaProducer.commit_transaction, 0
async def hangs(self):
    global commits
    commits += 1
    if commits == 2:
        print("second", flush=True)
        sys.stdin.readline()
    await commit(self)
AIOKafkaProducer.commit_transaction = hangs
sys.argv = ["simmer", "dead-letters", "replay"]
from streams.cli import main
main()
"""


def hanging(settings: Settings) -> "subprocess.Popen[str]":
    """A replay that has sent a second chunk and waits for a line before it commits it."""
    popen = subprocess.Popen(
        [sys.executable, "-c", HANGS], cwd=ROOT, env=environ(settings), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert popen.stdout is not None
    assert popen.stdout.readline() == "second\n", popen.communicate()[1]
    return popen


@pytest.fixture
def laid(deployment: Settings) -> list[str]:
    """The ids of 1,700 letters that can go back, in four partitions."""
    ids = [f"e-{n}" for n in range(1_700)]
    lay(deployment, [(n // 600, "wrong-partition", changed(event_id=name)) for n, name in enumerate(ids)])
    return ids


def test_kill_9_in_the_middle_of_a_replay_and_again_neither_loses_nor_repeats_a_letter(
    deployment: Settings, laid: list[str]
) -> None:
    popen = hanging(deployment)
    popen.kill()
    popen.communicate()
    assert len(read(deployment, CHAT, committed=False)) > 500, "the second chunk was not even sent"
    code, line = said(deployment, "replay")
    assert (code, line) == (0, f"sent {len(laid) - 500:,}, parked 0, left 0")
    assert events(deployment) == laid


def test_of_two_replays_at_once_the_second_fences_the_first_which_says_so(
    deployment: Settings, laid: list[str]
) -> None:
    first = hanging(deployment)
    assert said(deployment, "replay")[0] == 0
    assert first.communicate("\n", 30) == (
        "", "Error: another `simmer dead-letters replay` has taken over; sent 500, parked 0\n"
    )  # fmt: skip
    assert first.returncode == 1
    assert events(deployment) == laid


def test_a_record_that_the_broker_refuses_keeps_its_whole_chunk_waiting(undeployed: Settings) -> None:
    asyncio.run(_made(undeployed, 1_000))
    deployment = with_topics(undeployed)
    values = [changed(event_id="small"), changed(event_id="large", text="x" * 2_000)]
    lay(deployment, [(0, "wrong-partition", value) for value in values])
    code, line = said(deployment, "replay")
    assert (code, line) == (1, f"Error: SIMMER_BROKER={deployment.broker}: MessageSizeTooLargeError")
    assert events(deployment) == []
    asyncio.run(_limited(deployment, 4 << 20))
    # The controller knows the new limit at once, the broker a moment later.
    until(lambda: said(deployment, "replay") == (0, "sent 2, parked 0, left 0"))
    assert events(deployment) == ["small", "large"]


async def _made(settings: Settings, most: int) -> None:
    name, limit = topic_name(settings, CHAT), {"max.message.bytes": str(most)}
    async with topic_check.admin(settings) as client:
        await client.create_topics([NewTopic(name, settings.partitions, 1, topic_configs=limit)])


async def _limited(settings: Settings, most: int) -> None:
    name, limit = topic_name(settings, CHAT), {"max.message.bytes": str(most)}
    async with topic_check.admin(settings) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, limit)])


def test_list_counts_by_code_and_topic_and_quotes_nobody(deployment: Settings) -> None:
    value = changed(text="my card number")
    lay(
        deployment, [(0, "key-mismatch", value), (1, "wrong-partition", value), (3, "wrong-partition", value)]
    )
    told = run(deployment, "list").output
    assert "card" not in told
    rows = [line.split()[:4] for line in told.splitlines()]
    source = topic_name(deployment, CHAT)
    assert rows == [
        ["code", "topic", "letters", "waiting"],
        ["key-mismatch", source, "1", "1"],
        ["wrong-partition", source, "2", "2"],
        ["3", "letters,", "3", "wait"],
    ]
    assert counts(deployment, "--code", "key-mismatch") == {"key-mismatch": (1, 1)}
    assert counts(deployment, "--topic", "support.call") == {}
    totals: dict[str, Any] = orjson.loads(run(deployment, "list", "--json").output)
    assert (totals["letters"], totals["waiting"]) == (3, 3)
    assert [pile["oldest"] <= pile["newest"] for pile in totals["piles"]] == [True, True]


def test_show_gives_one_letter_or_a_range_or_the_bytes_or_a_line(deployment: Settings) -> None:
    values = [changed(event_id="é"), b"\xff", b"{"]
    lay(deployment, [(2, "not-utf8", value) for value in values])
    assert run(deployment, "show", "2:0", "--raw").stdout_bytes == values[0]
    assert run(deployment, "show", "2:1").output.splitlines()[-1] == "hex ff"
    shown = run(deployment, "show", "2:0-9", "--max", "2").output
    assert [line.split(",")[0] for line in shown.splitlines() if line.startswith("letter")] == [
        "letter 2:0", "letter 2:1"
    ]  # fmt: skip
    name = topic_name(deployment, topics.DEAD_LETTERS)
    for place in ("2:3", "1:0", "2:3-9"):
        assert said(deployment, "show", place) == (1, f"Error: topic {name}: no letter at {place}")
    assert said(deployment, "show", "9:0") == (1, "Error: SIMMER_PARTITIONS=4: there is no partition 9")


@pytest.mark.parametrize("arguments", [["list"], ["show", "0:0"], ["replay"]])
def test_a_topic_that_is_missing_is_named(undeployed: Settings, arguments: list[str]) -> None:
    code, line = said(undeployed, *arguments)
    assert code == 1
    assert f"topic {undeployed.topic_prefix}simmer.dead-letters: missing, wants 4 partitions" in line
    assert line.endswith("`simmer topics create` makes what is missing")
