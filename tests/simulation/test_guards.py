"""Without any one of its guards production code is found wrong; with all of them it is not."""

import pytest

from tests.simulation.guards import GUARDS, Guard
from tests.simulation.story import tell

WITHIN = 1_000
"""Seeds in which a missing guard must be found."""


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_missing_guard_is_found(guard: Guard) -> None:
    for seed in range(WITHIN):
        with guard.broken():
            told = tell(seed)
        if told.wrong is not None:
            print(f"without this guard seed {seed}: {told.wrong[:200]}")  # noqa: T201 - the finding
            break
    else:
        pytest.fail(f"{WITHIN} seeds did not miss it")
    # It was the guard: with it, the same seed ends well.
    assert tell(seed).wrong is None
