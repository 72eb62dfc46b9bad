from hypothesis import given
from hypothesis import strategies as st

from agents import ids

parts = st.lists(st.text(alphabet="ab:0123|\x00", max_size=4), max_size=4)


def test_an_id_is_the_same_for_ever() -> None:
    assert ids.of("ann", "e1", "annoyed") == "7f05c0b01a49f7a789b24a6a6f87f711"


@given(parts, parts)
def test_other_parts_or_other_boundaries_give_another_id(one: list[str], other: list[str]) -> None:
    assert (ids.of(*one) == ids.of(*other)) == (one == other)
