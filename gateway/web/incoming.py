"""The endpoint for foreign senders, `/v1/in/{source}`: the source's mapping turns what is posted into events.

A sender gets a 2xx only after its events, or its body as unmapped, are in the ledger.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from gateway.errors import ApiError, StoreUnavailable, TemplateFailed
from gateway.intake.accept import Accepted, committable, outcomes, types_of
from gateway.intake.accept import Outcome as EventOutcome
from gateway.intake.incoming import (
    WITHOUT_RULES,
    Incoming,
    Mapped,
    is_duplicate,
    map_body,
    prepare_mapped,
    same_body,
    unmapped_of,
)
from gateway.intake.planning import circumstances_of, need_ledger
from gateway.messages.replies import render_json
from gateway.model import Circumstances, Signature, Source
from gateway.web.auth import is_allowed_from
from gateway.web.endpoint import Access, Call, PathPart, endpoint, reason_of
from gateway.web.failed_tokens import client_address, peer_address
from gateway.web.request import IncomingTarget
from gateway.web.responses import RawResponse, json_response, problem_response, text_response
from gateway.web.schemas import TEXT, Json, answer, component, list_of, object_of
from gateway.web.sender import NOBODY, Posted, parse_query, shows_credential, without_credentials
from gateway.web.signing_keys import key_url_of

MAX_ON_LOOP_BYTES = 32 * 1024
"""Larger bodies are read and mapped in a thread."""
MAX_EVENTS_ON_LOOP = 20
CHALLENGES = ("hub.challenge", "challenge", "validationToken")
"""Query parameters that a sender expects back before it posts anything (WebSub, Microsoft Graph)."""
CHALLENGE = re.compile(r"[A-Za-z0-9._~:+/=@ -]{1,500}")
STATUS: Json = {
    "enum": ["accepted", "duplicate", "ignored", "unmapped"],
    "description": "`unmapped`: it did not become events, or not all of it did; it is kept.",
}
RECEIVED = component(
    "Received",
    object_of(
        {"status": STATUS},
        {
            "events": list_of(object_of({"id": TEXT, "type": TEXT, "status": TEXT})),
            "ignored": list_of(TEXT),
            "unmapped": {**TEXT, "description": "Id of the body that is kept."},
        },
    ),
)
ANSWERS = {
    "202": answer(RECEIVED, "Stored: as events, or as a body that waits until its mapping is mended. See `reply`."),
}
VERIFIED = {"200": answer(object_of({"status": TEXT}))}
BODY: Json = {"required": True, "content": {"*/*": {"schema": {}}}}
SOURCE = PathPart("Name of the source.")
KEY = PathPart("Its key, where its `auth` has one; what follows can be read by its mapping.", has_slashes=True)
POSTED_PROBLEMS = (
    "not-found", "too-many-failures", "too-large", "incomplete-body", "body-too-slow", "too-many-requests",
    "quota-exceeded", "unmapped", "overloaded", "storage-unavailable",
)  # fmt: skip


@endpoint(
    "POST", "/v1/in/{source}", Access.SENDER, "Post anything that the source's mapping understands", ANSWERS,
    path_parts={"source": SOURCE}, body=BODY, takes_events=True, problems=POSTED_PROBLEMS,
)  # fmt: skip
async def post_incoming(call: Call, source: str) -> RawResponse:  # noqa: ARG001 - the request has it, unescaped
    return await receive(call)


@endpoint(
    "POST", "/v1/in/{source}/{key}", Access.SENDER, "Post with the key in the URL", ANSWERS,
    path_parts={"source": SOURCE, "key": KEY}, body=BODY, takes_events=True, problems=POSTED_PROBLEMS,
)  # fmt: skip
async def post_incoming_with_key(call: Call, source: str, key: str) -> RawResponse:  # noqa: ARG001
    return await receive(call)


@endpoint(
    "GET", "/v1/in/{source}", Access.SENDER, "Answer the challenge that some senders ask before they post",
    VERIFIED, path_parts={"source": SOURCE}, problems=("not-found", "too-many-failures"),
)  # fmt: skip
async def verify_incoming(call: Call, source: str) -> RawResponse:  # noqa: ARG001
    return await answer_challenge(call)


@endpoint(
    "GET", "/v1/in/{source}/{key}", Access.SENDER, "Answer such a challenge, with the key in the URL",
    VERIFIED, path_parts={"source": SOURCE, "key": KEY},
    problems=("not-found", "too-many-failures"),
)  # fmt: skip
async def verify_incoming_with_key(call: Call, source: str, key: str) -> RawResponse:  # noqa: ARG001
    return await answer_challenge(call)


async def answer_challenge(call: Call) -> RawResponse:
    _, posted = await authenticate(call, b"")
    return challenge_response(posted) or json_response({"status": "ok"})


def challenge_response(posted: Posted, names: tuple[str, ...] = CHALLENGES) -> RawResponse | None:
    for name in names:
        if CHALLENGE.fullmatch(posted.query.get(name, "")):
            return text_response(posted.query[name])
    return None


async def authenticate(call: Call, body: bytes) -> tuple[Source, Posted]:
    """Who posts *body*. Raises: ApiError (not-found), the same for an unknown source and for a wrong credential."""
    process, request, target = call.process, call.request, call.request.incoming
    if target is None:  # a server may read such a path differently from us
        target = IncomingTarget("", (), "")
    proxies = process.runtime.settings.trusted_proxies
    posted = Posted(request, target, parse_query(target.query), body)
    source, now = call.config.sources.get(target.source, NOBODY), datetime.now(UTC)
    is_right = shows_credential(call.config, source, posted, process.signing_keys.by_host(), now)
    # ConnectWise changes its keys, and only the body names the new one: fetch it, and compare once more.
    if not is_right:
        for host in {part.key_host for part in source.credentials if isinstance(part, Signature) and part.key_host}:
            url = key_url_of(body, host)
            if url is not None and process.signing_keys.reserve_fetch(host, url):
                await call.lane.run(partial(process.signing_keys.fetch, host, url))
                is_right = shows_credential(call.config, source, posted, process.signing_keys.by_host(), now)
    if is_right and source.allow_from:
        is_right = is_allowed_from(source, peer_address(request, proxies))
    process.failed_tokens.admit(client_address(request, proxies), source.name if is_right else None)
    if not is_right:
        raise ApiError("not-found")
    return source, posted


async def receive(call: Call) -> RawResponse:
    """The answer to a body, after everything that came of it was stored."""
    address = client_address(call.request, call.process.runtime.settings.trusted_proxies)
    # A signature covers the body, so the body is read before its sender is known, and counts as one of the address.
    body = await call.lane.read_bytes(call, f"address {address}")
    source, posted = await authenticate(call, body)
    if response := challenge_response(posted, ("validationToken",)):  # Microsoft Graph asks with a POST
        return response
    try:
        call.process.quotas.take(source)
        call.process.runtime.admission.check()
        return await _store(call, source, posted)
    except StoreUnavailable as exc:
        # Answered and counted here, since some senders need another status (`reply.overload`) to post again.
        call.process.counts.refuse(reason_of(exc))
        error = ApiError(reason_of(exc), exc.why, headers={"Retry-After": str(exc.retry_after_s)})
        return problem_response(error, call.request.path, status=source.reply.overload)


async def _store(call: Call, source: Source, posted: Posted) -> RawResponse:
    runtime, began, now = call.process.runtime, time.perf_counter(), datetime.now(UTC)
    headers, query, path = without_credentials(source, posted)
    incoming = Incoming(posted.body, headers, query, path, now)
    mapping = source.mapping or WITHOUT_RULES
    is_small = len(posted.body) <= MAX_ON_LOOP_BYTES
    work = partial(map_body, mapping, incoming, runtime.settings.max_body_bytes)
    mapped = work() if is_small else await call.lane.run(work)
    if mapped.refused:
        raise ApiError("unmapped")
    results: list[EventOutcome] = []
    if mapped.events:
        types = types_of(mapped.documents)

        def prepare_now(circumstances: Circumstances) -> Any:
            return prepare_mapped(runtime, call.config, source, mapped, incoming, circumstances)

        if is_small and len(mapped.events) <= MAX_EVENTS_ON_LOOP and not need_ledger(call.config, types):
            prepared = prepare_now(Circumstances(now))
        else:
            prepared = await call.lane.run(lambda: prepare_now(circumstances_of(runtime, call.config, types, now)))
        events = committable(prepared)
        results = outcomes(prepared, await call.lane.commit(runtime, events) if events else [])
    unmapped_id, is_known = "", False
    if (unmapped := unmapped_of(source, mapped, results, incoming)) is not None:
        keep = partial(runtime.unmapped.keep, unmapped, same_body(incoming), mapping.dedupe.window)
        unmapped_id, is_known = await call.lane.run(keep)
    for reason in mapped.ignored:
        call.process.counts.ignore(source.name, reason)
    call.process.counts.accept(time.perf_counter() - began)
    return _reply(source, mapped, results, unmapped_id, is_known=is_known, now=now)


def _reply(
    source: Source, mapped: Mapped, results: list[EventOutcome], unmapped_id: str, *, is_known: bool, now: datetime
) -> RawResponse:
    events = [
        {
            "id": outcome.answer["id"] if isinstance(outcome, Accepted) else event.document.get("id", ""),
            "type": event.document["type"],
            "status": "duplicate" if is_duplicate(outcome) else "accepted",
        }
        for event, outcome in zip(mapped.events, results, strict=True)
        if isinstance(outcome, Accepted) or is_duplicate(outcome)
    ]
    is_duplicated = (
        is_known if unmapped_id else bool(events) and all(event["status"] == "duplicate" for event in events)
    )
    if is_duplicated:
        status = "duplicate"
    elif unmapped_id:
        status = "unmapped"
    else:
        status = "accepted" if events else "ignored"
    document: dict[str, Any] = {"status": status}
    document |= {"events": events} if events else {}
    document |= {"ignored": list(mapped.ignored)} if mapped.ignored else {}
    document |= {"unmapped": unmapped_id} if unmapped_id else {}
    if source.reply.body is not None:
        first = events[0] if events else {"id": unmapped_id, "type": ""}
        payload = mapped.payload
        names = {"id": first["id"], "type": first["type"], "status": status, "body": payload.body}
        names |= {"query": payload.query, "headers": payload.headers}
        with suppress(TemplateFailed):  # it is stored nevertheless, so the sender gets the usual answer
            document = render_json(source.reply.body, names, now)
    return json_response(document, source.reply.duplicate if is_duplicated else source.reply.success)
