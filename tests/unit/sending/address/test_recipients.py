"""An address reaches those whom it names, or it is refused."""

from __future__ import annotations

import pytest

from gateway.config.places.services import RecipientFault
from gateway.errors import InvalidAddress
from gateway.model import Address, Secret
from gateway.sending.address.plugin import checked_plugin, plugin_for
from gateway.sending.address.recipients import narrowed, recipients_of
from gateway.sending.services import AppriseServices
from tests.support.recipients import CASES, Case, Fields

RIGHT = [(case, text) for case in CASES for text in case.right]
SHARED = {"opsgenie", "xmatters"}
"""Their recipients share one alert."""
WRONG = [(case, text) for case in CASES for text in case.wrong]


def name(value: object) -> str:
    return value.service if isinstance(value, Case) else str(value)[:30]


def targets(case: Case, *texts: str) -> Address:
    return Address(case.service, {**case.fields, "targets": texts})


def contact(case: Case, text: str) -> Address:
    return Address(case.service, case.fields, recipient=Secret(text))


def is_refused(address: Address) -> bool:
    try:
        plugin_for(address)
    except InvalidAddress:
        return True
    return False


@pytest.mark.parametrize(("case", "text"), RIGHT, ids=name)
def test_a_right_recipient_is_kept(case: Case, text: str) -> None:
    assert checked_plugin(targets(case, text)).faults == []
    assert checked_plugin(contact(case, text)).faults == []


@pytest.mark.parametrize("case", CASES, ids=name)
def test_all_right_recipients_are_kept_together(case: Case) -> None:
    assert checked_plugin(targets(case, *case.right)).faults == []


@pytest.mark.parametrize(("case", "text"), WRONG, ids=name)
def test_a_wrong_recipient_is_refused(case: Case, text: str) -> None:
    assert is_refused(targets(case, text))
    assert is_refused(contact(case, text))


@pytest.mark.parametrize(("case", "text"), WRONG, ids=name)
def test_a_wrong_recipient_beside_right_ones_is_refused(case: Case, text: str) -> None:
    assert is_refused(targets(case, *case.right, text))


def test_at_least_forty_services_are_tried() -> None:
    assert len({case.service for case in CASES}) >= 40


# ------------------------------------------------------------------ one at a time


@pytest.mark.parametrize("case", CASES, ids=name)
def test_each_recipient_has_an_address_of_its_own(case: Case) -> None:
    address = targets(case, *case.right)
    recipients = recipients_of(address)
    assert list(recipients) == ([] if case.service in SHARED else list(case.right))
    for recipient in recipients:
        single = narrowed(address, recipient)
        assert recipients_of(single) == (recipient,)
        assert checked_plugin(single).faults == []


def test_a_recipient_that_is_named_twice_counts_once() -> None:
    address = targets(CASES[0], "+15550100001", "+1 555 010 0001", "+15550100002")
    assert recipients_of(address) == ("+15550100001", "+15550100002")


def test_copies_of_a_mail_are_recipients_of_their_own() -> None:
    fields: Fields = {"host": "h.example", "from": "bot@example.com", "targets": ("a@example.com",)}
    address = Address("mailto", {**fields, "cc": "c@example.com", "bcc": ("d@example.com", "a@example.com")})
    assert sorted(recipients_of(address)) == ["a@example.com", "c@example.com", "d@example.com"]
    plugin = plugin_for(narrowed(address, "d@example.com"))
    assert (plugin.targets, plugin.cc, plugin.bcc) == ([(False, "d@example.com")], set(), set())


def test_a_whole_url_is_narrowed_too() -> None:
    url = "mailto://h.example:25/a@example.com/b@example.com?from=bot@example.com&cc=c@example.com"
    address = Address(url=Secret(url))
    assert recipients_of(address) == ("a@example.com", "b@example.com", "c@example.com")
    plugin = plugin_for(narrowed(address, "c@example.com"))
    assert (plugin.targets, plugin.cc) == ([(False, "c@example.com")], set())


@pytest.mark.parametrize("address", [Address("inbox"), Address("json", {"host": "h.example"})])
def test_an_address_may_have_no_recipients(address: Address) -> None:
    assert AppriseServices().recipients(address) == ()


# ------------------------------------------------------------------ what the faults say


def fault_of(case: Case, text: str) -> RecipientFault:
    (fault,) = AppriseServices().recipient_faults(targets(case, *case.right, text))
    return fault


@pytest.mark.parametrize(
    ("service", "text", "message"),
    [
        ("twilio", "12", "this is not a recipient of the service, and Apprise would leave it out"),
        ("slack", "not a channel!!", "Apprise would take this for several recipients"),
        ("tgram", "not a chat!", "Apprise would send to another recipient than this one"),
        ("mailto", "b@@example", "this is not a recipient of the service, and Apprise would leave it out"),
    ],
)
def test_a_fault_says_where_it_is_and_what_would_happen(service: str, text: str, message: str) -> None:
    case = next(case for case in CASES if case.service == service)
    assert fault_of(case, text) == RecipientFault("targets", len(case.right), message)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"targets": ()}, "the field 'targets' is an empty list"),
        ({"cc": "c@example.com"}, "'cc' needs 'targets' beside it"),
        ({"targets": "jörg@example.com"}, "the part before the @ has characters beyond ASCII"),
        ({"targets": "ana@a..example"}, "this is not a recipient of the service"),
    ],
)
def test_a_mail_that_would_go_elsewhere_is_refused(fields: Fields, reason: str) -> None:
    refusal = AppriseServices().refusal(Address("mailto", {"host": "h.example", "from": "b@example.com", **fields}))
    assert refusal is not None
    assert reason in refusal


def test_copies_for_all_contacts_are_refused() -> None:
    fields: Fields = {"host": "h.example", "from": "b@example.com", "bcc": "archive@example.com"}
    refusal = AppriseServices().refusal(Address("mailto", fields, recipient=Secret("ana@example.com")))
    assert refusal == "'bcc' cannot be given for all contacts; give a channel for the copy"


@pytest.mark.parametrize(
    "url",
    [
        "slack://xoxb-1234-1234-4ddb/not%20a%20channel!!",
        f"twilio://AC{'a' * 32}:{'a' * 32}@15550100123/12",
        "mailto://h.example:25?from=b@example.com&to=b@@example",
        "mailto://h.example:25?from=b@example.com&to=a@example.com,not+an+address",
        "tgram://123456789:abc_DEF-hijklmnop/not%20a%20chat!",
    ],
)
def test_a_whole_url_with_a_wrong_recipient_is_refused(url: str) -> None:
    assert is_refused(Address(url=Secret(url)))


@pytest.mark.parametrize(
    ("text", "sent_to"),
    [
        ("o'neil@example.com", "o'neil@example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("Ana O'Neil <ana@bücher.example>", "ana@xn--bcher-kva.example"),
        ("user@пример.рф", "user@xn--e1afmkfd.xn--p1ai"),
    ],
)
@pytest.mark.parametrize("service", ["mailto", "sendgrid", "mailgun", "ses", "o365"])
def test_an_address_is_kept_whole_and_its_domain_is_written_in_punycode(service: str, text: str, sent_to: str) -> None:
    case = next(case for case in CASES if case.service == service)
    if " " in text and service == "sendgrid":
        pytest.skip("it splits at blanks; the address is refused")
    assert sent_to in str(plugin_for(targets(case, text)).targets)
