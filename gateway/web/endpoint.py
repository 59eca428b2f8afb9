"""Endpoints describe themselves: a declaration beside the code says who may call it, with which parameters, and what it
returns. Requests are checked by it, and `/openapi.json` is the sum of all declarations."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl

from gateway.errors import ApiError, Overloaded, StoreUnavailable
from gateway.intake.accept import Outcome
from gateway.model import Config, Scope, Source
from gateway.runtime import Runtime
from gateway.store.records import CommitResult, PreparedEvent
from gateway.web.auth import find_source, is_allowed_from, require_scope, unauthorized
from gateway.web.failed_tokens import client_address, peer_address
from gateway.web.process import WebProcess
from gateway.web.request import Request, check_target
from gateway.web.responses import RawResponse
from gateway.web.schemas import TEXT, Json

MAX_PARAMETERS = 50
T = TypeVar("T")


class Access(Enum):
    """Who may call an endpoint that requires no scope."""

    PUBLIC = "public"
    """Anybody, without a token."""
    ANY_SOURCE = "any-source"
    """Every source with a live token."""
    SENDER = "sender"
    """The source in the path, authenticated by its `auth`; the endpoint checks this itself."""


class Lane(Protocol):
    """What carries a request: the event loop, or a thread of a WSGI server. Only here do the two differ."""

    async def read_json(self, call: Call) -> Any:
        """The value of the whole body. Raises: ApiError."""

    async def read_bytes(self, call: Call, client: str) -> bytes:
        """The whole body, of any type, counted as one of *client*. Raises: ApiError."""

    async def commit(self, runtime: Runtime, events: Sequence[PreparedEvent]) -> Sequence[CommitResult]:
        """Like `intake.commit`. Raises: StoreUnavailable."""

    async def accept(self, call: Call, documents: list[Any], key: str | None, *, is_array: bool) -> list[Outcome]:
        """The result for each of *documents*, like `intake.accept`. Raises: ApiError, StoreUnavailable."""

    async def run(self, work: Callable[[], T]) -> T:
        """The result of *work*, which may wait for the ledger."""


@dataclass(frozen=True, slots=True)
class Call:
    """An authorized request to an endpoint."""

    process: WebProcess
    request: Request
    lane: Lane
    config: Config
    _source: Source | None

    @property
    def source(self) -> Source:
        """The source that makes the request."""
        assert self._source is not None, "a public endpoint does not authenticate its callers"  # noqa: S101
        return self._source


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query; *parse* turns its text into a value, or raises ValueError with what it expects."""

    name: str
    description: str
    parse: Callable[[str], Any]
    schema: Json = field(default_factory=lambda: TEXT)
    is_required: bool = False


@dataclass(frozen=True)
class PathPart:
    """A variable part of the path."""

    description: str = ""
    schema: Json = field(default_factory=lambda: TEXT)
    has_slashes: bool = False
    """Whether it extends to the end of the path: ids come from the sources, and may contain slashes."""


