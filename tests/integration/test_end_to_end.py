"""One event from `gateway send` to five kinds of provider, through real processes and real receivers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.gateways import Gateway, eventually
from tests.support.receivers import Answer, Authority, HttpReceiver, Mailbox, TlsReceiver

ROUTES = """
network: {allow: [127.0.0.0/8]}
providers:
  email: {service: mailto, host: 127.0.0.1, port: %(smtp)d, from: desk@example.com}
  sms: {service: twilio, account_sid: {env: TWILIO_SID}, auth_token: {env: TWILIO_TOKEN}, from_phone: "+15550100000"}
channels:
  hook: {service: json, host: 127.0.0.1, port: %(http)d, path: /in}
  noc: {url: {env: SLACK_URL}}
  desk: {url: {env: TEAMS_URL}}
people:
  ana: {name: Ana Lopez, identities: ["local:1834"], contacts: {email: ana@example.com, sms: "+15550199001"}}
  bob: {name: Bob Singh, identities: ["local:1839", Bob Singh], contacts: {email: bob@example.com, sms: "+15550199002"}}
  cara: {name: Cara Whitfield, contacts: {email: cara@example.com, sms: "+15550199003"}}
groups: {oncall: [ana, bob]}
routes:
  - {name: mine, notify: [ticket.*.mine, ticket.*.subscribed], to: [audience], via: [email]}
  - {name: again, notify: ["ticket.status_changed.[ms]*"], to: [audience, hook], via: [email]}
  - {name: noc, notify: [ticket.status_changed.resolved, ticket.status_changed.any], to: [noc, desk, hook]}
  - {name: oncall, notify: [ticket.status_changed.mine], to: ["group:oncall"], via: [sms]}
