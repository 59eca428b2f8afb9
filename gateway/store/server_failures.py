"""What is wrong with the ledger's server: a sentence that says what to do, without any value of REDIS_URL."""

from __future__ import annotations

import logging
import re

import redis

from gateway.errors import StoreUnavailable
from gateway.log_limit import LogLimit

log = logging.getLogger(__name__)

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
"""Failures that end when the server is repaired; the call may be made again later."""
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
"""First words of server errors of the same kind; redis-py has no class for some, and scripts wrap them."""

UNAVAILABLE = "the ledger's server is not available"
CLUSTER = "the ledger's server runs in cluster mode, where RQ cannot work: use a server without it"
LOGIN_REFUSED = (
    "the ledger's server refuses the user or password of REDIS_URL: correct them (`/` is written `%2F`, `#` `%23`)"
)
LOGIN_MISSING = (
    "the ledger's server asks for a password, and REDIS_URL has none: write redis://:PASSWORD@HOST:PORT/DATABASE"
)
LOGIN_NEEDLESS = "REDIS_URL has a password, and the ledger's server has none: set one there, or leave it out"
NO_DATABASE = "the ledger's server has no database of the number in REDIS_URL: usually there are 0 to 15"
READ_ONLY = "the ledger's server is a read-only replica: name the primary in REDIS_URL"
REPLICA = "the ledger's server is a replica, which loses what is written to it: name the primary in REDIS_URL"
LOST_PRIMARY = "the ledger's server is a replica that has lost its primary: name the primary in REDIS_URL"
FEW_REPLICAS = "the ledger's server takes no writes, for it has fewer replicas than its min-replicas-to-write"
RULE = "docs/operations.md, Server, has the rule that it needs"
DENIED = f"the ledger's server denies the user of REDIS_URL a command or a key: {RULE}"
LOADING = "the ledger's server is loading its data"
BUSY = "the ledger's server is busy with a script"
NO_DISK = "the ledger's server cannot write to its disk: make room there, and look into its log"
NO_MEMORY = "the ledger's server has no memory left: raise its maxmemory"
MANY_CLIENTS = "the ledger's server has as many clients as it takes: raise its maxclients"
UNTRUSTED = "the certificate of the ledger's server is not trusted: name its CA with ?ssl_ca_certs=FILE in REDIS_URL"
EXPIRED = "the certificate of the ledger's server has expired, or is not valid yet: renew it, or set the clocks"
OTHER_NAME = "the certificate of the ledger's server is for another name than the host of REDIS_URL"
NO_CLIENT_CERTIFICATE = (
    "the ledger's server ended the TLS connection; if it asks for a certificate, name yours with"
    " ?ssl_certfile=FILE&ssl_keyfile=FILE in REDIS_URL"
)
BAD_TLS_FILE = "a file that REDIS_URL names with ssl_... holds no certificate or key that can be used"
NO_TLS = "the ledger's server does not speak TLS at the port of REDIS_URL: write redis://, or its port for TLS"
CLOSED = "the ledger's server closed the connection; if it expects TLS, REDIS_URL begins with rediss://"
NO_REDIS = "what answers at the address of REDIS_URL is no Redis or Valkey: correct the host and port"
NO_LISTENER = "nobody listens at the address of REDIS_URL: start the server, or correct the address"
NO_SOCKET = "there is no socket at the path of REDIS_URL: start the server, or correct the path"
LONG_PATH = "the path of the socket in REDIS_URL is longer than the system allows: about a hundred characters"
NO_ACCESS = "the socket at the path of REDIS_URL may not be opened by this user: change its unixsocketperm"
NO_HOST = "the host of REDIS_URL has no address: correct it, or look at the name server"
NO_ROUTE = "the host of REDIS_URL cannot be reached: look at the network, the firewall and the address"
NO_ANSWER = "the ledger's server did not answer in time"

PASSING = frozenset({UNAVAILABLE, LOADING, BUSY})
"""Temporary answers of a server that needs no repair."""

