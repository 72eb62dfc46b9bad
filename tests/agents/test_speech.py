import pytest
from msgspec.structs import replace

from agents import speech
from agents.customer import Contact
from agents.rules import DEFAULT
from agents.signals import Signal


def contact() -> Contact:
    """A contact in which the customer has spoken before."""
    return Contact("one", "chat", spoke=True)


def heard(text: str) -> list[tuple[str, float]]:
    signals, _ = speech.of_customer(text, contact(), DEFAULT)
    return [(signal.cause, round(signal.points, 2)) for signal in signals]


def test_a_family_counts_once_in_a_message_with_its_first_phrase() -> None:
    signals, kind = speech.of_customer("ridiculous and frustrating and annoying", contact(), DEFAULT)
    assert (signals, kind) == ([Signal("frustrated", 9.0, "ridiculous")], False)


def test_two_families_in_a_message_both_count() -> None:
    assert heard("ridiculous, I am disappointed") == [("frustrated", 9.0), ("let-down", 6.0)]


def test_one_message_is_bounded_and_its_causes_keep_their_proportion() -> None:
    assert heard("liars, I want to cancel, I want a manager, my lawyer writes to you") == [
        ("furious", 10.0),
        ("leaving", 5.45),
        ("escalating", 4.09),
        ("threat", 5.45),
    ]


def test_the_opening_message_counts_half_and_the_next_in_full() -> None:
    fresh = Contact("one", "chat")
    assert speech.of_customer("ridiculous", fresh, DEFAULT)[0] == [Signal("frustrated", 4.5, "ridiculous")]
    assert speech.of_customer("ridiculous", fresh, DEFAULT)[0] == [Signal("frustrated", 9.0, "ridiculous")]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("THIS IS RIDICULOUS", 9.0 * 1.25),
        ("RIDICULOUS", 9.0),
        ("this is RIDICULOUS", 9.0 * 1.25),
        ("this is so very RIDICULOUS", 9.0),
        ("ridiculous!!", 9.0 * 1.1),
        ("ridiculous?!", 9.0 * 1.1),
        ("ridiculous!", 9.0),
        ("THIS IS RIDICULOUS!!", 9.0 * 1.25 * 1.1),
    ],
)
def test_shouting_and_repeated_marks_amplify_a_little(text: str, points: float) -> None:
    assert heard(text) == [("frustrated", round(points, 2))]


def test_shouting_without_a_phrase_is_nothing() -> None:
    assert heard("MY ORDER NUMBER IS AB 4471!!") == []


def test_kind_words_are_a_credit_and_ask_for_nothing() -> None:
    signals, kind = speech.of_customer("Thanks, that worked", contact(), DEFAULT)
    assert [(s.cause, s.points) for s in signals] == [("thanks", -1.0), ("praise", -3.0)]
    assert kind


def test_kind_words_earn_once_per_contact_and_family() -> None:
    chat = contact()
    speech.of_customer("Thanks", chat, DEFAULT)
    assert speech.of_customer("Thanks again", chat, DEFAULT) == ([], True)
    assert speech.of_customer("Thanks, that worked", chat, DEFAULT) == (
        [Signal("praise", -3.0, "that worked")],
        True,
    )


def test_thanks_beside_a_disservice_are_no_credit() -> None:
    assert heard("Thanks, another ridiculous answer") == [("frustrated", 9.0)]


def test_what_the_company_says_is_a_debit() -> None:
    assert speech.of_company("I am sorry, there is nothing I can do.", DEFAULT) == [
        Signal("stymie", 6.0, "nothing i can do")
    ]
    assert speech.of_company("Of course, one moment.", DEFAULT) == []


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    short = replace(DEFAULT, words_read_characters=20)
    assert speech.of_customer("x" * 30 + " ridiculous", contact(), short) == ([], False)
    assert speech.of_company("x" * 30 + " no eta", short) == []


def test_a_family_that_weighs_nothing_says_nothing() -> None:
    light = replace(DEFAULT, words=replace(DEFAULT.words, frustrated=0.0, stymie=0.0))
    assert speech.of_customer("ridiculous", contact(), light) == ([], False)
    assert speech.of_company("no eta", light) == []
