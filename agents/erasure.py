"""Erasure: what is left of a customer who asked to be forgotten is when, and soon not even that."""

from agents.customer import NEVER, Customer
from agents.rules import Rules


def erased(customer: Customer, until_s: float, rules: Rules) -> Customer:
    """The customer after everything up to `until_s` was erased; the same one where that was done before."""
    if customer.erased_s is not None and until_s <= customer.erased_s:
        return customer
    after = Customer(erased_s=until_s)
    after.due_s = over_s(after, rules)
    return after


def over_s(customer: Customer, rules: Rules) -> float:
    """When nothing from before the erasure can arrive any more, in epoch seconds."""
    return NEVER if customer.erased_s is None else customer.erased_s + rules.lateness_s


def end(customer: Customer) -> None:
    """The erasure itself is forgotten in a working copy."""
    customer.erased_s = None


def blank(customer: Customer) -> bool:
    """Whether nothing is known of this customer, so that they need no row."""
    return not customer.path and customer.erased_s is None
