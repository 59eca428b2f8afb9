"""Apprise's object for an address: from a whole URL, or from a service and its fields.

A URL is what Apprise's services are written for: reading it, they find out modes and kinds of
recipients. So fields are put into one of the service's own URL templates. But some services
decode a value twice and would change a password that holds a `%`. Therefore a value with special
characters goes through the URL as a stand-in of letters, and takes its place again afterwards.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

from apprise import Apprise, AppriseAsset, PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins import details, url_to_dict

from gateway.errors import InvalidAddress
from gateway.model import Address, FieldValue, Secret
from gateway.sending.redaction import redact, secrets_of

NOT_OFFERED = frozenset(
    {"blink1", "dbus", "file", "gio", "glib", "gnome", "growl", "kde", "macosx", "qt", "syslog", "windows"}
)
"""They act on the machine that the gateway runs on, not on a channel that people read."""

GUARDED = {
    "attach": "nothing is attached",
    "cto": "the gateway has a timeout of its own",
    "emojis": "text is sent as it is",
    "optional": "a failure is never hidden",
    "overflow": "a message is cut, never split",
    "redirect": "redirects are never followed",
    "retry": "the gateway retries by itself",
    "rto": "the gateway has a timeout of its own",
    "store": "Apprise keeps nothing on disk",
    "verify": "certificates are always checked",
    "wait": "the gateway retries by itself",
}
"""Options of Apprise that an address may not carry, and why."""

GUARDED_FILES = {"template": "messages come from the catalogue", "pgppub": "no key files", "pgpprv": "no key files"}
"""Options that read a file: refused where they are options, not where a service means something else by the name."""

WEBHOOKS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})
"""Generic webhooks: they take a `path`, and get the delivery's id as a header."""

MAIL = frozenset({"mailto", "mailtos"})

ASSET = AppriseAsset(
    app_id="Notification Gateway",
    app_desc="Notification Gateway",
    app_url="",
    image_url_mask="",
    image_url_logo="",
    async_mode=False,
    interpret_emojis=False,
    http_redirects=False,
    pgp_autogen=False,
    pem_autogen=False,
    storage_mode=PersistentStoreMode.MEMORY.value,
)

registry: Any = NotificationManager()  # type: ignore[no-untyped-call] # Apprise has no annotations here
_details: Callable[[Any], dict[str, Any]] = details
_url_to_dict: Callable[[str], dict[str, Any] | None] = url_to_dict


def load_plugins() -> None:
    """Has Apprise load its services now, and not with the first message."""
    registry.load_modules()


@cache
def describe(service: str) -> Mapping[str, Any]:
    """Apprise's description of *service*: `templates`, `tokens`, `args` and `kwargs`. Raises: KeyError."""
    return _details(registry[service])


def service_of(plugin: Any, address: Address) -> str:
    """The name in the registry of what `plugin_for` made for *address*: some plugins overwrite their scheme."""
    if plugin.schema in registry:
        return str(plugin.schema)
    own = plugin.secure_protocol or plugin.protocol
    return address.service or str(own if isinstance(own, str) else own[0])


def plugin_for(address: Address) -> Any:
    """A new Apprise object that sends to *address*. Raises: InvalidAddress, with Apprise's reason."""
    secrets = secrets_of(address)
    with reasons() as heard:
        try:
            plugin = _instantiate(_from_url(address.url) if address.url else _from_fields(address))
        except InvalidAddress as exc:
            raise InvalidAddress(redact(str(exc), secrets)) from None
        except Exception as exc:  # a plugin's constructor is a stranger's code
            raise InvalidAddress(f"it does not understand this ({type(exc).__name__})") from None
        problem = _why_unusable(plugin, address)
    if problem:
        raise InvalidAddress(redact(first_telling(heard) or problem, secrets))
    return _tame(plugin)


# ------------------------------------------------------------------ from a URL


def _from_url(url: Secret) -> dict[str, Any] | None:
    text = url.reveal()
    if not text.isprintable() or any(sign.isspace() for sign in text):
        raise InvalidAddress("a URL has no blanks and no line breaks")
    _refuse_service(text.partition("://")[0].lower())
    found = _url_to_dict(text)
    if found:
        _refuse_service(str(found.get("schema", "")))
        _refuse_options(str(found["schema"]), found.get("qsd") or {})
    return found


def _refuse_service(service: str) -> None:
    if service in NOT_OFFERED:
        raise InvalidAddress(f"the service {service!r} is not offered: it acts on the gateway's own machine")


def _refuse_options(service: str, options: Mapping[str, Any]) -> None:
    tokens = describe(service)["tokens"]
    for name in options:
        why = GUARDED.get(name.lower()) or (name not in tokens and GUARDED_FILES.get(name.lower()))
        if why:
            raise InvalidAddress(f"the option {name!r} is not allowed: {why}")


# ------------------------------------------------------------------ from fields

