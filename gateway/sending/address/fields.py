"""Makes the arguments of a plugin from a service and its fields.

Apprise's services are written to be given as URLs: while parsing one, they detect modes and kinds of recipients. So the
fields are put into one of the service's own URL templates. But some services decode a value twice, and would change a
password that contains a `%`. Therefore a value with special characters is replaced by a placeholder of letters in the
URL, and put back afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from gateway.errors import InvalidAddress
from gateway.model import Address
from gateway.sending import apprise_api
from gateway.sending.address.mail import ascii_host
from gateway.sending.address.options import refuse_service
from gateway.sending.address.texts import HOSTS, IN_EVERY_QUERY, Texts, texts_by_field
from gateway.sending.traits import traits_of

PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLAIN = re.compile(r"[A-Za-z0-9._~-]*\Z")
HOST = re.compile(r"[A-Za-z0-9._-]+\Z|\[[0-9A-Fa-f:.]+\]\Z")
EMAIL = re.compile(r"[A-Za-z0-9._~+-]+@[A-Za-z0-9.-]+\Z")
"""An e-mail address that a URL can contain unchanged; in many URLs its parts are user and host."""
PATHS = frozenset({"path", "fullpath"})
DECODED_AGAIN = frozenset({"user", "password", "host", "fullpath"})
"""Arguments that every plugin decodes once more."""
NOT_ARGUMENTS = frozenset({"url", "qsd", "qsd+", "qsd-", "qsd:", "query"})
"""What a parsed URL contains besides the plugin's arguments."""


def arguments_from_fields(address: Address, sender_name: str) -> Iterator[dict[str, Any]]:
    """The arguments of the plugin for *address*, in each way in which Apprise may read it, the safer way first.

    The first way uses placeholders. A service that checks the form of a token does not recognize these, or mistakes
    them for something else; so the second way uses the values themselves, if all of them come through unchanged.

    Raises: InvalidAddress.
    """
    refuse_service(address.service)
    values = texts_by_field(address, sender_name)
    tokens = apprise_api.describe(address.service)["tokens"]
    special: list[str] = []
    for name, texts in values.items():
        if name == "targets":
            special += [text for text in texts if any(character in text for character in "%/, ")]
        else:
            is_email = tokens.get(name, {}).get("type") == "email"
            special += [text for text in texts if not (PLAIN.match(text) or (is_email and EMAIL.match(text)))]
    stand_ins = {text: f"zq{number}x{len(text)}qz" for number, text in enumerate(dict.fromkeys(special))}
    arguments = apprise_api.parse_url(_url(address.service, values, stand_ins))
    if arguments and all(_is_contained(stand_in, _strings(arguments)) for stand_in in stand_ins.values()):
        yield {name: _put_back(value, stand_ins, name) for name, value in arguments.items()}
    if not stand_ins:
        return
    arguments = apprise_api.parse_url(_url(address.service, values, {}))
    if arguments and all(_is_contained(text, _strings(arguments)) for text in stand_ins):
        yield arguments
    elif arguments:
        raise InvalidAddress(
            "a field has characters that Apprise cannot carry for this service; give a whole `url` instead"
        )


# ------------------------------------------------------------------ the URL


def _url(service: str, values: Texts, stand_ins: Mapping[str, str]) -> str:
    """The URL from the template that uses most of *values*; the others go into its query.

    Raises: InvalidAddress if every template lacks a field.
    """
    description, is_webhook = apprise_api.describe(service), traits_of(service).is_webhook
    options, templates = description["args"], description["templates"]
    placeholders = {template: PLACEHOLDER.findall(template) for template in templates}
    missing = {template: set(names) - values.keys() - {"schema"} for template, names in placeholders.items()}
    complete = [template for template in templates if not missing[template]]
    if not complete:
        nearest = min(templates, key=lambda template: (len(missing[template]), -len(placeholders[template])))
        raise InvalidAddress(f"missing: {', '.join(sorted(missing[nearest]))}")
    template = str(max(complete, key=lambda template: len(set(placeholders[template]))))

    def fill(placeholder: re.Match[str]) -> str:
        name = str(placeholder[1])
        if name == "schema":
            return service
        return "/".join(_url_part(service, name, text, stand_ins) for text in values[name])

    scheme, _, rest = PLACEHOLDER.sub(fill, template).partition("://")
    query: list[str] = []
    for name in values.keys() - set(placeholders[template]):
        if name in PATHS and is_webhook:
            rest += _url_part(service, name, values[name][0], stand_ins)
        else:
            texts = (stand_ins.get(text) or quote(text, safe="") for text in values[name])
            query.append(f"{_option(service, name, options)}={','.join(texts)}")
    return f"{scheme}://{re.sub('/{2,}', '/', rest)}" + ("?" + "&".join(query) if query else "")


def _url_part(service: str, name: str, text: str, stand_ins: Mapping[str, str]) -> str:
    """*text* as it is written in place of `{name}`. Raises: InvalidAddress."""
    if name in HOSTS:
        host = ascii_host(text)
        if not HOST.match(host):
            raise InvalidAddress(f"the field {name!r} is no host name")
        return host
    if name in PATHS:
        path = text.lstrip("/") if traits_of(service).is_webhook else text.strip("/") + "/"
        return "/" + quote(path, safe="/")
    if text in stand_ins:
        return stand_ins[text]
    is_email = apprise_api.describe(service)["tokens"].get(name, {}).get("type") == "email"
    return quote(text, safe="@" if is_email else "")


def _option(service: str, name: str, options: Mapping[str, Any]) -> str:
    """The name of the field *name* in the query. Raises: InvalidAddress."""
    if name in options or name in IN_EVERY_QUERY:
        return name
    alias = next((option for option, details in options.items() if details.get("alias_of") == name), None)
    if alias is None:
        field = "a recipient" if name == "targets" else repr(name)
        raise InvalidAddress(f"{service} does not take {field} together with these fields")
    return alias


# ------------------------------------------------------------------ stand-ins


def _strings(value: Any) -> list[str]:
    """Every text inside *value*, unchanged and decoded."""
    if isinstance(value, str):
        return [value, unquote(value)]
    if isinstance(value, Mapping):
        return [text for name, item in value.items() if name not in NOT_ARGUMENTS for text in _strings(item)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for item in value for text in _strings(item)]
    return []


def _is_contained(text: str, strings: list[str]) -> bool:
    """Whether one of *strings* contains *text*, if need be ignoring punctuation (telephone numbers)."""
    bare = re.sub(r"\W", "", text)
    return any(text in string for string in strings) or any(bare == re.sub(r"\W", "", string) for string in strings)


def _put_back(value: Any, stand_ins: Mapping[str, str], name: str = "") -> Any:
    """*value* with the placeholders replaced by the texts, quoted if the plugin decodes *name* once more."""
    if isinstance(value, str):
        for text, stand_in in stand_ins.items():
            value = value.replace(stand_in, quote(text, safe="") if name in DECODED_AGAIN else text)
        return value
    if isinstance(value, Mapping):
        return {key: _put_back(item, stand_ins, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_put_back(item, stand_ins, name) for item in value)
    return value
