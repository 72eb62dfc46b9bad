"""A dead letter as lines for people: what is said of it, then what it holds, and nothing a terminal obeys."""

from collections.abc import Iterator
from datetime import UTC, datetime

from schemas import dead_letters
from streams.letters import Letter

SHOWN = 4_000
"""Characters of a value that are shown, or half as many bytes where it is shown in hex."""

SHOWN_OF_HEADER = 200


def lines(letter: Letter) -> Iterator[str]:
    """Everything about a letter, the customer's words included; a long value is cut, and says so."""
    yield f"letter {letter.place}, {time(letter.timestamp_ms)}"
    said = {name: plain(text) for name, text in letter.said.items()}
    where = [
        said.get(name, "?") for name in (dead_letters.TOPIC, dead_letters.PARTITION, dead_letters.OFFSET)
    ]
    told = {"from": "{} {}:{}".format(*where), "time there": _time_there(letter)}
    shown = {
        "code": said.pop(dead_letters.CODE, "none: no worker of ours wrote it"),
        "stage": said.pop(dead_letters.STAGE, ""),
        "detail": said.pop(dead_letters.DETAIL, ""),
        "parked": said.pop(dead_letters.PARKED, ""),
        **(told if letter.source else {}),
        "left out": said.pop(dead_letters.HEADERS_LEFT_OUT, "") and "headers that did not fit",
        "key": _text(letter.key, SHOWN_OF_HEADER),
    }
    for name, text in shown.items():
        if text:
            yield f"  {name:<12}{text}"
    for name, content in letter.original:
        yield f"  {'header':<12}{plain(name)}: {_text(content, SHOWN_OF_HEADER)}"
    length = said.get(dead_letters.LENGTH)
    cut = f", cut: it had {length} bytes with sha256 {said.get(dead_letters.SHA256)}" if length else ""
    yield f"  {'value':<12}{'null' if letter.value is None else f'{len(letter.value)} bytes{cut}'}"
    if letter.value:
        yield _text(letter.value, SHOWN)


def plain(text: str) -> str:
    r"""The text with everything that a terminal could obey made visible.

    >>> plain("a\x1b[2J\u202eb")
    'a\\x1b[2J\\u202eb'
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def time(timestamp_ms: int) -> str:
    """A Kafka timestamp in UTC.

    >>> time(1_772_000_000_001)
    '2026-02-25T06:13:20.001Z'
    """
    text = datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _time_there(letter: Letter) -> str:
    told = letter.said.get(dead_letters.TIMESTAMP_MS, "")
    return time(int(told)) if told.isdecimal() else ""


def _text(content: bytes | None, most: int) -> str:
    """Bytes as text where they are text, else in hex, cut at so many characters."""
    if content is None:
        return "null"
    try:
        text = plain(content.decode())
    except UnicodeDecodeError:
        text = content[: most // 2 + 1].hex()
        return f"hex {text}" if len(text) <= most else f"hex {text[:most]}... (cut)"
    return text if len(text) <= most else f"{text[:most]}... (cut)"