"""


@dataclass
class Providers:
    """The receivers that stand for them."""

    hook: HttpReceiver
    mailbox: Mailbox
    slack: TlsReceiver
    teams: TlsReceiver
    twilio: TlsReceiver


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def providers(authority: Authority) -> Iterator[Providers]:
    with (
        HttpReceiver() as hook,
        Mailbox() as mailbox,
        TlsReceiver(authority, "hooks.slack.com") as slack,
        TlsReceiver(authority, "prod-01.westus.logic.azure.com", answer=Answer(202)) as teams,
        TlsReceiver(authority, "api.twilio.com", answer=Answer(201, '{"sid": "SM1"}')) as twilio,
    ):
        yield Providers(hook, mailbox, slack, teams, twilio)


@pytest.fixture
def gateway(tmp_path: Path, providers: Providers, authority: Authority) -> Iterator[Gateway]:
    config = tmp_path / "config"
    (config / "routes").mkdir(parents=True)
    ports = {"smtp": providers.mailbox.port, "http": providers.hook.port}
    (config / "routes" / "all.yaml").write_text(ROUTES % ports)
    tls = [providers.slack, providers.teams, providers.twilio]
    environ = {
        "GATEWAY_RESOLVE": ",".join(one.resolve for one in tls),
        "REQUESTS_CA_BUNDLE": str(authority.bundle),
        "SLACK_URL": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "TEAMS_URL": "workflows://prod-01.westus.logic.azure.com:443/643e69f83c8944438d68119179a10a64/sig-canary/",
        "TWILIO_SID": "AC" + "0123456789abcdef" * 2,
        "TWILIO_TOKEN": "c0ffee00" * 4,
        "GATEWAY_TIME_SCALE": "0.01",
    }
    one = Gateway(tmp_path / "data", config=config, environ=environ).start()
    yield one
    assert one.stop() == 0


def test_one_command_reaches_the_right_people_at_every_kind_of_provider(gateway: Gateway, providers: Providers) -> None:
    done = gateway.run("send", "ticket.status_changed", "--example", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    (hook,) = providers.hook.wait_for(1)
    mails = providers.mailbox.wait_for(2)
    (slack,), (teams,), (sms,) = providers.slack.wait_for(1), providers.teams.wait_for(1), providers.twilio.wait_for(1)

    # the assignee and the subscriber by mail, not bob, who did it; each once although two routes say so
    assert sorted(mail.recipients[0] for mail in mails) == ["ana@example.com", "cara@example.com"]
    to_ana = next(mail for mail in mails if mail.recipients == ("ana@example.com",))
    assert to_ana.message["Subject"] == "Keller & Sons Roofing: #10482 Email not working on reception PC is Resolved"
    assert "<strong>Resolved</strong>" in to_ana.html()
    assert "Bob Singh moved it from In Progress to Resolved." in to_ana.text()
    assert "Because you are assigned" in to_ana.text()
    assert "because you follow" not in to_ana.text()

    # a webhook for programs: plain text, one message for three notifications and two routes, with every reason
    assert hook.json()["title"] == "Keller & Sons Roofing: #10482 Email not working on reception PC is Resolved"
    assert "**" not in hook.json()["message"]
    for route in hook.json()["message"].splitlines()[-1].split(" \u00b7 "):
        assert route.startswith("route ")
    assert hook.headers["webhook-id"] in {row["id"] for row in gateway.json("deliveries")}

    # Slack's and Teams' own shapes, at their own names, over checked TLS
    assert slack.host.partition(":")[0] == "hooks.slack.com"
    assert slack.path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert "*Resolved*" in slack.body.decode()
    assert '"url":"https://psa.example.com/tickets/58210443"' in slack.body.decode()
    card = teams.json()["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert "**Resolved**" in teams.body.decode()

    # one text message, to ana: bob of the group did it himself
    assert sms.path.endswith("/Messages.json")
    assert sms.form()["To"] == "+15550199001"
    assert "#10482 Email not working on reception PC is Resolved" in sms.form()["Body"]

    rows = gateway.json("deliveries")
    assert {row["state"] for row in rows} == {"delivered"}
    assert sorted(row["target"] for row in rows) == ["ana/email", "ana/sms", "cara/email", "desk", "hook", "noc"]


def test_what_an_event_says_is_shown_and_never_acts(gateway: Gateway, providers: Providers) -> None:
    hostile = "<!channel> @everyone <script>alert(1)</script> [x](javascript:alert(1)) *a* <https://evil.example|bank>"
    ticket = f'{{"id": 1, "number": 1, "subject": "{hostile}"}}'
    data = f'{{"ticket": {ticket}, "status": {{"from": "{hostile}", "to": "Done"}}}}'
    assert gateway.run("send", "ticket.status_changed", "--data", data, "--wait").returncode == 0
    (slack,), (hook,) = providers.slack.wait_for(1), providers.hook.wait_for(1)
    text = slack.body.decode()
    assert "<!channel>" not in text
    assert "<https://evil.example|" not in text
    shown = hook.json()["message"].replace("\u2060", "")
    assert hostile in shown


def test_a_refused_message_is_dead_with_its_status_and_a_busy_provider_is_tried_again(
    gateway: Gateway, providers: Providers
) -> None:
    providers.hook.script(Answer(400, "no such field: SECRET-free detail"))
    providers.slack.script(Answer(503), Answer(500))
    gateway.run("send", "ticket.status_changed", "--example")
    assert eventually(lambda: len(providers.slack.requests) == 3)
    assert eventually(lambda: "sending" not in {row["state"] for row in gateway.json("deliveries")})
    (dead,) = gateway.json("deliveries", "--state", "dead")
    assert (dead["target"], dead["reason"]) == ("hook", "rejected")
    assert dead["attempts"][-1]["status"] == 400
    assert gateway.run("replay", dead["id"]).returncode == 0
    assert eventually(lambda: gateway.json("deliveries", "--state", "dead") == [])
    assert eventually(lambda: len(providers.hook.requests) == 2)


def test_no_secret_leaves_the_process(gateway: Gateway, providers: Providers) -> None:
    providers.slack.script(Answer(404, "no_service TIiajkdnlazkcOXrIdevi7FQ"))
    gateway.run("send", "ticket.status_changed", "--example", "--wait")
    shown = (
        gateway.run("deliveries", "--format", "json").stdout + gateway.run("events").stdout + gateway.log.read_text()
    )
    shown += "".join(path.read_bytes().decode("latin-1") for path in gateway.data.rglob("*.aof"))
    for canary in ("TIiajkdnlazkcOXrIdevi7FQ", "sig-canary", "c0ffee00", "ana@example.com.", "+15550199"):
        assert canary not in shown, canary


def test_a_broken_file_changes_nothing_for_the_running_gateway(gateway: Gateway, providers: Providers) -> None:
    routes = Path(gateway.environ["GATEWAY_CONFIG"]) / "routes" / "all.yaml"
    whole = routes.read_text()
    routes.write_text(whole.replace("to: [noc, desk, hook]", "to: [nock, desk, hook]"))
    assert eventually(lambda: "did you mean 'noc'?" in gateway.log.read_text())
    assert gateway.run("send", "ticket.status_changed", "--example", "--wait").returncode == 0
    assert len(providers.slack.wait_for(1)) == 1
    routes.write_text(
        whole.replace("to: [noc, desk, hook]", "to: [desk, hook]").replace("noc: {url: {env: SLACK_URL}}", "")
    )
    assert eventually(lambda: "replaces" in gateway.log.read_text())
