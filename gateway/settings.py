"""Every setting of a process: its environment variable, its default, and what it does.

Nothing else in the package reads a setting from the environment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway import setting_values as values
from gateway.errors import SettingInvalid
from gateway.host_port import HostPort, parse_listen_address

TOKEN_FILE = "token"  # noqa: S105 - a file's name
"""The file in the data folder with the token of the source `local`."""
MAX_SHOWN = 80
"""How many characters of a wrong value an error repeats."""


def _setting(
    variable: str,
    default: Any,
    help: str,
    parse: Callable[[str], Any],
    *,
    is_secret: bool = False,
    for_clients: bool = False,
) -> Any:
    """A field whose metadata say how it is set and shown.

    *parse* turns the variable's text into the value, or raises ValueError with what is expected. A value that
    *is_secret* is never repeated in an error. Settings *for_clients* are read by commands that call a gateway.
    """
    metadata = {
        "variable": variable,
        "help": help,
        "parse": parse,
        "is_secret": is_secret,
        "for_clients": for_clients,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """The settings of a process; read from the environment once, when it starts."""

    config_folder: Path | None = _setting(
        "GATEWAY_CONFIG",
        None,
        "Folder with catalog.yaml, routes/ and schemas/; default: the current folder, else the shipped example.",
        Path,
    )
    data_folder: Path = _setting(
        "GATEWAY_DATA", Path("data"), "Folder of the append-only file, the local inbox and the first token.", Path
    )
    bind: HostPort = _setting(
        "GATEWAY_BIND",
        HostPort("127.0.0.1", 8080),
        "Where the web server listens: HOST:PORT, or a port alone for this machine only; *:PORT is every interface.",
        parse_listen_address,
    )
    metrics_bind: HostPort | None = _setting(
        "GATEWAY_METRICS_BIND",
        None,
        "A second address that serves only /metrics, without a token, for Prometheus: HOST:PORT, as GATEWAY_BIND.",
        parse_listen_address,
    )
    redis_url: str | None = _setting(
        "REDIS_URL",
        None,
        "The ledger's server (redis://, rediss:// or unix://); default: an embedded one.",
        values.redis_url,
        is_secret=True,
    )
    durability: str = _setting(
        "GATEWAY_DURABILITY",
        "always",
        "always: what is acknowledged is on disk. relaxed: a power cut may lose the last second.",
        values.choice("always", "relaxed"),
    )
    web_processes: int = _setting(
        "GATEWAY_WEB_PROCESSES", 1, "Processes that take requests.", values.whole_number(1, 64)
    )
    web_threads: int = _setting(
        "GATEWAY_WEB_THREADS",
        16,
        "Requests that one of them works on at once, besides posted events.",
        values.whole_number(1, 512),
    )
    body_timeout: timedelta = _setting(
        "GATEWAY_BODY_TIMEOUT",
        timedelta(seconds=20),
        "How long a request's body may take to arrive; then the connection is closed.",
        values.duration("10ms", "1h"),
    )
    hosts: tuple[str, ...] = _setting(
        "GATEWAY_HOSTS",
        (),
        "Host names that the gateway serves: `gateway.example,*.corp.example`; a request for another host is refused."
        " This machine's own names always work. Default: every host.",
        values.host_names,
    )
    trusted_proxies: values.Networks = _setting(
        "GATEWAY_TRUSTED_PROXIES",
        (),
        "Addresses and networks of proxies whose X-Forwarded-For is believed: `10.0.0.0/8,192.0.2.7`; `unix`: every"
        " client of a Unix socket.",
        values.networks,
    )
    failed_tokens: int = _setting(
        "GATEWAY_FAILED_TOKENS",
        10,
        "Wrong tokens that one address may show in a minute; each further one doubles a wait, up to a minute.",
        values.whole_number(1, 1_000_000),
    )
    max_waiting: int = _setting(
        "GATEWAY_MAX_WAITING",
        1_000_000,
        "Deliveries that may wait before further events are refused with 503.",
        values.whole_number(1, 1_000_000_000),
    )
    workers: int = _setting(
        "GATEWAY_WORKERS", 2, "Worker processes that `gateway up` starts.", values.whole_number(1, 256)
    )
    concurrency: int = _setting(
        "GATEWAY_CONCURRENCY", 100, "Messages that one worker sends at once.", values.whole_number(1, 512)
    )
    drains_per_lane: int = _setting(
        "GATEWAY_DRAINS_PER_LANE", 4, "Workers that may share the backlog of one lane.", values.whole_number(1, 256)
    )
    linger: timedelta = _setting(
        "GATEWAY_LINGER",
        timedelta(seconds=5),
        "How long a worker stays with a lane that has nothing to send, so that the next message starts at once.",
        values.duration("0s", "1m"),
    )
    lease: timedelta = _setting(
        "GATEWAY_LEASE",
        timedelta(seconds=30),
        "When a worker that does not report loses its deliveries to another; at least twice the attempt timeout.",
        values.duration("100ms", "1h"),
    )
    connect_timeout: timedelta = _setting(
        "GATEWAY_CONNECT_TIMEOUT",
        timedelta(seconds=5),
        "Longest wait for a connection to a provider.",
        values.duration("10ms", "5m"),
    )
    attempt_timeout: timedelta = _setting(
        "GATEWAY_ATTEMPT_TIMEOUT", timedelta(seconds=15), "Longest time of one attempt.", values.duration("10ms", "10m")
    )
    retention: timedelta = _setting(
        "GATEWAY_RETENTION",
        timedelta(days=7),
        "How long events and deliveries can be looked up; what still waits stays longer.",
        values.duration("1m", "3650d"),
    )
    dead_retention: timedelta = _setting(
        "GATEWAY_DEAD_RETENTION", timedelta(days=30), "How long dead letters are kept.", values.duration("1m", "3650d")
    )
    idempotency_window: timedelta = _setting(
        "GATEWAY_IDEMPOTENCY_WINDOW",
        timedelta(hours=24),
        "How long an Idempotency-Key gets the same answer; an event's id does while the event is kept.",
        values.duration("1h", "7d"),
    )
    max_event_bytes: int = _setting(
        "GATEWAY_MAX_EVENT_BYTES", 256 * 1024, "Largest event.", values.whole_number(1024, 16 * 1024 * 1024)
    )
    max_body_bytes: int = _setting(
        "GATEWAY_MAX_BODY_BYTES",
        8 * 1024 * 1024,
        "Largest request: an array of events.",
        values.whole_number(1024, 256 * 1024 * 1024),
    )
    time_scale: float = _setting(
        "GATEWAY_TIME_SCALE", 1.0, "Factor of every wait before a retry; tests set 0.001.", values.positive_number
    )
    sign_every: timedelta = _setting(
        "GATEWAY_SIGN_EVERY",
        timedelta(seconds=3),
        "How often a process reports that it lives; one that misses four reports is gone. Set the same on all hosts.",
        values.duration("100ms", "5s"),
    )
    late_after: timedelta = _setting(
        "GATEWAY_LATE_AFTER",
        timedelta(minutes=5),
        "When a message that waits although it is due counts as late.",
        values.duration("1s", "7d"),
    )
    ping_url: str | None = _setting(
        "GATEWAY_PING_URL",
        None,
        "URL that a dispatcher requests every minute while the gateway works, so that its death is noticed elsewhere.",
        values.http_url,
        is_secret=True,
    )
    log_level: str = _setting(
        "GATEWAY_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.", values.choice(*values.LOG_LEVELS)
    )
    log_format: str = _setting(
        "GATEWAY_LOG_FORMAT",
        "text",
        "text: a line for people. json: an object in each line, for programs that collect logs.",
        values.choice("text", "json"),
    )

    resolve: values.Resolve | None = _setting(
        "GATEWAY_RESOLVE",
        None,
        "Other addresses for providers: hooks.slack.com:443=10.0.0.7:8443, several with commas between them."
        " Certificates are still checked against the provider's name.",
        values.resolve,
    )
    proxy: str | None = _setting(
        "GATEWAY_PROXY",
        None,
        "HTTP proxy through which services over HTTP and HTTPS are reached: http://user:password@proxy.example:3128.",
        values.proxy_url,
        is_secret=True,
    )
    no_proxy: tuple[str, ...] = _setting(
        "GATEWAY_NO_PROXY",
        (),
        "Hosts reached without the proxy: names (with all names below them), addresses and ranges, with commas.",
        values.proxy_exemptions,
    )
    requests_ca_bundle: Path | None = _setting(
        "REQUESTS_CA_BUNDLE",
        None,
        "File or folder of the certificate authorities that are trusted; default: the public ones.",
        values.existing_path,
    )
    ssl_cert_file: Path | None = _setting(
        "SSL_CERT_FILE", None, "Like REQUESTS_CA_BUNDLE, which wins if both are set.", values.existing_path
    )
    url: str | None = _setting(
        "GATEWAY_URL",
        None,
        "The gateway to call; default: the one that runs on the data folder, else the one at GATEWAY_BIND.",
        values.http_url,
        for_clients=True,
    )
    token: str | None = _setting(
        "GATEWAY_TOKEN",
        None,
        "The token to send; default: the one in the data folder.",
        values.token,
        is_secret=True,
        for_clients=True,
    )

    @property
    def ca_bundle(self) -> Path | None:
        return self.requests_ca_bundle or self.ssl_cert_file

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """The settings in *environ*; an empty variable counts as not set.

        Raises: SettingInvalid, whose text names the variable and what is expected.
        """
        values: dict[str, Any] = {}
        for setting in fields(cls):
            variable, text = setting.metadata["variable"], environ.get(setting.metadata["variable"], "")
            if text:
                try:
                    values[setting.name] = setting.metadata["parse"](text)
                except ValueError as exc:
                    assignment = variable if setting.metadata["is_secret"] else f"{variable}={text[:MAX_SHOWN]!r}"
                    raise SettingInvalid(f"{assignment}: expected {exc}") from None
        settings = cls(**values)
        if settings.lease < 2 * settings.attempt_timeout:
            raise SettingInvalid("GATEWAY_LEASE: expected at least twice the GATEWAY_ATTEMPT_TIMEOUT")
        return settings
