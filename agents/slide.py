"""The slide: when an episode begins and ends, and when somebody should step in before `furious`."""

from agents.customer import Customer, Intervention, Stand
from agents.ladder import ANNOYED, CONTENT, UNSURE
from agents.rules import Rules

PATH_MOST = 6
"""Stands remembered, the newest last."""


def begin(customer: Customer, rules: Rules) -> None:
    """The first event of a customer: they stand where new ones stand, and rest there."""
    customer.path = (Stand(customer.rung, customer.clock),)
    customer.level = rules.rest_level


def touch(customer: Customer, level: float, rules: Rules) -> None:
    """A touch brought the level here: the running slope, in points per touch, follows."""
    customer.slope += rules.slope_share * (level - customer.level - customer.slope)
    customer.level = level


def move(customer: Customer, rung: int, cause: str) -> None:
    """Stand on another rung: `unsure` begins an episode, `content` or better ends it and its intervention."""
    customer.rung = rung
    customer.path = (*customer.path, Stand(rung, customer.clock))[-PATH_MOST:]
    if rung <= CONTENT:
        customer.episode = ""
        customer.intervention = None
    elif not customer.episode:
        customer.episode = cause


def watched(customer: Customer) -> bool:
    """Whether an intervention may be called for: below `content`, not yet `furious`, none open."""
    return UNSURE <= customer.rung <= ANNOYED and customer.intervention is None


def calls_for_help(customer: Customer, level: float, rules: Rules) -> bool:
    """Whether a watched customer is sliding.

    Either they fell to `annoyed`, two rungs down within one episode, or the slope carried a few touches ahead
    ends at `furious`, however well they still stand.
    """
    fell = customer.rung == ANNOYED and customer.path[-2].rung == UNSURE
    return fell or level + rules.horizon_touches * customer.slope >= rules.entering_levels[ANNOYED]


def intervened(customer: Customer, intervention_id: str) -> None:
    """An intervention was called for now; it stays open until the episode ends."""
    customer.intervention = Intervention(intervention_id, customer.clock, customer.touches)
