"""What a deployment's settings become."""

from agents.rules import DEFAULT, Rules
from streams.settings import Settings
from streams.topology import build, rules


def test_the_numbers_it_decides_by_come_from_its_settings() -> None:
    assert rules(Settings()) == DEFAULT
    chosen = Settings(duplicates_window_s=60.0, quotes="off")
    assert rules(chosen) == Rules(duplicates_window_s=60.0, quotes=False)
    assert rules(chosen).version != DEFAULT.version


def test_its_agents_are_the_channels_and_control_on_the_catalogues_topics() -> None:
    app = build(Settings(topic_prefix="eu.", web_port=1))
    assert {agent.name: agent.channel.topics for agent in app.agents.values()} == {
        "chat": ("eu.support.chat",),
        "call": ("eu.support.call",),
        "ticket": ("eu.support.ticket",),
        "care": ("eu.support.care",),
        "control": ("eu.simmer.control",),
    }
    assert app.lanes.wiring.topics == [
        topic for agent in app.agents.values() for topic in agent.channel.topics
    ]


def test_standbys_and_a_name_in_the_group_are_fausts_own() -> None:
    app = build(Settings(standby_replicas=2, instance_id="worker-1", web_port=1))
    assert (app.conf.table_standby_replicas, app.conf.consumer_group_instance_id) == (2, "worker-1")
    app = build(Settings(web_port=1))
    assert (app.conf.table_standby_replicas, app.conf.consumer_group_instance_id) == (0, None)
