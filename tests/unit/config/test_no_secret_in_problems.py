"""No problem repeats a secret, wherever somebody pastes one."""

from __future__ import annotations

import pytest

from gateway.errors import ConfigInvalid
from gateway.sending.services import AppriseServices
from tests.support.builders import config

PASSWORD = "quietcanary"
"""A secret that looks like a name: it must not show where a secret, or an address, belongs."""
WHERE_A_SECRET_BELONGS = [
    "sources: {psa: {events: ['*'], tokens: [SECRET]}}",
    "sources: {psa: {events: ['*'], tokens: SECRET}}",
    "sources: {psa: {events: ['*'], tokens: [{env: SECRET}]}}",
    "sources: {psa: {events: ['*'], tokens: [{env: [SECRET]}]}}",
    "sources: {psa: {events: ['*'], tokens: [{file: SECRET}]}}",
    "sources: {psa: {events: ['*'], tokens: [{file: /SECRET}]}}",
    "sources: {psa: {events: ['*'], tokens: [['SECRET']]}}",
    "sources: {psa: {events: ['*'], tokens: [{token: SECRET}]}}",
    "channels: {noc: {url: SECRET}}\nfallback: {to: [noc]}",
    "channels: {noc: {url: 'slack://SECRET/b/c'}}\nfallback: {to: [noc]}",
    "channels: {noc: {url: [SECRET]}}\nfallback: {to: [noc]}",
    "channels: {noc: {url: {env: SECRET}}}\nfallback: {to: [noc]}",
    "channels: {noc: {url: {env: {x: SECRET}}}}\nfallback: {to: [noc]}",
    "channels: {noc: SECRET}\nfallback: {to: [noc]}",
    "channels: {noc: [SECRET]}\nfallback: {to: [noc]}",
    "channels: {noc: {service: slack, token_a: SECRET, token_b: b, token_c: c}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: slack, token_a: [SECRET]}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: slack, token_a: {env: SECRET}}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: slack, token_a: {envv: SECRET}}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: slack, token_a: [[SECRET]]}}\nfallback: {to: [noc]}",
    "channels: {noc: {servce: slack, token_a: SECRET}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: mailtos, host: a.example, password: SECRET}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: json, host: a.example, passwrd: SECRET}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: json, host: 'user:SECRET@a.example'}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: json, host: a.example, password: *SECRET}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: json, host: a.example, password: &SECRET}}\nfallback: {to: [noc]}",
    "channels: {noc: {service: json, host: a.example, password: !SECRET x}}\nfallback: {to: [noc]}",
    "channels:\n  noc: {service: json, host: a.example, password: %SECRET}\n",
    'channels:\n  noc: {service: json, host: a.example, password: "SECRET}\n',
    "channels:\n  noc:\n    password: 'a'SECRET\n",
    "channels:\n  noc:\n    password: a: SECRET\n",
    "providers: {sms: {service: twilio, account_sid: a, auth_token: SECRET, from_phone: '+15550100'}}",
    "providers: {sms: {service: twilio, auth_token: {env: SECRET}}}",
    "providers: {sms: SECRET}",
    "people: {ana: {contacts: {slack: {url: SECRET}}}}",
    "people: {ana: {contacts: {slack: {service: slack, token_a: SECRET}}}}",
    "people: {ana: {contacts: {slack: {env: SECRET}}}}",
    "people: {ana: {contacts: {slack: {env: SECRET, outside: true}}}}",
    "people: {ana: {contacts: {slack: {address: [SECRET]}}}}",
    "people: {ana: {contacts: {slack: {addres: SECRET}}}}",
    "people: {ana: {contacts: {slack: [SECRET]}}}",
    "people: {ana: {contacts: {slack: SECRET}}}",
    "people: {ana: {contacts: {email: SECRET}}, bob: {contacts: {email: SECRET}}}",
    "people: {ana: {identities: [[SECRET]]}}",
]

