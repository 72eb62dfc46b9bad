"""Ten faults on a Kafka of their own; `make chaos` runs as many as you like."""

from pathlib import Path

from tests.chaos.run import chaos

SEED = 7


def test_ten_faults_lose_repeat_and_change_nothing(parts_of_kafka: tuple[str, Path]) -> None:
    said: list[str] = []
    verdict = chaos(10, SEED, "memory", said.append)
    assert verdict.clean, "\n".join(said)
    assert verdict.events > 5_000
