import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import words
from agents.words import Match, Side, find


def families(text: str, side: Side = "customer") -> list[str]:
    return [match.family for match in find(text, side)]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("you are liars", "furious"),
        ("I want to cancel", "leaving"),
        ("my solicitor will write to you", "threat"),
        ("let me speak to a manager", "escalating"),
        ("this is ridiculous", "frustrated"),
        ("how do I cancel", "shopping-around"),
        ("forget it", "gave-up"),
        ("I am disappointed", "let-down"),
        ("I am still waiting", "chasing"),
        ("thank you", "thanks"),
        ("that worked", "praise"),
    ],
)
def test_each_family_of_the_customers_is_found(text: str, family: str) -> None:
    assert families(text) == [family]


@pytest.mark.parametrize(
    ("text", "family"),
    [("our hands are tied", "stymie"), ("please repeat your number", "asked-again")],
)
def test_each_family_of_the_companys_is_found(text: str, family: str) -> None:
    assert families(text, "company") == [family]


def test_a_match_names_our_phrase_as_we_wrote_it() -> None:
    assert find("I CAN\u2019T  BELIEVE it", "customer") == (Match("frustrated", "can't believe"),)


def test_every_phrase_is_found_where_it_stands_alone() -> None:
    for side in ("customer", "company"):
        for match in words.lexicon(side).matches:
            assert find(match.phrase, side) == (match,), match


def test_no_phrase_is_written_twice_on_one_side() -> None:
    for side in ("customer", "company"):
        patterns = [words.plain(match.phrase) for match in words.lexicon(side).matches]
        assert len(patterns) == len(set(patterns))


def test_each_side_is_read_for_its_own_phrases() -> None:
    assert families("our hands are tied", "customer") == []
    assert families("you are liars", "company") == []


@pytest.mark.parametrize("text", ["scampi", "a lifelong legendary fan", "joking", "tactile liaison"])
def test_a_phrase_inside_a_word_is_none(text: str) -> None:
    assert families(text) == []


def test_the_longest_phrase_wins() -> None:
    assert find("thank you so much", "customer") == (Match("thanks", "thank you so much"),)


def test_phrases_side_by_side_are_all_found() -> None:
    assert families("ridiculous liars ridiculous") == ["frustrated", "furious", "frustrated"]


@pytest.mark.parametrize(
    "text",
    [
        "this is not ridiculous",
        "it isn't all that ridiculous",
        "it isn\u2019t ridiculous",
        "never been ridiculous",
        "I do not find it ridiculous",
    ],
)
def test_a_negation_within_three_words_silences_a_phrase(text: str) -> None:
    assert families(text) == []


@pytest.mark.parametrize(
    "text",
    ["not one of you four: ridiculous", "It is not. Ridiculous!"],
)
def test_a_negation_further_off_or_in_another_sentence_silences_nothing(text: str) -> None:
    assert families(text) == ["frustrated"]


def test_a_negation_that_belongs_to_a_phrase_silences_nothing_behind_it() -> None:
    assert families("can't believe it, ridiculous") == ["frustrated", "frustrated"]


@pytest.mark.parametrize("text", ["our hands are not tied", "they aren't against policy"])
def test_a_negated_stymie_is_none(text: str) -> None:
    assert families(text, "company") == []


def test_a_phrase_does_not_reach_over_the_end_of_a_sentence() -> None:
    assert families("That worked. This has to be ridiculous") == ["praise", "frustrated"]
    assert families("I said thank. You should know") == []


@pytest.mark.parametrize(
    "text", ["", "   ", "!!!", "\U0001f621\U0001f621", "Das ist eine Frechheit", "最悪のサービス", "\ud800"]
)
def test_what_is_empty_or_in_another_language_says_nothing(text: str) -> None:
    assert families(text) == []


@given(st.text())
def test_no_text_is_too_odd_to_read(text: str) -> None:
    find(text, "customer")


def test_the_lexicon_is_read_once() -> None:
    assert words.lexicon("customer") is words.lexicon("customer")
