"""Every error the gateway raises, on one page.

GatewayError
├── ConfigUnreadable      the configuration folder or a file in it could not be read at all
├── ConfigInvalid         it was read and has problems; carries all of them
├── SettingInvalid        an environment variable or flag has a value that cannot be used
├── StoreUnavailable      the ledger's server cannot take the call now; retry later
│   ├── Overloaded        it has too little room left, and takes no further event
│   └── ServerUnsuitable  it answers, and cannot serve until somebody changes how it is set up
├── ServerNotStarted      the embedded server cannot be started or ended
├── DataFolderTaken       another gateway works in the data folder
├── NotFound              no such event or delivery in the ledger
├── TemplateFailed        a message could not be rendered from this event
├── InvalidAddress        Apprise does not take this address; carries its own reason
└── ApiError              a request that cannot be carried out as it was made; the web answers with a problem document

A wrong file or event yields `model.Problem` values, all at once; an error is raised only where
a caller acts differently on it. A programming error is not in this tree.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model import Problem


class GatewayError(Exception):
    """Root of the tree."""


class ConfigUnreadable(GatewayError):
    """The configuration could not be read: no such folder, no permission, not a file."""


class ConfigInvalid(GatewayError):
    """The configuration was read and is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the configuration")
        self.problems = tuple(problems)


class SettingInvalid(GatewayError):
    """A setting has a value that cannot be used; the text names the variable and what would be right."""


class StoreUnavailable(GatewayError):
    """The ledger's server did not take a call; nothing was stored in part.

    *doing* says what was tried, and *why* what failed.
    """

    def __init__(self, doing: str, why: str = "the ledger's server is not available", retry_after_s: int = 5) -> None:
        super().__init__(f"{doing}: {why}" if doing else why)
        self.why = why
        self.retry_after_s = retry_after_s


class Overloaded(StoreUnavailable):
    """The ledger takes no further event until there is room again; *why* names the limit that was reached."""

    def __init__(self, why: str) -> None:
        super().__init__("", why, retry_after_s=random.randint(5, 60))  # spread, so that not all come back at once


class ServerUnsuitable(StoreUnavailable):
    """The ledger's server answers, but cannot serve with its present settings; *why* says what to change."""

    def __init__(self, why: str) -> None:
        super().__init__("", why)


class ServerNotStarted(GatewayError):
    """The embedded server cannot be started, or one from an earlier run does not end."""


class DataFolderTaken(GatewayError):
    """Another gateway works in the data folder."""

    def __init__(self, folder: Path, process: str) -> None:
        super().__init__(f"another gateway (process {process or 'unknown'}) works in the data folder {folder}")
        self.folder = folder
        self.process = process


class NotFound(GatewayError):
    """The ledger has no such event or delivery (or no longer: it has expired)."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} {id!r}")
        self.kind = kind
        self.id = id


class TemplateFailed(GatewayError):
    """A template asked for a value that this event does not have, or for something it must not."""


class InvalidAddress(GatewayError):
    """Apprise refuses an address; the text is its reason, without any secret."""


MAX_ERRORS = 20
"""Errors that one problem document lists."""


class ApiError(GatewayError):
    """A request that cannot be carried out as it was made.

    *slug* names the kind of problem: `web/problems.py` has its HTTP status and title. *detail* is shown to the
    client and never holds what the client sent. Each of *errors* is `{pointer, code, detail, hint?}` with a JSON
    Pointer (RFC 6901) into the body.
    """

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}" if detail else slug)
        self.slug = slug
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
