"""What is said of a customer beyond any one conversation."""

from schemas.event import Event


class CareEvent(Event, frozen=True, kw_only=True, gc=False):
    """A fact about a customer that belongs to no conversation, or to one that is named."""

    conversation_id: str = ""


class CustomerErased(CareEvent, tag="customer.erased", frozen=True, kw_only=True, gc=False):
    """Everything known of the customer up to `at` is to be forgotten."""