PLACE = re.compile(r"\{(\w+)\}")
PLAIN = re.compile(r"[A-Za-z0-9._~-]*\Z")
HOST = re.compile(r"[A-Za-z0-9._-]+\Z|\[[0-9A-Fa-f:.]+\]\Z")
EMAIL = re.compile(r"[A-Za-z0-9._~+-]+@[A-Za-z0-9.-]+\Z")
"""Stays as it is: its parts are user and host of many URLs."""
PATHS = frozenset({"path", "fullpath"})
HOSTS = frozenset({"host", "hostname"})
IN_EVERY_QUERY = frozenset({"user", "password", "port"})
"""What Apprise reads from the query of any service."""
DECODED_AGAIN = frozenset({"user", "password", "host", "fullpath"})
"""Arguments that every Apprise object decodes once more."""
RAW = frozenset({"url", "qsd", "qsd+", "qsd-", "qsd:", "query"})
"""What a read URL carries beside the arguments."""
NUMBER = re.compile(r"\+?[0-9 ().-]+\Z")

Values = dict[str, list[str]]


def _from_fields(address: Address) -> dict[str, Any] | None:
    """The arguments of the service's object; None when Apprise cannot read the URL.

    First with stand-ins; where the service does not recognize those (it looks at the form of a
    token), with the values themselves, as long as all of them come through.
    """
    _refuse_service(address.service)
    values = _values(address)
    special = [text for name, many in values.items() for text in many if _is_special(address.service, name, text)]
    stand_ins = {text: f"zq{number}x{len(text)}qz" for number, text in enumerate(dict.fromkeys(special))}
    found = _url_to_dict(_url(address.service, values, stand_ins))
    if found and all(_is_in(stand_in, _strings(found)) for stand_in in stand_ins.values()):
        return {name: _put_back(one, stand_ins, name) for name, one in found.items()}
    found = _url_to_dict(_url(address.service, values, {}))
    if found and not all(_is_in(text, _strings(found)) for text in stand_ins):
        raise InvalidAddress("a field has characters that Apprise cannot carry for this service; give a whole `url`")
    return found


def _is_special(service: str, name: str, text: str) -> bool:
    """Whether *text* could change on its way through a URL, and nothing looks at its form there."""
    if name == "targets":
        return any(sign in text for sign in "%/, ")
    is_email = describe(service)["tokens"].get(name, {}).get("type") == "email" and EMAIL.match(text)
    return not (PLAIN.match(text) or is_email)


def _values(address: Address) -> Values:
    """Texts by field, under the names that the templates use."""
    tokens, options = describe(address.service)["tokens"], describe(address.service)["args"]
    _refuse_options(address.service, address.fields)
    values: Values = {}
    for given, value in address.fields.items():
        name = options.get(given, {}).get("alias_of", given)
        name = name if isinstance(name, str) and given not in tokens else given
        token = tokens.get(name, {})
        is_target = token.get("map_to") == "targets" and not _stands_alone(address, name)
        prefix = str(token.get("prefix") or "")
        texts = [text if text.startswith(prefix) else prefix + text for text in _texts(value)]
        values.setdefault("targets" if is_target else name, []).extend(texts)
    if address.recipient:
        values["targets"] = [_one_recipient(address.recipient.reveal())]
    if address.service in MAIL:
        _complete_mail(values)
    return values


def _stands_alone(address: Address, name: str) -> bool:
    """Whether a template has a place for the kind of target *name* itself, and no host is given (`ntfy://topic`)."""
    templates = describe(address.service)["templates"]
    return name != "targets" and not HOSTS & address.fields.keys() and any(f"{{{name}}}" in one for one in templates)


def _texts(value: FieldValue) -> list[str]:
    if isinstance(value, tuple):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    text = value.reveal() if isinstance(value, Secret) else str(value)
    if not text.isprintable():
        raise InvalidAddress("a field has a line break or another control character")
    return [text]


def _one_recipient(text: str) -> str:
    text = text.strip()
    if NUMBER.match(text):
        text = "".join(sign for sign in text if sign.isdigit() or sign == "+")
    if not text.isprintable() or any(sign.isspace() or sign in ",;" for sign in text) or text.count("@") > 1:
        raise InvalidAddress("a contact is one address, without a comma, a blank or a line break")
    return text


def _complete_mail(values: Values) -> None:
    """What Apprise would guess wrong: who it is from, and that port 465 speaks TLS from the first byte."""
    user, port = values.get("user", [""])[0], values.get("port", [""])[0]
    if "@" in user and not {"from", "name"} & values.keys():
        values["from"] = [f"{ASSET.app_id} <{user}>"]
    if port == "465" and "mode" not in values:
        values["mode"] = ["ssl"]


