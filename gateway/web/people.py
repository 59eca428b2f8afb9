"""The API's people: the directory with its names, and people whom events named and the directory does not have."""

from __future__ import annotations

from typing import Any

from gateway.config.places.masking import mask_recipient
from gateway.model import Config, Person, Role, Scope
from gateway.routing.audience import find_person
from gateway.store.strangers import CountedStranger
from gateway.web.endpoint import Call, endpoint
from gateway.web.responses import RawResponse, json_response
from gateway.web.schemas import COUNT, MOMENT, TEXT, answer, component, list_of, object_of, or_null

CONTACT = object_of({"kind": TEXT, "service": TEXT, "recipient": or_null(TEXT)})
PERSON = object_of(
    {
        "name": TEXT,
        "full_name": TEXT,
        "identities": list_of(TEXT),
        "timezone": or_null(TEXT),
        "contacts": list_of(CONTACT),
    }
)
UNKNOWN = object_of(
    {
        "identities": list_of(TEXT),
        "source": TEXT,
        "role": {"enum": list(Role)},
        "count": COUNT,
        "last": MOMENT,
        "namesakes": {**list_of(TEXT), "description": "People who share the full name, so that it means none of them."},
    }
)
PEOPLE = component("People", object_of({"people": list_of(PERSON), "unknown": list_of(UNKNOWN)}))


@endpoint(
    "GET",
    "/v1/people",
    Scope.ADMIN,
    "The people of the directory, with addresses masked, and whom events have named and nobody knows",
    {"200": answer(PEOPLE)},
)
def list_people(call: Call) -> RawResponse:
    runtime = call.process.runtime
    config = call.config
    people = [person_document(person) for person in config.people.values()]
    unknown = (unknown_document(stranger, config) for stranger in runtime.strangers.newest())
    return json_response({"people": people, "unknown": [document for document in unknown if document]})


def person_document(person: Person) -> dict[str, Any]:
    """*person* as people may see them: addresses are masked."""
    contacts = []
    for kind, target in person.contacts.items():
        recipient = target.address.recipient
        masked = mask_recipient(recipient.reveal()) if recipient else target.masked_recipient
        contacts.append({"kind": kind, "service": target.address.kind, "recipient": masked})
    return {
        "name": person.name,
        "full_name": person.full_name,
        "identities": sorted(mask_recipient(name) if "@" in name else name for name in person.identities),
        "timezone": person.timezone or None,
        "contacts": contacts,
    }


def unknown_document(stranger: CountedStranger, config: Config) -> dict[str, Any] | None:
    """*stranger* as JSON; None if the directory has them by now."""
    match = find_person(stranger.identities, stranger.source, config)
    if isinstance(match, str):
        return None
    return {
        "identities": list(stranger.identities),
        "source": stranger.source,
        "role": stranger.role.value,
        "count": stranger.count,
        "last": stranger.last.isoformat(),
        "namesakes": list(match.namesakes),
    }