TOKENS = [
    "xoxb-263594206564-FGqddMF8t08v8N7Oq4i57vs1",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    "TIiajkdnlazkcOXrIdevi7FQ",
    "https://hooks.example.com/services/T1JJ3T3L2/TIiajkdnlazk",
    "ngw_rmm_0123456789abcdef0123456789abcdef",
    "9f86d081884c7d659a2feaa0c55ad015",
    "AKIAIOSFODNN7EXAMPLE",
    "Tr0ub4dor&3",
]
"""Secrets that look like secrets: they must not show anywhere."""
WHERE_A_NAME_BELONGS = [
    "SECRET: {}",
    "channels: {SECRET: {service: inbox}}",
    "channels: {noc: {SECRET: }}",
    "channels: {noc: {service: SECRET}}",
    "channels: {noc: {service: inbox, SECRET: 1}}",
    "channels: {noc: {url: {SECRET: x}}}",
    "channels: {noc: {service: inbox, rate: SECRET}}",
    "channels: {noc: {service: inbox, retry: [SECRET]}}",
    "channels: {noc: {service: inbox, outside: SECRET}}",
    "channels: {noc: {service: inbox}, noc: {service: SECRET}}",
    "people: {SECRET: {}}\ngroups: {a: [SECRET, b]}",
    "people: {ana: {contacts: {SECRET: x}}}",
    "people: {ana: {SECRET: x}}",
    "people: {ana: {timezone: SECRET}}",
    "groups: {a: [SECRET]}",
    "timezone: SECRET",
    "fallback: {to: [SECRET]}",
    "fallback: {to: SECRET}",
    "fallback: {to: ['group:SECRET']}",
    "routes: [{name: SECRET, notify: ['*'], to: [noc]}]",
    "routes: [{name: a, notify: [SECRET], to: [noc]}]",
    "routes: [{name: a, notify: ['ticket.*'], to: [noc], via: [SECRET]}]",
    "routes: [{name: a, notify: ['ticket.*'], to: [noc], when: {SECRET: 1}}]",
    "routes: [{name: a, notify: ['ticket.*'], to: [noc], when: {event.severity: SECRET}}]",
    "routes: [{name: a, notify: ['ticket.*'], to: [noc], when: {ticket.id: {SECRET: 1}}}]",
    "sources: {SECRET: {events: ['*'], tokens: [x]}}",
    "sources: {psa: {events: [SECRET], tokens: [{env: TOKEN}]}}",
    "sources: {psa: {events: ['*'], tokens: [{env: TOKEN}], scopes: [SECRET]}}",
    "SECRET: 1\nSECRET: 2",
]


def said(routes: str) -> str:
    """All errors and warnings, of which there is at least one."""
    try:
        found = config(routes, environ={"TOKEN": "ngw_x"}, services=AppriseServices()).warnings
    except ConfigInvalid as exc:
        found = exc.problems
    assert found
    return "\n".join(map(str, found))


@pytest.mark.parametrize("text", WHERE_A_SECRET_BELONGS)
def test_what_stands_where_a_secret_belongs_is_not_repeated(text: str) -> None:
    assert PASSWORD not in said(text.replace("SECRET", PASSWORD))


@pytest.mark.parametrize("text", WHERE_A_NAME_BELONGS)
def test_a_secret_that_stands_where_a_name_belongs_is_not_repeated(text: str) -> None:
    for token in TOKENS:
        printed = said(
            text.replace("SECRET", f'"{token}"').replace('group:"', "group:").replace(f"{token}\"'", f"{token}'")
        )
        assert token not in printed
        assert not any(part in printed for part in token.split("/") if len(part) > 8), printed


def test_a_number_in_place_of_a_secret_is_not_repeated() -> None:
    for text in WHERE_A_SECRET_BELONGS:
        assert "73911337" not in said(text.replace("SECRET", "73911337")), text