def _url(service: str, values: Values, stand_ins: Mapping[str, str]) -> str:
    """The URL of the template that takes most of *values*; the rest goes into its query."""
    description = describe(service)
    tokens, options = description["tokens"], description["args"]
    template = _template(service, values)
    used = set(PLACE.findall(template))

    def write(name: str, text: str) -> str:
        if name in HOSTS:
            if not HOST.match(text):
                raise InvalidAddress(f"the field {name!r} is no host name")
            return text
        if name in PATHS:
            path = text.lstrip("/") if service in WEBHOOKS else text.strip("/") + "/"
            return "/" + quote(path, safe="/")
        if text in stand_ins:
            return stand_ins[text]
        return quote(text, safe="@" if tokens.get(name, {}).get("type") == "email" else "")

    def fill(place: re.Match[str]) -> str:
        name = str(place[1])
        return service if name == "schema" else "/".join(write(name, text) for text in values[name])

    scheme, _, rest = PLACE.sub(fill, template).partition("://")
    query: list[str] = []
    for name in values.keys() - used:
        if name in PATHS and service in WEBHOOKS:
            rest += write(name, values[name][0])
        else:
            texts = (stand_ins.get(text) or quote(text, safe="") for text in values[name])
            query.append(f"{_option(service, name, options)}={','.join(texts)}")
    return f"{scheme}://{re.sub('/{2,}', '/', rest)}" + ("?" + "&".join(query) if query else "")


def _template(service: str, values: Values) -> str:
    """Raises: InvalidAddress, when a field is missing for every template."""
    templates = describe(service)["templates"]
    missing = {one: set(PLACE.findall(one)) - values.keys() - {"schema"} for one in templates}
    complete = [one for one in templates if not missing[one]]
    if complete:
        return str(max(complete, key=lambda one: len(set(PLACE.findall(one)))))
    fewest = min(templates, key=lambda one: (len(missing[one]), -len(PLACE.findall(one))))
    raise InvalidAddress(f"missing: {', '.join(sorted(missing[fewest]))}")


def _option(service: str, name: str, options: Mapping[str, Any]) -> str:
    if name in options or name in IN_EVERY_QUERY:
        return name
    alias = next((option for option, one in options.items() if one.get("alias_of") == name), None)
    if alias is None:
        what = "a recipient" if name == "targets" else repr(name)
        raise InvalidAddress(f"{service} does not take {what} together with these fields")
    return alias


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value, unquote(value)]
    if isinstance(value, Mapping):
        return [text for name, one in value.items() if name not in RAW for text in _strings(one)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for one in value for text in _strings(one)]
    return []


def _is_in(text: str, strings: list[str]) -> bool:
    """Whether one of *strings* has *text*, if need be without its punctuation (telephone numbers)."""
    bare = re.sub(r"\W", "", text)
    return any(text in one for one in strings) or any(bare == re.sub(r"\W", "", one) for one in strings)


def _put_back(value: Any, stand_ins: Mapping[str, str], name: str = "") -> Any:
    if isinstance(value, str):
        for text, stand_in in stand_ins.items():
            value = value.replace(stand_in, quote(text, safe="") if name in DECODED_AGAIN else text)
        return value
    if isinstance(value, Mapping):
        return {key: _put_back(one, stand_ins, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_put_back(one, stand_ins, name) for one in value)
    return value


# ------------------------------------------------------------------ the object


def _instantiate(arguments: dict[str, Any] | None) -> Any:
    return None if arguments is None else Apprise.instantiate(arguments, asset=ASSET)


def _why_unusable(plugin: Any, address: Address) -> str | None:
    if plugin is None:
        return "it is no address of the service" if address.service else "it is no URL of a service it knows"
    if address.recipient:
        targets = getattr(plugin, "targets", None)
        if isinstance(targets, list | tuple | set) and len(targets) != 1:
            return "the contact is no address of this service"
    return None


def _tame(plugin: Any) -> Any:
    """*plugin* with one try, at once, checked and not redirected: rate and retries are the gateway's."""
    plugin.request_rate_per_sec = 0
    plugin.throttle = _do_not_wait
    plugin.verify_certificate = True
    plugin.redirects = False
    plugin.retry = 0
    plugin.optional = False
    plugin.interpret_emojis = False
    return plugin


def _do_not_wait(*_: Any, **__: Any) -> None:
    """In place of Apprise's pauses between messages."""


# ------------------------------------------------------------------ Apprise's reasons

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)
SAYS_NOTHING = ("Could not load", "Loaded", "Unsupported URL", "Unparseable", "Dictionary")


class _Listener(logging.Handler):
    """Keeps what Apprise says while somebody in this thread asks for its reasons."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is not None:
            heard.append(record.getMessage())


@contextmanager
def reasons() -> Iterator[list[str]]:
    """The warnings that Apprise logs in this thread; they may hold addresses and secrets."""
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def first_telling(heard: list[str]) -> str:
    """The first warning that says why, or nothing."""
    return next((text.rstrip(".") for text in heard if not text.startswith(SAYS_NOTHING)), "")


def _quiet_apprise() -> None:
    """Apprise logs addresses: only `reasons` hears it, nothing goes on to the gateway's log."""
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    if not any(isinstance(one, _Listener) for one in logger.handlers):
        logger.addHandler(_Listener())


_quiet_apprise()
