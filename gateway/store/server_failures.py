"""What is wrong with the ledger's server, as a sentence that says what to do, and without any value of REDIS_URL."""

from __future__ import annotations

import redis

TRANSIENT = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,
    redis.exceptions.NoPermissionError,
    redis.exceptions.InvalidResponse,
)
"""Failures that end when somebody mends the server: the call may be made again later."""
TRANSIENT_SERVER_ERRORS = frozenset(
    {
        "OOM",
        "MISCONF",
        "READONLY",
        "LOADING",
        "MASTERDOWN",
        "CLUSTERDOWN",
        "NOREPLICAS",
        "BUSY",
        "TRYAGAIN",
        "NOAUTH",
        "NOPERM",
        "WRONGPASS",
        "MOVED",
    }
)
"""First words of the server's errors that end likewise; redis-py has no class for some, and scripts wrap them."""

UNAVAILABLE = "the ledger's server is not available"
CLUSTER = "the ledger's server runs in cluster mode, where RQ cannot work: use a server without it"
LOGIN_REFUSED = "the ledger's server refuses the user or password of REDIS_URL"
LOGIN_MISSING = "the ledger's server asks for a password, and REDIS_URL has none"
LOGIN_NEEDLESS = "REDIS_URL has a password, and the ledger's server has none"
NO_DATABASE = "the ledger's server has no database of the number in REDIS_URL"
READ_ONLY = "the ledger's server is a read-only replica: name the primary in REDIS_URL"
DENIED = "the ledger's server denies the user of REDIS_URL a command or a key: see docs/operations.md, Server"
LOADING = "the ledger's server is loading its data"
NO_DISK = "the ledger's server cannot write to its disk"
NO_MEMORY = "the ledger's server has no memory left"
UNTRUSTED = "the certificate of the ledger's server is not trusted: name its CA with ?ssl_ca_certs=FILE in REDIS_URL"
EXPIRED = "the certificate of the ledger's server has expired, or is not valid yet"
OTHER_NAME = "the certificate of the ledger's server is not for the host of REDIS_URL"
NO_TLS = "the ledger's server does not answer in TLS on the port of REDIS_URL: write redis:// for a server without it"
NO_REDIS = "what answers at the address of REDIS_URL is no Redis or Valkey"
NO_LISTENER = "nobody listens at the address of REDIS_URL"
NO_SOCKET = "there is no socket at the path of REDIS_URL"
NO_HOST = "the host of REDIS_URL has no address"

SENTENCES = {
    "WRONGPASS": LOGIN_REFUSED,
    "invalid username-password": LOGIN_REFUSED,
    "invalid password": LOGIN_REFUSED,
    "NOAUTH": LOGIN_MISSING,
    "Authentication required": LOGIN_MISSING,
    "called with the client already authenticated": LOGIN_MISSING,
    "without any password configured": LOGIN_NEEDLESS,
    "DB index is out of range": NO_DATABASE,
    "SELECT is not allowed in cluster": CLUSTER,
    "MOVED": CLUSTER,
    "CLUSTERDOWN": CLUSTER,
    "ash slot not served": CLUSTER,
    "READONLY": READ_ONLY,
    "read only replica": READ_ONLY,
    "NOPERM": DENIED,
    "o permissions": DENIED,
    "has no permission": DENIED,
    "LOADING": LOADING,
    "loading the dataset": LOADING,
    "MISCONF": NO_DISK,
    "unable to persist": NO_DISK,
    "OOM": NO_MEMORY,
    "when used memory": NO_MEMORY,
    "certificate has expired": EXPIRED,
    "certificate is not yet valid": EXPIRED,
    "Hostname mismatch": OTHER_NAME,
    "IP address mismatch": OTHER_NAME,
    "CERTIFICATE_VERIFY_FAILED": UNTRUSTED,
    "WRONG_VERSION_NUMBER": NO_TLS,
    "record layer failure": NO_TLS,
    "handshake operation timed out": NO_TLS,
    "Protocol Error": NO_REDIS,
    "Protocol error": NO_REDIS,
    "Connection refused": NO_LISTENER,
    "No such file or directory": NO_SOCKET,
    "Name or service not known": NO_HOST,
    "Temporary failure in name resolution": NO_HOST,
    "nodename nor servname": NO_HOST,
}
"""What servers, systems and redis-py say -> the sentence for it."""


def describe_failure(exc: BaseException) -> str:
    """One sentence on why the server does not take calls."""
    # The words that tell stand in the error itself or, when redis-py has wrapped it, in one of its causes.
    cause: BaseException | None = exc
    text = ""
    while cause is not None:
        text += f" {cause}"
        cause = cause.__cause__ or cause.__context__
    return next((sentence for words, sentence in SENTENCES.items() if words in text), UNAVAILABLE)


def is_transient(exc: redis.ResponseError) -> bool:
    """Whether an error that the server answered ends when somebody mends the server."""
    return any(word in TRANSIENT_SERVER_ERRORS for word in str(exc).replace("-", " ").split())
