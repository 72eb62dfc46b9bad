from agents import contacts
from agents.contacts import CONTACTS_MOST
from agents.customer import Contact, Customer
from schemas.chat import ChatQueued
from tests.agents.making import made

CHAT = Contact("one", "chat", served=True)
CALL = Contact("two", "call")


def test_a_known_conversation_is_taken_as_a_copy() -> None:
    customer = Customer(contacts=(CHAT, CALL))
    taken = contacts.take(customer, made(ChatQueued, conversation_id="one"), "chat")
    taken.served = False
    assert customer.contacts == (CALL,)
    assert CHAT.served


def test_an_unknown_conversation_begins() -> None:
    customer = Customer(contacts=(CHAT,))
    assert contacts.take(customer, made(ChatQueued, conversation_id="three"), "chat") == Contact(
        "three", "chat"
    )
    assert customer.contacts == (CHAT,)


def test_the_same_id_on_another_channel_is_another_conversation() -> None:
    assert contacts.take(
        Customer(contacts=(CHAT,)), made(ChatQueued, conversation_id="one"), "call"
    ) == Contact("one", "call")


def test_a_conversation_that_goes_on_becomes_the_newest() -> None:
    customer = Customer(contacts=(CHAT, CALL))
    contacts.keep(customer, contacts.take(customer, made(ChatQueued, conversation_id="one"), "chat"))
    assert customer.contacts == (CALL, CHAT)


def test_the_one_touched_longest_ago_is_forgotten() -> None:
    customer = Customer(contacts=(CHAT,))
    for i in range(CONTACTS_MOST):
        contacts.keep(customer, Contact(f"c{i}", "chat"))
    assert [contact.conversation_id for contact in customer.contacts] == [
        f"c{i}" for i in range(CONTACTS_MOST)
    ]