# The first text that occurs in an error decides, so a special one stands before a general one: a certificate that has
# expired also fails with CERTIFICATE_VERIFY_FAILED. Some lack their first letter, which may be a capital.
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
    "Link with MASTER is down": LOST_PRIMARY,
    "Not enough good replicas": FEW_REPLICAS,
    "NOPERM": DENIED,
    "o permissions": DENIED,
    "has no permission": DENIED,
    "LOADING": LOADING,
    "loading the dataset": LOADING,
    "busy running a script": BUSY,
    "MISCONF": NO_DISK,
    "unable to persist": NO_DISK,
    "OOM": NO_MEMORY,
    "when used memory": NO_MEMORY,
    "max number of clients": MANY_CLIENTS,
    "certificate has expired": EXPIRED,
    "certificate is not yet valid": EXPIRED,
    "Hostname mismatch": OTHER_NAME,
    "IP address mismatch": OTHER_NAME,
    "CERTIFICATE_VERIFY_FAILED": UNTRUSTED,
    "certificate required": NO_CLIENT_CERTIFICATE,
    "EOF occurred in violation of protocol": NO_CLIENT_CERTIFICATE,
    "no certificate or crl found": BAD_TLS_FILE,
    "PEM lib": BAD_TLS_FILE,
    "KEY_VALUES_MISMATCH": BAD_TLS_FILE,
    "WRONG_VERSION_NUMBER": NO_TLS,
    "record layer failure": NO_TLS,
    "handshake operation timed out": NO_TLS,
    "Connection closed by server": CLOSED,
    "Connection reset by peer": CLOSED,
    "Protocol Error": NO_REDIS,
    "Protocol error": NO_REDIS,
    "Connection refused": NO_LISTENER,
    "No such file or directory": NO_SOCKET,
    "path too long": LONG_PATH,
    "Permission denied": NO_ACCESS,
    "Name or service not known": NO_HOST,
    "No address associated with hostname": NO_HOST,
    "Temporary failure in name resolution": NO_HOST,
    "nodename nor servname": NO_HOST,
    "No route to host": NO_ROUTE,
    "Network is unreachable": NO_ROUTE,
    "Timeout connecting": NO_ROUTE,
    "Timeout reading": NO_ANSWER,
}
"""For texts of servers, systems and redis-py, the sentence to show."""

_limit = LogLimit()


def describe_failure(exc: BaseException) -> str:
    """One sentence on why the server does not take calls."""
    # The telling words are in the error itself or, if redis-py has wrapped it, in one of its causes.
    cause: BaseException | None = exc
    text = ""
    while cause is not None:
        text += f" {cause}"
        cause = cause.__cause__ or cause.__context__
    why = next((sentence for words, sentence in SENTENCES.items() if words in text), UNAVAILABLE)
    return describe_denial(exc) if why == DENIED else why


def describe_denial(exc: BaseException, key: str = "") -> str:
    """DENIED, with the command that the server names, or the kind of *key* that was tried."""
    command = re.search(r"the '([a-z|]+)' command", str(exc))
    if command:
        return f"the ledger's server denies the user of REDIS_URL the command {command[1].upper()}: {RULE}"
    if key:
        pattern = key.split(":")[0] + ":*"
        return f"the ledger's server denies the user of REDIS_URL the keys {pattern}: {RULE}"
    return DENIED


def is_transient(exc: redis.ResponseError) -> bool:
    """Whether an error that the server answered ends when the server is repaired."""
    # An error inside a script keeps its word after a minus, as in "... script: -OOM command not allowed".
    return any(word in TRANSIENT_SERVER_ERRORS for word in str(exc).replace("-", " ").split())


def log_outage(exc: StoreUnavailable, what_follows: str, request: str | None = None) -> None:
    """Logs why a call failed and *what_follows*: at once, then once a minute with the number of repetitions.

    *request* is the id of the failed request, if there is one.
    """
    suffix = _limit.suffix(str(exc))
    if suffix is not None:
        log.warning("%s; %s%s", exc, what_follows, suffix, extra={"request": request})
