"""The sample journeys: the same seed the same bytes, in time's order, calm and sliding, all our own words."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from schemas.codec import encode, read_call, read_chat, read_ticket
from schemas.event import Event
from streams.journeys import START, journeys, population, raw, stories
from streams.journeys.contacts import steps
from streams.journeys.scenes import script
from streams.journeys.texts import FIELDS, of_company, of_customers, texts

READERS = {"chat": read_chat, "call": read_call, "ticket": read_ticket}


@pytest.fixture(scope="module")
def crowd() -> list[Event]:
    return list(population(240, 1))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    once, again, other = list(raw(20, 5)), list(raw(20, 5)), list(raw(20, 6))

    assert once == again
    assert once != other


def test_a_customer_lives_the_same_life_in_a_larger_crowd() -> None:
    few = [encode(e) for e in journeys(3, 5, START)]
    many = [encode(e) for e in journeys(30, 5, START) if int(e.customer_id.split("-")[1]) < 3]

    assert few == many


def test_events_come_in_the_order_of_time(crowd: list[Event]) -> None:
    assert all(a.at <= b.at for a, b in pairwise(crowd))


def test_every_event_has_an_id_of_its_own_that_names_its_customer(crowd: list[Event]) -> None:
    assert len({e.event_id for e in crowd}) == len(crowd)
    assert all(e.event_id.startswith(e.customer_id + "-") for e in crowd)


def test_the_default_demo_is_some_ten_thousand_events_of_252_customers_over_about_three_weeks(
    crowd: list[Event],
) -> None:
    assert 6_000 <= len(crowd) <= 12_000
    assert len({e.customer_id for e in crowd}) == 252
    assert timedelta(days=18) < crowd[-1].at - crowd[0].at < timedelta(days=28)


def test_all_three_channels_are_used_and_customers_change_between_them(crowd: list[Event]) -> None:
    channels: dict[str, set[str]] = {}
    for event in crowd:
        channels.setdefault(event.customer_id, set()).add(_channel(event))

    assert {channel for used in channels.values() for channel in used} == {"chat", "call", "ticket"}
    assert sum(len(used) > 1 for used in channels.values()) > 200


def test_one_matter_in_five_is_tried_again_and_again_across_channels(crowd: list[Event]) -> None:
    attempts: dict[str, set[str]] = {}
    for event in crowd:
        attempts.setdefault(str(event.matter_id), set()).add(event.conversation_id)
    stubborn = {matter.rsplit("-", 1)[0] for matter, contacts in attempts.items() if len(contacts) >= 4}

    assert 0.12 < len(stubborn) / 252 < 0.32


def test_raw_gives_channel_and_customer_of_bytes_that_its_reader_takes() -> None:
    for channel, customer_id, value in raw(20, 5):
        event = READERS[channel](value)
        assert (event.customer_id, encode(event)) == (customer_id, value)


def test_journeys_begin_when_they_are_told_to() -> None:
    start = datetime(2030, 6, 1, 12, tzinfo=UTC)

    moved = list(population(20, 5, start))

    assert [e.at - start for e in moved] == [e.at - START for e in population(20, 5)]
    assert [e.event_id for e in moved] == [e.event_id for e in population(20, 5)]


def test_there_are_twelve_stories_and_the_thousand_cuts_are_the_longest() -> None:
    told = Counter(e.customer_id for e in stories())

    assert len(told) == 12
    assert told.most_common(1)[0][0] == "thousand-cuts-tom"


def test_there_are_words_enough_for_every_field_temper_and_kind() -> None:
    ours = [t for t in texts() if t.by == "customer"]

    assert len({t.text for t in texts()}) == len(texts())
    assert {t.severity for t in ours} == {0, 1, 2, 3, 4}
    assert len(ours) >= 300
    assert len(texts()) - len(ours) >= 100
    assert all(len(pool) >= 6 for pools in of_customers().values() for pool in pools)


def test_every_scene_can_be_played() -> None:
    """Each step is known, and each kind that the company says has lines."""
    kinds = {step.says for scenes in script().scenes.values() for scene in scenes for step in steps(scene)[1]}

    assert kinds - {""} <= of_company().keys()


def test_the_script_fits_the_texts() -> None:
    assert script().issues.keys() == set(FIELDS)
    assert sum(plot.share for plot in script().plots.values()) == pytest.approx(1)
    named = {kind for plot in script().plots.values() for kind in (*plot.scenes, plot.last or "calm")}
    assert named == script().scenes.keys()


def _channel(event: Event) -> str:
    return str(event.__struct_config__.tag).split(".")[0]
