"""A port that nobody listens on right now: for port 0, and for brokers and workers that live a minute."""

import socket


def free_port(host: str) -> int:
    """A port of this host that nobody listens on right now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
