"""The summary's arithmetic."""

from streams.summary import Summary, lines, summarise
from tests.streams.said import intervention, mood


def test_rungs_are_where_customers_ended_and_the_unheard_of_are_content() -> None:
    said = [(1.0, mood("a", "annoyed")), (2.0, mood("a", "unsure")), (3.0, mood("b", "furious", warned=True))]

    found = summarise({}, 5, 1.0, said)

    assert found.rungs == {"delighted": 0, "content": 3, "unsure": 1, "annoyed": 0, "furious": 1}


def test_every_entry_into_furious_is_caught_with_its_lead_or_missed() -> None:
    said = [
        (1.0, mood("a", "furious", warned=True, lead_s=10.0, lead_touches=1)),
        (1.0, mood("b", "furious", warned=True, lead_s=30.0, lead_touches=3)),
        (1.0, mood("c", "furious", warned=True, lead_s=20.0, lead_touches=8)),
        (1.0, mood("d", "furious", warned=False)),
        (1.0, mood("e", "annoyed")),
    ]

    found = summarise({}, 9, 1.0, said)

    assert (found.caught, found.missed, found.lead_s, found.lead_touches) == (3, 1, 20.0, 3)


def test_a_delay_runs_from_the_sending_of_the_trigger_to_the_arrival_of_its_intervention() -> None:
    sent_at = {f"e-{n}": float(n) for n in range(100)}
    said = [(n + 0.01 * (n + 1), intervention(str(n), event_id=f"e-{n}")) for n in range(100)]

    found = summarise(sent_at, 100, 4.0, said)

    assert (found.events, found.interventions) == (100, 100)
    assert found.p50_s is not None
    assert found.p99_s is not None
    assert (round(found.p50_s, 6), round(found.p99_s, 6)) == (0.5, 0.99)


def test_an_intervention_that_no_event_caused_has_no_delay() -> None:
    said = [(2.0, intervention("a", event_id="hold@2026-03-02T08:02:00Z"))]

    found = summarise({"e": 1.0}, 1, 1.0, said)

    assert (found.interventions, found.p50_s) == (1, None)


def test_where_nothing_was_said_nothing_is_made_up() -> None:
    found = summarise({"e": 1.0}, 1, 1.0, [])

    assert found == Summary(
        events=1, took_s=1.0,
        rungs={"delighted": 0, "content": 1, "unsure": 0, "annoyed": 0, "furious": 0},
        interventions=0, caught=0, missed=0, lead_touches=None, lead_s=None, p50_s=None, p99_s=None,
    )  # fmt: skip
    assert not [text for text in lines(found, "Kafka") if text.startswith(("lead", "delay"))]


def test_the_summary_names_the_broker_and_every_figure() -> None:
    found = Summary(
        events=10_000, took_s=25.0, rungs={"content": 200, "furious": 3}, interventions=12,
        caught=2, missed=1, lead_touches=4.5, lead_s=7500, p50_s=0.034, p99_s=1.2,
    )  # fmt: skip

    assert lines(found, "Kafka 4.4.0") == [
        "broker         Kafka 4.4.0",
        "events         10,000 in 25.0 s (400/s, at the demo's pace)",
        "customers      203: 200 content, 3 furious",
        "interventions  12",
        "furious        3 entries: 2 caught before, 1 missed",
        "lead           4.5 touches, 2 h 5 min before furious (medians of those caught)",
        "delay          event to intervention p50 34 ms, p99 1.2 s",
    ]
