"""What is remembered of a subject in a real ledger: over the shipped catalogue, in any order, and with final states."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import redis

from gateway.config.files import shipped_folder
from gateway.delivery.attempt import attempt
from gateway.dispatcher.timers import TimerRunner
from gateway.intake.accept import Accepted, accept
from gateway.model import Message, SendResult
from gateway.runtime import Runtime, open_runtime
from gateway.settings import Settings
from gateway.store import keys
from gateway.store.upcoming_timers import list_upcoming
from tests.conftest import Server

ROUTES = """
sources:
  psa: {events: ["*"], tokens: ["sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]}
providers: {email: {service: inbox}}
channels: {noc: {service: inbox, name: noc}}
people:
  ana: {contacts: {email: ana@example.com}}
  bob: {contacts: {email: bob@example.com}}
  cara: {contacts: {email: cara@example.com}}
routes:
  - {name: due, notify: [ticket.due_soon.any, sla.*.any, payment.*.*, invoice.created.any], to: [noc]}
  - {name: mine, notify: [ticket.due_soon.mine, ticket.due_soon.subscribed, sla.*.mine], to: [audience]}
"""
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
DUE = (START + timedelta(minutes=70)).isoformat()
"""In ten minutes."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, shared_server: Server) -> Iterator[Runtime]:
    """It is shared: nothing here changes what is not in the ledger."""
    folder = tmp_path_factory.mktemp("facts") / "config"
    (folder / "routes").mkdir(parents=True)
    shutil.copy(shipped_folder() / "catalog.yaml", folder)
    shutil.copytree(shipped_folder() / "schemas", folder / "schemas")
    (folder / "routes" / "routes.yaml").write_text(ROUTES)
    settings = Settings(config_folder=folder, data_folder=folder.parent / "data", redis_url=shared_server.url)
    runtime = open_runtime(settings, {})
    yield runtime
    runtime.close()


@pytest.fixture
def runtime(opened: Runtime, server: Server) -> Runtime:
    """With an empty ledger."""
    return opened


def post(runtime: Runtime, type: str, minute: float | None = None, id: str | None = None, **data: Any) -> Any:
    """Posts an event of ticket 7 that happened some minutes after START; None: it does not say when."""
    ticket = {"id": 7, "number": 7, "subject": "Scanner", **data.pop("ticket", {})}
    document: dict[str, Any] = {"type": type, "data": {"ticket": ticket, **data}}
    if minute is not None:
        document["time"] = (START + timedelta(minutes=minute)).isoformat()
    if id:
        document["id"] = id
    source = runtime.config.current().sources["psa"]
    (outcome,) = accept(runtime, source, [document], None, datetime.now(UTC))
    assert isinstance(outcome, Accepted), outcome
    return outcome.answer


def fire(runtime: Runtime, type: str = "ticket.due_soon") -> list[str]:
    """The targets of what was sent of a type, after the dispatcher's look."""
    TimerRunner(runtime).tick(runtime.config.current())
    return sorted(delivery["target"] for delivery in runtime.views.deliveries(500) if delivery["type"] == type)


def status(runtime: Runtime, to: str, minute: float | None = None) -> Any:
    return post(runtime, "ticket.status_changed", minute, status={"from": "New", "to": to})


def upcoming(runtime: Runtime, type: str = "ticket.due_soon") -> list[Any]:
    return list_upcoming(runtime.timers.client, [type], 100)


# ------------------------------------------------------------------ people and data


def test_a_fact_that_says_only_the_date_keeps_the_people(runtime: Runtime) -> None:
    post(runtime, "ticket.created", ticket={"assignee": "ana", "subscribers": ["bob"]})
    post(runtime, "ticket.due_set", ticket={"due_at": DUE})
    assert fire(runtime) == ["ana/email", "bob/email", "noc"]


def test_a_fact_without_the_date_keeps_the_timer(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", ticket={"due_at": DUE, "assignee": "ana"})
    post(runtime, "ticket.due_set", ticket={"assignee": "bob"})
    assert fire(runtime) == ["bob/email", "noc"]


@pytest.mark.parametrize("type", ["ticket.due_set", "ticket.assigned", "ticket.updated"])
def test_a_later_subscriber_is_notified_and_the_assignee_stays(runtime: Runtime, type: str) -> None:
    post(runtime, "ticket.created", ticket={"due_at": DUE, "assignee": "ana"})
    post(runtime, type, ticket={"subscribers": ["bob", "cara"]})
    assert fire(runtime) == ["ana/email", "bob/email", "cara/email", "noc"]


def test_null_unassigns_and_the_subscribers_stay(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", ticket={"due_at": DUE, "assignee": "ana", "subscribers": ["bob"]})
    post(runtime, "ticket.assigned", ticket={"assignee": None})
    assert fire(runtime) == ["bob/email", "noc"]


FACTS = [
    ("ticket.created", 1, {"assignee": "ana", "subscribers": ["cara"]}),
    ("ticket.assigned", 2, {"assignee": "bob"}),
    ("ticket.due_set", 3, {"due_at": DUE}),
    ("ticket.updated", 4, {"subscribers": None}),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_time_of_the_event_counts_and_not_the_order_of_arrival(runtime: Runtime, order: tuple[int, ...]) -> None:
    for number in order:
        type, minute, ticket = FACTS[number]
        for _ in range(2):  # and twice does no harm
            post(runtime, type, minute, id=f"e{number}", ticket=ticket)
    assert fire(runtime) == ["bob/email", "noc"]


def test_of_two_dates_the_one_that_was_said_last_counts(runtime: Runtime) -> None:
    later = (START + timedelta(hours=10)).isoformat()
    post(runtime, "ticket.due_set", 2, ticket={"due_at": later})
    post(runtime, "ticket.due_set", 1, ticket={"due_at": DUE})
    assert fire(runtime) == []
    ((timer, _),) = upcoming(runtime)
    assert timer.at.isoformat() == later


def test_a_date_that_was_removed_stays_removed_when_an_older_one_comes(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", 2, ticket={"due_at": None})
    post(runtime, "ticket.due_set", 1, ticket={"due_at": DUE})
    assert fire(runtime) == []
    post(runtime, "ticket.due_set", 3, ticket={"due_at": DUE})
    assert fire(runtime) == ["noc"]


def test_an_sla_knows_the_people_of_its_ticket(runtime: Runtime) -> None:
    post(runtime, "ticket.created", ticket={"assignee": "ana"})
    post(runtime, "sla.deadline_set", sla={"name": "Gold", "deadline": DUE})
    post(runtime, "ticket.assigned", ticket={"assignee": "bob"})
    assert fire(runtime, "sla.breaching_soon") == ["bob/email", "noc"]


def test_what_is_remembered_is_small_and_ends(runtime: Runtime, redis_url: str) -> None:
    for number in range(40):
        names = {f"x{number}-{name}": "y" for name in range(60)}
        post(runtime, "ticket.updated", ticket={**names, "subscribers": ["z" * 20_000]})
    post(runtime, "ticket.due_set", ticket={"due_at": (START + timedelta(days=400)).isoformat()})
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys(f"{keys.FACTS_PREFIX}*")
        assert client.hlen(key) <= 64
        assert client.memory_usage(key) < 20_000
        assert timedelta(days=399) < timedelta(milliseconds=client.pttl(key)) < timedelta(days=402)


@pytest.mark.parametrize(
    "type", ["ticket.status_changed", "ticket.customer_replied", "ticket.comment_added", "ticket.intake_form_emailed"]
)
@pytest.mark.parametrize("is_first", [True, False])
def test_people_whom_any_event_about_the_ticket_names_are_remembered(
    runtime: Runtime, type: str, is_first: bool
) -> None:
    more: dict[str, Any] = {
        "ticket.status_changed": {"status": {"from": "New", "to": "Waiting"}},
        "ticket.customer_replied": {"reply": {"body": "x"}},
        "ticket.comment_added": {"comment": {"body": "x", "kind": "public"}},
        "ticket.intake_form_emailed": {"form": {"name": "x"}, "recipient": "x@example.com"},
    }[type]
    if not is_first:
        post(runtime, "ticket.due_set", ticket={"due_at": DUE})
    post(runtime, type, ticket={"assignee": "ana", "subscribers": ["bob"]}, **more)
    if is_first:
        post(runtime, "ticket.due_set", ticket={"due_at": DUE})
    assert fire(runtime) == ["ana/email", "bob/email", "noc"]


def test_a_status_that_names_nobody_is_not_remembered(runtime: Runtime, redis_url: str) -> None:
    """Most name nobody, and remembering them would cost something for every event."""
    status(runtime, "Waiting")
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys(f"{keys.FACTS_PREFIX}*") == []


def test_a_status_that_unassigns_counts(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", ticket={"due_at": DUE, "assignee": "ana"})
    post(runtime, "ticket.status_changed", ticket={"assignee": None}, status={"from": "New", "to": "Waiting"})
    assert fire(runtime) == ["noc"]


# ------------------------------------------------------------------ final states


@pytest.mark.parametrize(
    "state",
    [
        "Resolved",
        "CLOSED",
        " Closed ",
        "cancelled",
        "Canceled",
        "closed.",
        "Clo\u200bsed",
        "\uff23\uff4c\uff4f\uff53\uff45\uff44",
        "*Done*",
    ],
)
def test_a_final_state_in_any_spelling_ends_what_is_due(runtime: Runtime, state: str) -> None:
    post(runtime, "ticket.due_set", ticket={"due_at": DUE})
    post(runtime, "sla.deadline_set", sla={"name": "Gold", "deadline": DUE})
    status(runtime, state)
    assert (fire(runtime), fire(runtime, "sla.breaching_soon")) == ([], [])


def test_any_other_state_ends_nothing(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", ticket={"due_at": DUE})
    status(runtime, "Waiting on Customer")
    assert fire(runtime) == ["noc"]


def test_a_reopened_ticket_has_its_timers_again(runtime: Runtime) -> None:
    post(runtime, "ticket.due_set", ticket={"due_at": DUE, "assignee": "ana"})
    for metric in ("first response", "resolution"):
        post(runtime, "sla.deadline_set", sla={"name": "Gold", "metric": metric, "deadline": DUE})
    post(runtime, "sla.met", sla={"name": "Gold", "metric": "first response"})
    status(runtime, "closed")
    assert fire(runtime) == []
    status(runtime, "In Progress")
    assert fire(runtime) == ["ana/email", "noc"]
    assert fire(runtime, "sla.breaching_soon") == ["ana/email", "noc"], "only the promise that was not met"
    status(runtime, "Resolved")
    status(runtime, "New")
    assert fire(runtime) == ["ana/email", "noc"], "and nothing twice"


def test_a_date_that_is_set_while_the_ticket_is_closed_waits_until_it_is_open(runtime: Runtime) -> None:
    status(runtime, "Closed", 2)
    post(runtime, "ticket.due_set", 1, ticket={"due_at": DUE})
    assert fire(runtime) == []
    status(runtime, "Open", 3)
    assert fire(runtime) == ["noc"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_state_counts_in_whatever_order_the_states_come(runtime: Runtime, order: tuple[int, ...]) -> None:
    for number in order:
        if number == 0:
            post(runtime, "ticket.due_set", 1, ticket={"due_at": DUE})
        else:
            status(runtime, ("Closed", "Open")[number - 1], 1 + number)
    assert fire(runtime) == ["noc"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_deleted_ticket_stays_deleted(runtime: Runtime, order: tuple[int, ...]) -> None:
    for number in order:
        if number == 0:
            post(runtime, "ticket.due_set", 1, ticket={"due_at": DUE})
        elif number == 1:
            post(runtime, "ticket.deleted", 3)
        else:
            status(runtime, "Open", 2)
    assert fire(runtime) == []


# ------------------------------------------------------------------ several promises of one policy


def test_two_metrics_of_one_policy_have_a_timer_each(runtime: Runtime) -> None:
    for metric, minutes in (("first response", 70), ("resolution", 700)):
        at = (START + timedelta(minutes=minutes)).isoformat()
        post(runtime, "sla.deadline_set", sla={"name": "Gold", "metric": metric, "deadline": at})
    assert {timer.keys for timer, _ in upcoming(runtime, "sla.breached")} == {
        ("Gold", "first response"),
        ("Gold", "resolution"),
    }
    post(runtime, "sla.met", sla={"name": "Gold", "metric": "first response"})
    assert [timer.keys for timer, _ in upcoming(runtime, "sla.breached")] == [("Gold", "resolution")]


def test_a_promise_that_is_met_without_its_metric_is_met_for_each(runtime: Runtime) -> None:
    for name, metric in (("Gold", "first response"), ("Gold", "resolution"), ("Silver", "resolution")):
        post(runtime, "sla.deadline_set", sla={"name": name, "metric": metric, "deadline": DUE})
    post(runtime, "sla.met", sla={"name": "Gold"})
    assert [timer.keys for timer, _ in upcoming(runtime, "sla.breached")] == [("Silver", "resolution")]


@pytest.mark.parametrize("order", list(permutations(range(2))))
@pytest.mark.parametrize("met", [{"name": "Gold"}, {"name": "Gold", "metric": "resolution"}])
def test_a_promise_that_was_met_stays_met_when_its_deadline_comes_late(
    runtime: Runtime, order: tuple[int, ...], met: dict[str, str]
) -> None:
    for number in order:
        if number == 0:
            post(runtime, "sla.deadline_set", 1, sla={"name": "Gold", "metric": "resolution", "deadline": DUE})
        else:
            post(runtime, "sla.met", 3, sla=met)
    assert upcoming(runtime, "sla.breached") == []


# ------------------------------------------------------------------ cards


def card(runtime: Runtime, type: str, **data: Any) -> Any:
    fields = {"id": "pm-1", "last4": "4242", **data}
    document = {"type": type, "data": {"card": fields, "customer": {"id": 1, "name": "Keller"}}}
    source = runtime.config.current().sources["psa"]
    (outcome,) = accept(runtime, source, [document], None, datetime.now(UTC))
    assert isinstance(outcome, Accepted), outcome
    return outcome.answer


def test_an_update_of_a_card_without_its_date_keeps_the_timer_and_null_ends_it(runtime: Runtime) -> None:
    expires = (datetime.now(UTC) + timedelta(days=100)).date().isoformat()
    card(runtime, "payment.card_stored", expires_at=expires)
    card(runtime, "payment.card_updated", brand="Visa")
    assert len(upcoming(runtime, "payment.card_expiring")) == 1
    card(runtime, "payment.card_updated", expires_at=None)
    assert upcoming(runtime, "payment.card_expiring") == []


@pytest.mark.parametrize("type", ["payment.card_stored", "payment.card_updated", "payment.card_removed"])
@pytest.mark.parametrize(("origin", "is_sent"), [("portal", True), (None, True), ("staff", False), ("api", False)])
def test_what_staff_or_a_program_does_to_a_card_is_not_sent_as_done_in_the_portal(
    runtime: Runtime, type: str, origin: str | None, is_sent: bool
) -> None:
    said = {} if origin is None else {"origin": origin}
    answer = card(runtime, type, **said)
    assert [delivery["target"] for delivery in answer["deliveries"]] == (["noc"] if is_sent else [])
    assert answer["status"] == ("accepted" if is_sent else "unrouted")


# ------------------------------------------------------------------ held messages


def invoice(runtime: Runtime, type: str, minute: float | None = None, **data: Any) -> Any:
    document: dict[str, Any] = {"type": type, "data": {"invoice": {"id": 3, "number": "INV-3", **data}}}
    if type == "invoice.late_fee_changed":
        document["data"]["fee"] = {"amount": "9.00"}
    if minute is not None:
        document["time"] = (START + timedelta(minutes=minute)).isoformat()
    source = runtime.config.current().sources["psa"]
    (outcome,) = accept(runtime, source, [document], None, datetime.now(UTC))
    assert isinstance(outcome, Accepted), outcome
    return outcome.answer


def what_is_sent(runtime: Runtime, redis_url: str) -> list[Message]:
    """The messages of what is held, when its delay is over."""
    config = runtime.config.current()
    with redis.Redis.from_url(redis_url) as client:
        for id in client.zrange(keys.due("channel/noc"), 0, -1):
            client.zadd(keys.due("channel/noc"), {id: 0})
    leases, _ = runtime.ledger.claim(config.lanes["channel/noc"], "slot", 10)
    sent: list[Message] = []

    class Recorder:
        def send(self, _target: Any, message: Message, *_: Any) -> SendResult:
            sent.append(message)
            return SendResult(None)

    for lease in leases:
        attempt(lease, config, Recorder(), 1.0)
    return sent


CREATED = {"total": "434.60", "balance": "434.60", "due_date": "2037-12-23", "customer": {"id": 1, "name": "Keller"}}
DUE_FACT = "Due: Wed Dec 23, 2037"


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        ([("invoice.updated", None, {"total": "512.00", "balance": "512.00"})],
         ["Keller: New invoice INV-3 for 512.00", DUE_FACT]),
        ([("invoice.paid", None, {"balance": "0.00"})],
         ["Keller: New invoice INV-3 for 434.60", "Open balance: 0.00", DUE_FACT]),
        ([("invoice.late_fee_changed", None, {"balance": "443.60"})],
         ["Keller: New invoice INV-3 for 434.60", "Open balance: 443.60", DUE_FACT]),
        ([("invoice.updated", None, {"due_date": None, "customer": None})], ["New invoice INV-3 for 434.60"]),
        # in another order than they happened, and one that is older than the invoice's creation
        ([("invoice.updated", 9, {"total": "3.00", "balance": "3.00"}),
          ("invoice.updated", 8, {"total": "2.00", "balance": "2.00"})],
         ["Keller: New invoice INV-3 for 3.00", DUE_FACT]),
        ([("invoice.updated", 1, {"total": "2.00"})],
         ["Keller: New invoice INV-3 for 434.60", DUE_FACT]),
    ],
)  # fmt: skip
def test_a_held_message_says_what_is_true_when_it_is_sent(
    runtime: Runtime, redis_url: str, later: list[Any], shown: list[str]
) -> None:
    invoice(runtime, "invoice.created", 5, **CREATED)
    for type, minute, data in later:
        invoice(runtime, type, minute, **data)
    (message,) = what_is_sent(runtime, redis_url)
    assert [message.title, *(f"{fact.label}: {fact.value}" for fact in message.facts)] == shown


def test_an_invoice_that_is_changed_and_voided_is_not_sent(runtime: Runtime, redis_url: str) -> None:
    invoice(runtime, "invoice.created", **CREATED)
    invoice(runtime, "invoice.updated", total="1.00")
    invoice(runtime, "invoice.voided")
    assert what_is_sent(runtime, redis_url) == []


def test_the_explanation_says_what_a_later_event_did_to_a_held_message(runtime: Runtime) -> None:
    created = invoice(runtime, "invoice.created", **CREATED)
    (held,) = [one for one in runtime.views.event(created["id"])["explanation"]["findings"] if one["kind"] == "timing"]
    assert held["why"] == (
        "noc gets it in 5 min, unless invoice.created or invoice.voided comes first,"
        " with what invoice.late_fee_changed or invoice.paid or invoice.updated says until then"
    )
    paid = invoice(runtime, "invoice.paid", balance="0.00")
    (told,) = [one for one in runtime.views.event(paid["id"])["explanation"]["findings"] if one["kind"] == "timing"]
    assert (told["why"], told["outcome"]) == ("what is held takes this newer data", "refreshed")
