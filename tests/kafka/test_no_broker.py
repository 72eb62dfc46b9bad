"""A worker that is told to end while its broker is away does so in good order."""

import time
from pathlib import Path

from streams.broker import kafka
from streams.free_port import free_port
from streams.settings import Settings
from tests.kafka.asking import on_a_free_port, ready
from tests.kafka.cluster import deployed
from tests.worker_process import running

AWAY_S = 2.0
"""By then every fetch has failed and waits to try again."""


def test_sigterm_without_a_broker_does_not_wait_for_one(
    parts_of_kafka: tuple[str, Path], tmp_path: Path
) -> None:
    java, jars = parts_of_kafka
    address = ("127.0.0.1", free_port("127.0.0.1"))
    node = kafka.start(address, tmp_path / "kafka", jars, java)
    try:
        base = Settings(broker="{}:{}".format(*address), data_dir=tmp_path, web_port=0)
        deployment = on_a_free_port(deployed(base))
        with running(deployment) as worker:
            worker.until(ready(deployment), 60, "readiness")
            node.process.kill()
            node.process.wait()
            time.sleep(AWAY_S)
            code = worker.stop()
            assert (code, "did not stop within" in worker.said()) == (0, False), worker.said()[-2000:]
    finally:
        node.stop()