View = Callable[..., RawResponse] | Callable[..., Awaitable[RawResponse]]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    """In OpenAPI's notation: `/v1/events/{id}`."""
    access: Scope | Access
    view: View
    """Called with the Call, the parts of the path by position, and the parameters of the query by name."""
    summary: str
    answers: Json
    """OpenAPI's responses by status, without the problems."""
    parameters: tuple[Parameter, ...] = ()
    path_parts: Mapping[str, PathPart] = field(default_factory=dict)
    headers: tuple[Json, ...] = ()
    body: Json | None = None
    """OpenAPI's request body; an endpoint that has one reads it through `Call.lane`."""
    takes_events: bool = False
    """Whether a refusal counts as a refusal of events."""
    problems: tuple[str, ...] = ()
    """Slugs, without those that the declaration implies."""

    @property
    def operation_id(self) -> str:
        first, *words = self.view.__name__.split("_")
        return first + "".join(word.capitalize() for word in words)

    async def respond(self, process: WebProcess, request: Request, lane: Lane, parts: Mapping[str, str]) -> RawResponse:
        """Answers *request*. Raises: ApiError if the request is not allowed, and errors that `failures.to_api_error`
        translates."""
        try:
            return await self._respond(process, request, lane, parts)
        except Exception as exc:
            if self.takes_events:
                process.counts.refuse(reason_of(exc))
            raise

    async def _respond(
        self, process: WebProcess, request: Request, lane: Lane, parts: Mapping[str, str]
    ) -> RawResponse:
        # All of this is known from the headers, so that a request that may not be made costs no body.
        settings, config = process.runtime.settings, process.runtime.config.current()
        check_target(request, settings.hosts)
        source = None
        if self.access not in (Access.PUBLIC, Access.SENDER):
            authorization = request.header("authorization")
            source = find_source(config, authorization)
            if authorization is not None:  # a request without a token guesses nothing
                address = client_address(request, settings.trusted_proxies)
                process.failed_tokens.admit(address, source.name if source else None)
            if source is None:
                raise unauthorized()
            if isinstance(self.access, Scope):
                require_scope(source, self.access)
            if source.allow_from and not is_allowed_from(source, peer_address(request, settings.trusted_proxies)):
                raise unauthorized()
            if self.takes_events:
                process.quotas.take(source)
        values = self._parse(request.query) if request.query or self.parameters else {}
        call = Call(process, request, lane, config, source)
        result = self.view(call, *parts.values(), **values)
        return result if isinstance(result, RawResponse) else await result

    def _parse(self, query: str) -> dict[str, Any]:
        """The parameters of the query by name. Raises: ApiError for one that is unknown, duplicate or invalid."""
        parameters = {parameter.name: parameter for parameter in self.parameters}
        try:
            pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=MAX_PARAMETERS)
        except ValueError:
            raise ApiError("bad-parameter", f"expected at most {MAX_PARAMETERS} parameters") from None
        values: dict[str, Any] = {}
        for name, text in pairs:
            if name not in parameters:
                names = ", ".join(parameters) or "none"
                raise ApiError("bad-parameter", f"unknown parameter; expected one of: {names}")
            if name in values:
                raise ApiError("bad-parameter", f"{name} is given twice")
            try:
                values[name] = parameters[name].parse(text)
            except ValueError as exc:
                raise ApiError("bad-parameter", f"{name}: expected {exc}") from None
        for parameter in self.parameters:
            if parameter.is_required and parameter.name not in values:
                raise ApiError("bad-parameter", f"{parameter.name} is missing: {parameter.description}")
        return values


def reason_of(exc: Exception) -> str:
    """The slug of the problem that answers *exc*, as far as counters need it."""
    match exc:
        case ApiError():
            return exc.slug
        case Overloaded():
            return "overloaded"
        case StoreUnavailable():
            return "storage-unavailable"
        case _:
            return "internal"


ENDPOINTS: list[Endpoint] = []
"""Every endpoint, in the order of their declarations."""


def endpoint(
    method: str, path: str, access: Scope | Access, summary: str, answers: Json, **more: Any
) -> Callable[[View], View]:
    """Declares the decorated function as an endpoint; *more* are further fields of Endpoint.

    Raises: TypeError if the function's parameters differ from those of the declaration.
    """

    def declare(view: View) -> View:
        declared = Endpoint(method, path, access, view, summary, answers, **more)
        check_signature(declared)
        ENDPOINTS.append(declared)
        return view

    return declare


def check_signature(declared: Endpoint) -> None:
    """Raises: TypeError if an endpoint's code and its declaration differ in their parameters."""
    parameters = list(inspect.signature(declared.view).parameters.values())[1:]
    by_name = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    by_position = [each.name for each in parameters if each.kind is not each.KEYWORD_ONLY]
    required = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty}
    described = {parameter.name for parameter in declared.parameters}
    if by_name != described or required != {each.name for each in declared.parameters if each.is_required}:
        raise TypeError(f"{declared.operation_id} takes {sorted(by_name)} and describes {sorted(described)}")
    in_path = [part[1:-1] for part in declared.path.split("/") if part.startswith("{")]
    if not by_position == in_path == list(declared.path_parts):
        raise TypeError(f"{declared.operation_id} takes {by_position} from the path {declared.path}")
