"""Every problem with which a request can be answered: slug, status, title, cause and cure.

Each is served as the page `/problems/<slug>`, and `docs/problems.md` is generated from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.errors import MAX_ERRORS, ApiError

MAX_DETAIL = 300


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem document; *title* is the same whenever it occurs (RFC 9457, 3.1.3)."""

    status: int
    title: str
    cause: str
    cure: str


PROBLEMS: dict[str, ProblemType] = {
    # ------------------------------------------------------------------ the request
    "bad-request": ProblemType(
        400,
        "The request cannot be understood",
        "The request is not valid HTTP, a part of it (a query parameter, a header) makes no sense, or its header `Host`"
        " names a host that `GATEWAY_HOSTS` does not list.",
        "Read `detail`: it names the part.",
    ),
    "bad-parameter": ProblemType(
        400,
        "A query parameter cannot be used",
        "A query parameter is unknown, missing, given twice, or has a value out of its range.",
        "Read `detail`: it names the parameter and what is expected. `/openapi.json` lists all parameters.",
    ),
    "bad-idempotency-key": ProblemType(
        400,
        "The Idempotency-Key cannot be used",
        "The header is empty, longer than 255 characters, or holds characters that are not visible ASCII.",
        "Send a key of 1 to 255 visible ASCII characters, a UUID for example.",
    ),
    "incomplete-body": ProblemType(
        400,
        "The body ended too early",
        "Fewer bytes arrived than `Content-Length` promised, or the last chunk is missing: the connection broke, or the"
        " length is wrong.",
        "Post it again; the same event is never stored twice when it has an id or an Idempotency-Key.",
    ),
    "unauthorized": ProblemType(
        401,
        "No valid token",
        "The request has no bearer token, or its token does not belong to any source, or no longer does.",
        "Send `Authorization: Bearer <token>`. `gateway token` makes a new token and prints the line for the source.",
    ),
    "too-many-failures": ProblemType(
        429,
        "Too many wrong tokens",
        "This address has shown ten wrong tokens within a minute (`GATEWAY_FAILED_TOKENS`); each further one doubles"
        " the wait. A source that has shown its token from the same address before is not affected.",
        "Correct the token, and wait as long as `Retry-After` says.",
    ),
    "quota-exceeded": ProblemType(
        429,
        "The source has used up its quota",
        "The source makes more requests with events than its `quota` allows.",
        "Wait as long as `Retry-After` says, send several events in one request, or raise the `quota`.",
    ),
    "too-many-requests": ProblemType(
        429,
        "Too much at once",
        "This source, or this address, sends bodies of more than 32 MiB at the same time.",
        "Wait as long as `Retry-After` says, and send fewer large requests at once.",
    ),
    "forbidden-scope": ProblemType(
        403,
        "The token may not do this",
        "The source may not post events of this type, or its token lacks the scope that the request needs.",
        "Add the event type to the source's `events`, or the scope to its `scopes`, in `routes/*.yaml`.",
    ),
    "not-found": ProblemType(
        404,
        "There is nothing here",
        "There is no such path, event or delivery; or it has expired, or it belongs to another source.",
        "Check the path against `/openapi.json` and the id against the answer that the event got.",
    ),
    "method-not-allowed": ProblemType(
        405,
        "The path does not take this method",
        "The path exists, but not for this method. Methods are written in capitals.",
        "The header `Allow` lists the methods.",
    ),
    "not-dead": ProblemType(
        409,
        "The delivery is not dead",
        "Only a dead delivery can be retried or discarded; this one was delivered, or waits for its next attempt.",
        "Nothing needs to be done; `GET /v1/deliveries?event=<id>` shows where it stands.",
    ),
    "too-large": ProblemType(
        413,
        "The body is too large",
        "One event is limited to 256 KiB and a request to 8 MiB (`GATEWAY_MAX_EVENT_BYTES`, `GATEWAY_MAX_BODY_BYTES`).",
        "Send a link instead of the content, or fewer events in one request.",
    ),
    "body-too-slow": ProblemType(
        408,
        "The body did not come in time",
        "The body must arrive within 20 seconds after the headers (`GATEWAY_BODY_TIMEOUT`). Nothing was stored.",
        "Send it again, over a connection that is fast enough.",
    ),
    "too-many-events": ProblemType(
        413,
        "Too many events in one request",
        "An array holds more than 1,000 events.",
        "Split it.",
    ),
    "unsupported-media-type": ProblemType(
        415,
        "The body is not JSON in UTF-8",
        "The content type is missing or is not JSON, the charset is not UTF-8, or the body is compressed.",
        "Send `Content-Type: application/json`, `application/cloudevents+json` or `application/cloudevents-batch+json`,"
        " and no `Content-Encoding`.",
    ),
    # ------------------------------------------------------------------ the form of the body
    "not-json": ProblemType(
        400,
        "The body is not JSON",
        "The body is empty or breaks the grammar of JSON (RFC 8259). `NaN`, `Infinity` and numbers that are too large"
        " for a double are not JSON either.",
        "Read `detail`: it says where the grammar breaks.",
    ),
    "bad-unicode": ProblemType(
        400,
        "The body is not clean UTF-8",
        "The body is not UTF-8, begins with a byte order mark, or holds half of a surrogate pair.",
        "Encode it as UTF-8 without a byte order mark.",
    ),
    "duplicate-key": ProblemType(
        400,
        "An object has a duplicate key",
        "Programs differ in which of the two values they take, so neither is taken.",
        "Send each key once.",
    ),
    "too-deep": ProblemType(
        400,
        "The body is nested too deeply",
        "Arrays and objects are nested more than 32 levels deep.",
        "Flatten the data.",
    ),
    "too-complex": ProblemType(
        400,
        "The body holds too much",
        "An event holds more than 20,000 values, an object more than 1,000 keys, or a number more than 64 characters.",
        "Send what the message needs, and a link to the rest.",
    ),
    # ------------------------------------------------------------------ the meaning of the body
    "invalid-event": ProblemType(
        422,
        "The event does not fit its schema",
        "The envelope or the data breaks the event type's JSON Schema, or an identifier holds control characters.",
        "Each of `errors` points to one place. `GET /v1/catalog?type=<type>` shows the schema and an example.",
    ),
    "unknown-type": ProblemType(
        422,
        "There is no such event type",
        "The catalogue declares no event type of this name.",
        "`errors` may name the nearest ones; `GET /v1/catalog` lists all.",
    ),
    "bad-override": ProblemType(
        422,
        "The override cannot be used",
        "It names nobody in the directory, ends before it starts or before now, has neither `person` nor `absent`, or "
        "more than one of `replaces`, `joins` and `absent`.",
        "Each of `errors` points to one place. docs/oncall.md describes overrides.",
    ),
    "empty-array": ProblemType(
        422,
        "The array holds no event",
        "An array must hold 1 to 1,000 events.",
        "Send nothing when there is nothing to say.",
    ),
    "unmapped": ProblemType(
        422,
        "No rule takes this body",
        "The mapping of the source has no rule for it, and says `otherwise: refuse`.",
        "`gateway map` shows why no rule takes it. With `otherwise: keep` such bodies are kept until a rule does.",
    ),
    "idempotency-mismatch": ProblemType(
        422,
        "The key was used for something else",
        "An event with this id, or a request with this Idempotency-Key, was accepted before with different content.",
        "Give a new event a new id and a new key.",
    ),
    # ------------------------------------------------------------------ the gateway itself
    "internal": ProblemType(
        500,
        "The gateway failed",
        "The gateway has a defect. No event was stored in part.",
        "Look for the `request_id` in the gateway's log, and report what the log says. If an error repeats,"
        " only the first one of each minute is logged.",
    ),
    "storage-unavailable": ProblemType(
        503,
        "The event cannot be stored now",
        "The ledger's server is away, still loading, full, or cannot serve as it is set up: the `detail` says which."
        " No event was stored in part.",
        "Wait as long as `Retry-After` says and post the same again, with the same id or Idempotency-Key. For the"
        " operator: do what the `detail` says; no restart is needed.",
    ),
    "overloaded": ProblemType(
        503,
        "The gateway takes no further event now",
        "The ledger's server uses more than 75 % of its memory, or would use more than 90 % when all that waits has "
        "been sent; or more deliveries wait than `GATEWAY_MAX_WAITING`; or clients send too many large bodies at once."
        " What is stored is still sent.",
        "Wait as long as `Retry-After` says and post the same again. For the operator: find the channel whose"
        " deliveries wait (`gateway deliveries --state waiting`), or give the server more memory.",
    ),
}


def problem_document(error: ApiError) -> dict[str, Any]:
    """RFC 9457: `{type, title, status, detail?, errors?: [{pointer, code, detail, hint?}]}`."""
    problem_type = PROBLEMS[error.slug]
    document: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": problem_type.title,
        "status": problem_type.status,
    }
    if error.detail:
        document["detail"] = error.detail[:MAX_DETAIL]
    if error.errors:
        document["errors"] = [dict(entry) for entry in error.errors[:MAX_ERRORS]]
    return document
