"""What was said becomes signals: one per family and message, bounded, with the phrase that proves it."""

import string

from agents.customer import Contact
from agents.rules import Rules, Words
from agents.signals import Signal
from agents.words import Match, find

SHOUTED_WORDS_LEAST = 3
"""Fewer words in capitals are an order number or an abbreviation."""

FIELDS = {field.replace("_", "-"): field for field in Words.__struct_fields__}
"""The field of the rules that weighs each family of phrases."""

# Plain letters only: what is not English says nothing here anyway, and bytes count fifty times as fast.
_SMALL = string.ascii_lowercase.encode()
_NO_LETTERS = bytes(set(range(128)) - set(string.ascii_letters.encode()))
_EXCLAIMING = ("!!", "??", "?!", "!?")


def of_customer(text: str, contact: Contact, rules: Rules) -> tuple[list[Signal], bool]:
    """What the customer's words weigh, and whether they are kind words alone, which ask for no answer.

    Kind words are a credit only where the same message holds no debit, and once per contact and family.
    """
    opening = not contact.spoke
    contact.spoke = True
    found = find(text[: rules.words_read_characters], "customer")
    if not found:
        return [], False
    signals = _signals(found, rules)
    if not signals:
        return [], False
    debits = [signal for signal in signals if signal.points > 0]
    if debits:
        factor = _loudness(text, rules) * (rules.opening_share if opening else 1.0)
        return _bounded(debits, factor, rules), False
    credited = [signal for signal in signals if signal.cause not in contact.earned]
    contact.earned += tuple(signal.cause for signal in credited)
    return credited, True


def of_company(text: str, rules: Rules) -> list[Signal]:
    """What the company's words, a person's or a bot's, do to the customer."""
    found = find(text[: rules.words_read_characters], "company")
    return _signals(found, rules) if found else []


def _signals(found: tuple[Match, ...], rules: Rules) -> list[Signal]:
    signals: dict[str, Signal] = {}
    for family, phrase in found:
        if family not in signals:
            signals[family] = Signal(family, getattr(rules.words, FIELDS[family]), phrase)
    return [signal for signal in signals.values() if signal.points]


def _bounded(debits: list[Signal], factor: float, rules: Rules) -> list[Signal]:
    whole = factor * sum(signal.points for signal in debits)
    if whole > rules.message_points_most:
        factor *= rules.message_points_most / whole
    return [Signal(cause, points * factor, phrase) for cause, points, phrase, _ in debits]


def _loudness(text: str, rules: Rules) -> float:
    factor = rules.exclaiming_factor if any(marks in text for marks in _EXCLAIMING) else 1.0
    letters = text.encode("ascii", "ignore").translate(None, _NO_LETTERS)
    capitals = letters.translate(None, _SMALL)
    if 2 * len(capitals) > len(letters) and len(text.split()) >= SHOUTED_WORDS_LEAST:
        factor *= rules.shouting_factor
    return factor
