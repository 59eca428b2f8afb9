"""Messages in other languages: found, checked, and chosen part by part for whoever reads."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.config.files import read_files, shipped_folder
from gateway.config.load import build_from, load
from gateway.config.reload import LiveConfig
from gateway.config.secrets import SecretStore
from gateway.config.translations.words import KNOWN
from gateway.errors import ConfigInvalid
from gateway.messages import cards, layout, markup, templates
from gateway.messages.filters.amounts import plural
from gateway.messages.filters.dates import Reader
from gateway.messages.measure import gsm_length, is_gsm
from gateway.messages.severity import SeverityMark
from gateway.messages.variants import template_for
from gateway.messages.words import counted, written_in
from gateway.model import (
    ENGLISH,
    Address,
    Config,
    Event,
    Fact,
    Message,
    MessageTemplate,
    Recipient,
    Severity,
    Target,
)
from gateway.routing.recipients import reason_of_entry
from gateway.sending.services import AppriseServices
from tests.support.builders import CATALOG, files
from tests.support.shipped_config import shipped_config

ROUTES = """
channels:
  wien: {service: log, language: de_AT}
  zurich: {service: log, language: de, locale: de_CH}
  noc: {service: log}
routes: [{name: all, notify: ["ticket.changed.any"], to: [wien, zurich, noc]}]
"""
CATALOG_WITH_FACTS = CATALOG.replace(
    "subject | default('no subject') }}\"}",
    'subject | default(\'no subject\') }}", facts: {Priority: "{{ ticket.priority }}"}, link: "https://x.example/1"}',
)
GERMAN = """
labels: {Priority: Priorität}
events:
  ticket.changed:
    title: "Vorgang {{ ticket.id }}"
    link: {label: "Vorgang {{ ticket.id }} öffnen"}
"""
NOW = datetime(2026, 11, 23, 16, 53, tzinfo=UTC)


def config(translations: dict[str, str], routes: str = ROUTES, catalog: str = CATALOG_WITH_FACTS) -> Config:
    given = {f"translations/{name}.yaml": text.encode() for name, text in translations.items()}
    return build_from(replace(files(routes, catalog), translations=given), SecretStore({}, Path()), None, {})


def problems(*args: str | dict[str, str]) -> list[tuple[str, str, str | None]]:
    with pytest.raises(ConfigInvalid) as caught:
        config(*args)  # type: ignore[arg-type] # as they are given
    return [(str(one.place), one.message, one.hint) for one in caught.value.problems]


def message(built: Config, channel: str, name: str = "ticket.changed") -> Message:
    event_type = built.catalog.events[name]
    target = built.channels[channel]
    event = Event("1", name, event_type.category, "psa", None, NOW, event_type.severity, event_type.example)
    event = replace(event, customer=event_type.customer)
    template = event_type.message_in(built.language_of(target))
    zone, words = ZoneInfo("Europe/Berlin"), built.words_of(target)
    return templates.render(template, event, [], zone, NOW, locale=built.locale_of(target), words=words)


def test_a_reader_gets_what_is_translated_and_the_rest_as_the_catalogue_has_it() -> None:
    built = config({"de": GERMAN})
    data = {"ticket": {"id": 7, "subject": "Printer", "priority": "high"}}
    changed = replace(built.catalog.events["ticket.changed"], example=data)
    built = replace(built, catalog=replace(built.catalog, events={**built.catalog.events, "ticket.changed": changed}))
    german, english = message(built, "wien"), message(built, "noc")
    assert (german.title, german.body) == ("Vorgang 7", "Printer")
    assert (english.title, english.body) == ("Ticket 7", "Printer")
    assert [(fact.label, fact.value) for fact in german.facts] == [("Priorität", "high")]
    assert german.link is not None
    assert (german.link.label, german.link.url) == ("Vorgang 7 öffnen", "https://x.example/1")


def test_a_language_with_its_country_comes_first_and_is_the_locale_unless_one_is_given() -> None:
    austrian = "events: {ticket.changed: {title: 'Akt {{ ticket.id }}'}}"
    built = config({"de": GERMAN, "de_AT": austrian})
    assert [message(built, name).title for name in ("wien", "zurich", "noc")] == ["Akt 7", "Vorgang 7", "Ticket 7"]
    assert [built.locale_of(built.channels[name]) for name in ("wien", "zurich", "noc")] == ["de_AT", "de_CH", "en_US"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "events:\n  ticket.chnged: {title: Vorgang}",
            ("2:3", "no message of an event type 'ticket.chnged'", "did you mean 'ticket.changed'?"),
        ),
        (
            "events:\n  ticket.changed:\n    title: '{{ ticket.nummer }}'",
            ("3:12", "the event's data has no field 'ticket.nummer'", None),
        ),
        (
            "events:\n  ticket.changed: {title: '{% set x = 1 %}'}",
            ("2:27", "invalid template: assign is not allowed in a template", None),
        ),
        (
            "events:\n  ticket.changed:\n    facts: {Priorty: x}",
            ("3:13", "the message has no fact 'Priorty'", "did you mean 'Priority'?"),
        ),
        ("events:\n  ticket.changed: {titel: x}", ("2:20", "unknown key 'titel'", "did you mean 'title'?")),
        (
            "events:\n  ticket.changed: {title: \"{{ ticket.id | lookup('sites') }}\"}",
            ("2:27", "unknown lookup 'sites'", None),
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_reported_with_its_place(text: str, expected: tuple[str, str, str | None]) -> None:
    place, sentence, hint = expected
    ((shown_place, shown_sentence, shown_hint), *_) = problems({"de": text})
    assert (shown_place, shown_sentence) == (f"translations/de.yaml:{place}", sentence)
    assert hint is None or shown_hint == hint


def test_a_file_or_person_with_a_language_that_does_not_exist_is_a_problem() -> None:
    assert problems({"deutsch": GERMAN, "de": GERMAN})[0][1] == "'deutsch' is not a language"
    routes = ROUTES.replace("language: de_AT", "language: fr")
    assert problems({"de": GERMAN}, routes) == [
        (
            "routes/routes.yaml:3:34",
            "there are no messages in the language 'fr'",
            "write translations/fr.yaml, or use `locale`",
        )
    ]


def test_the_folder_of_a_running_gateway_is_followed(tmp_path: Path) -> None:
    shutil.copy(shipped_folder() / "catalog.yaml", tmp_path)
    (tmp_path / "translations").mkdir()
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "all.yaml").write_text(ROUTES.replace("ticket.changed.any", "ticket.created.any"))
    german = tmp_path / "translations" / "de.yaml"
    german.write_text("events: {ticket.created: {title: Eins}}")
    live = LiveConfig(tmp_path, {})
    assert live.is_up_to_date({})
    before = live.current().digest
    german.write_text("events: {ticket.created: {title: Zwei}}")
    assert not live.is_up_to_date({})
    assert build_from(read_files(tmp_path), SecretStore({}, tmp_path), None, {}).digest != before


def test_a_catalogue_that_extends_the_shipped_one_has_its_translations_and_its_own(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("extends: shipped\nremove: [sla.breached]\n")
    (tmp_path / "translations").mkdir()
    (tmp_path / "translations" / "de.yaml").write_text("events: {ticket.created: {title: Neu}}")
    events = load(tmp_path, {}).catalog.events
    assert "sla.breached" not in events
    assert events["ticket.created"].message_in("de").title == "Neu"
    assert events["ticket.assigned"].message_in("de").title.startswith("Ihr Ticket")


SHIPPED = shipped_config()
TITLES = {
    "appointment.due_soon": "18:45 Replace the firewall, Keller & Sons Roofing",
    "estimate.decided": "Harbor Dental Group: Angebot #4471 wurde angenommen (6.280,00 $)",
    "invoice.created": "Keller & Sons Roofing: Neue Rechnung INV-20931 über 434,60 $",
    "payment.made": "Keller & Sons Roofing: Zahlung von 434,60 $",
    "reminder.due_soon": "18:45 Call Priya about the scanner quote",
    "rmm_alert.created": "Keller & Sons Roofing: KELLER-DC01, Agent offline for 15 minutes",
    "sla.breached": "SLA verletzt: #10482 Email not working on reception PC (Keller & Sons Roofing)",
    "sla.breaching_soon": "SLA fällig in 7 Min.: #10490 VPN drops every hour (Harbor Dental Group, Priorität 2 Medium)",
    "ticket.assigned": "Ihr Ticket: #10490 VPN drops every hour (Harbor Dental Group)",
    "ticket.comment_added": ("Keller & Sons Roofing: Interne Notiz zu #10482 Email not working on reception PC"),
    "ticket.created": "Keller & Sons Roofing: Neues Ticket #10482 Email not working on reception PC",
    "ticket.customer_replied": (
        "Keller & Sons Roofing: Antwort von Tom Keller zu #10482 Email not working on reception PC"
    ),
    "ticket.due_soon": "Fällig in 7 Min.: #10490 VPN drops every hour (Harbor Dental Group, Priorität 2 Medium)",
    "ticket.status_changed": "Keller & Sons Roofing: #10482 Email not working on reception PC ist jetzt Resolved",
}


TRANSLATED = [
    name
    for name, event_type in SHIPPED.catalog.events.items()
    if event_type.message_in("de").link_label != event_type.message.link_label
]
"""Event types whose messages are German; of the others only the labels are."""


def shipped(name: str) -> Message:
    event_type = SHIPPED.catalog.events[name]
    event = Event("1", name, event_type.category, "psa", None, NOW, event_type.severity, event_type.example)
    event = replace(event, customer=event_type.customer)
    return templates.render(event_type.message_in("de"), event, [], ZoneInfo("Europe/Berlin"), NOW, locale="de")


def test_the_shipped_german_messages() -> None:
    assert {name: shipped(name).title for name in TRANSLATED} == TITLES
    assert sum(len(SHIPPED.catalog.events[name].notifications) for name in TRANSLATED) >= 10
    english = {label for name in TRANSLATED for label, _ in SHIPPED.catalog.events[name].message.facts}
    for name in TRANSLATED:
        written = shipped(name)
        assert not {fact.label for fact in written.facts} & (english - {"Status"})
        assert written.link is not None
        assert written.link.label.endswith("öffnen")
        assert "(not given)" not in written.title + layout.as_text(written) + written.short


SAME_IN_GERMAN = {"alarm", "sla", "sms", "status", "ticket"}


def literal_words(template: MessageTemplate) -> set[str]:
    """What the catalogue itself says in *template*, without the values of events."""
    sources = (
        template.title,
        template.body,
        template.short,
        template.link_label,
        *(text for fact in template.facts for text in fact),
    )
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(r"\{[{%].*?[%}]\}", " ", " ".join(sources)).casefold()))


def test_no_part_of_a_message_that_is_translated_is_left_in_english() -> None:
    for name in TRANSLATED:
        event_type = SHIPPED.catalog.events[name]
        english, german = literal_words(event_type.message), literal_words(event_type.message_in("de"))
        assert english & german <= SAME_IN_GERMAN, name


def test_each_german_example_fits_one_part_of_a_text_message_with_its_link() -> None:
    sms = layout.ServiceLimits(markup.Markup.TEXT, 1000, is_sms=True, mark=SeverityMark.WORD)
    for name in TRANSLATED:
        written = replace(shipped(name), words=SHIPPED.words["de"])
        _, text = layout.render_for(written, sms)
        assert is_gsm(text), text
        assert gsm_length(text) <= 160, text
        assert written.link is not None
        assert text.endswith(written.link.url)


def test_a_german_message_reads_as_a_whole() -> None:
    assert layout.as_text(shipped("ticket.created")) == (
        "> Outlook asks for the password again and again. Please call <reception> & ask for Tom.\n\n"
        "Stufe: gold\nKontakt: Tom Keller\nPriorität: 1 High\n"
        "Fällig: Mi., 25. Nov., 01:00 MEZ (in 2 Tagen)\nZugewiesen an: Ana Lopez\n\n"
        "Ticket #10482 öffnen (https://psa.example.com/tickets/58210443)"
    )


def test_a_part_that_a_translation_lacks_is_that_of_the_next_more_general_one(tmp_path: Path) -> None:
    """The folder's own file, the shipped one, the language without its country, the catalogue."""
    (tmp_path / "catalog.yaml").write_text("extends: shipped\n")
    (tmp_path / "translations").mkdir()
    own = "events: {ticket.assigned: {title: Dein Ticket, facts: {Priority: dringend}}}\ncategories: {tickets: Fälle}"
    (tmp_path / "translations" / "de.yaml").write_text(own)
    (tmp_path / "translations" / "de_AT.yaml").write_text("events: {ticket.assigned: {link: {label: Aufmachen}}}")
    catalog = load(tmp_path, {}).catalog
    german, austrian = (catalog.events["ticket.assigned"].message_in(language) for language in ("de", "de_AT"))
    assert german.title == austrian.title == "Dein Ticket"
    assert (german.link_label, austrian.link_label) == ("Ticket #{{ ticket.number }} öffnen", "Aufmachen")
    assert german.body == austrian.body == SHIPPED.catalog.events["ticket.assigned"].message_in("de").body
    assert dict(austrian.facts)["Priorität"] == "dringend"
    titles = [catalog.categories["tickets"].title_in(language) for language in ("de", "de_AT", "de_CH", "fr", "")]
    assert titles == ["Fälle", "Fälle", "Fälle", "Tickets", "Tickets"]


def test_a_service_that_a_translation_names_exists() -> None:
    given = {"translations/de.yaml": b"events: {ticket.changed: {for: {slak: {title: x}}}}"}
    with pytest.raises(ConfigInvalid) as caught:
        build_from(replace(files(ROUTES), translations=given), SecretStore({}, Path()), AppriseServices(), {})
    assert "unknown service or kind of contact 'slak' - did you mean 'slack'?" in str(caught.value.problems[0])


def test_what_differs_for_a_kind_of_service_is_translated_too() -> None:
    catalog = CATALOG_WITH_FACTS.replace('link: "https', 'for: {sms: {short: Text}, slack: {title: S}}, link: "https')
    text = "events: {ticket.changed: {title: T, for: {sms: {short: Kurz}, email: {body: Lang, link: {label: Auf}}}}}"
    german = config({"de": text}, ROUTES, catalog).catalog.events["ticket.changed"].message_in("de")
    assert template_for(german, None, ("sms",)).short == "Kurz"
    assert template_for(german, None, ("slack",)).title == "S"
    mail = template_for(german, None, ("email",))
    assert (mail.title, mail.body, mail.link_label) == ("T", "Lang", "Auf")
    ((place, sentence, _),) = problems({"de": text.replace("Kurz", "'{{ ticket.nummer }}'")}, ROUTES, catalog)
    assert place == "translations/de.yaml:1:56"
    assert sentence == "the event's data has no field 'ticket.nummer'"


def test_a_text_that_a_folder_changes_is_not_that_which_a_shipped_file_translates(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "catalog.yaml").write_text("""
        extends: shipped
        categories: {sla: {title: Promise}}
        events: {ticket.assigned: {message: {title: Hello, facts: {Due: soon}, link: {label: Look}}}}
    """)
    catalog = load(tmp_path, {}).catalog
    german = catalog.events["ticket.assigned"].message_in("de")
    shipped_german = SHIPPED.catalog.events["ticket.assigned"].message_in("de")
    assert (german.title, german.link_label, dict(german.facts)["F\u00e4llig"]) == ("Hello", "Look", "soon")
    assert (german.body, german.short) == (shipped_german.body, shipped_german.short)
    assert [catalog.categories[name].title_in("de") for name in ("sla", "asset")] == ["Promise", "Ger\u00e4te"]


def test_a_language_of_the_whole_file_is_that_of_everybody_who_has_none() -> None:
    built = config(
        {"de": GERMAN}, "language: de\n" + ROUTES.replace("noc: {service: log}", "noc: {service: log, language: en}")
    )
    assert (built.language, built.locale) == ("de", "de")
    target = replace(built.channels["noc"], language="")
    assert (built.language_of(target), built.locale_of(target)) == ("de", "de")
    assert (built.language_of(built.channels["noc"]), built.locale_of(built.channels["noc"])) == ("en", "en")
    assert built.words_of(built.channels["noc"]) is ENGLISH
    assert message(built, "noc").title == "Ticket 7"
    assert config({"de": GERMAN}, "language: de\nlocale: de_CH\n" + ROUTES).locale == "de_CH"


@pytest.mark.parametrize(
    ("routes", "place", "sentence"),
    [
        ("language: deutsch", "1:11", "unknown language 'deutsch'"),
        ("language: fr", "1:11", "there are no messages in the language 'fr'"),
    ],
)
def test_a_language_of_the_whole_file_that_does_not_exist_is_a_problem(routes: str, place: str, sentence: str) -> None:
    assert (f"routes/routes.yaml:{place}", sentence) in [fault[:2] for fault in problems({"de": GERMAN}, routes)]


def test_a_category_that_does_not_exist_is_a_problem() -> None:
    assert problems({"de": "categories: {ticket: Fall}"}) == [
        ("translations/de.yaml:1:14", "unknown category 'ticket'", "did you mean 'tickets'?")
    ]


def test_a_translation_that_shows_a_staff_only_value_by_another_way_is_a_problem() -> None:
    staff = CATALOG.replace("subject: {type: string}", "subject: {type: string, x-visibility: staff}")
    staff = staff.replace("subject: ticket.id\n", "subject: ticket.subject\n")
    text = "events:\n  ticket.changed: {title: 'Akt {{ event.subject }}'}"
    ((place, sentence, _),) = problems({"de": text}, ROUTES, staff)
    assert place == "translations/de.yaml:2:27"
    assert sentence == "the message would show people outside what is for staff only"


POLISH = """
words:
  not_given: (brak)
  because_listed: bo jesteś na liście {name}
  more: {one: "i {count} inny", few: "i {count} inne", many: "i {count} innych", other: "i {count} innego"}
"""


def test_the_words_of_the_gateway_are_those_of_the_reader() -> None:
    built = config({"de": "words: {not_given: fehlt, critical: Schlimm}", "de_AT": "words: {critical: Arg}"})
    austrian, swiss, english = (built.words_of(built.channels[name]) for name in ("wien", "zurich", "noc"))
    assert (austrian.critical, austrian.not_given, austrian.open) == ("Arg", "fehlt", "Open")
    assert (swiss.critical, english.critical) == ("Schlimm", "Critical")
    catalog = CATALOG_WITH_FACTS.replace("{{ subject | default('no subject') }}", "{{ ticket.subject }}")
    assert "(not given)" not in str(message(config({"de": "words: {not_given: fehlt}"}, ROUTES, catalog), "wien").body)


def test_the_order_of_the_files_does_not_decide_which_words_a_language_takes_from_another() -> None:
    """`de-AT.yaml` comes before `de.yaml` in a folder, since a hyphen sorts before a dot."""
    built = config({"de-AT": "words: {critical: Arg}", "de": "words: {not_given: fehlt}"})
    austrian = built.words_of(built.channels["wien"])
    assert (austrian.critical, austrian.not_given) == ("Arg", "fehlt")


def test_a_plural_has_the_forms_of_its_language() -> None:
    words = config({"pl": POLISH, "de": "{}"}).words["pl"]
    with written_in(words):
        shown = [counted(words.more, count) for count in (1, 2, 5, 22, 1500)]
    assert shown == ["i 1 inny", "i 2 inne", "i 5 innych", "i 22 inne", "i 1 500 innych"]
    reader = Reader(NOW, locale="pl")
    forms = {"few": "alerty", "many": "alertów"}
    assert [plural(count, reader, "alert", "alertu", **forms) for count in (1, 3, 5)] == [
        "1 alert",
        "3 alerty",
        "5 alertów",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("words: {opn: x}", ("1:9", "unknown word 'opn'", "did you mean 'open'?")),
        ("words: {open: 'x {count}'}", ("1:15", "unknown placeholder '{count}'", None)),
        ("words: {sent_by: 'von {nmae}'}", ("1:18", "unknown placeholder '{nmae}'", "there is {name}")),
        ("words: {open: {other: x}}", ("1:15", "this word has no plural: expected a text", None)),
        ("words: {more: {other: x}}", ("1:15", "the language needs a form for one", None)),
        ("words: {more: {three: x}}", ("1:16", None, None)),
        ("words: {open: 7.5.1: x}", ("1:20", None, None)),
    ],
)  # fmt: skip
def test_words_that_cannot_be_are_reported(text: str, expected: tuple[str, str | None, str | None]) -> None:
    ((place, sentence, hint), *_) = problems({"de": text})
    assert place == f"translations/de.yaml:{expected[0]}"
    assert expected[1] in (None, sentence)
    assert expected[2] in (None, hint)


def test_german_has_all_words_of_the_gateway_also_for_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes/r.yaml").write_text(ROUTES)
    (tmp_path / "catalog.yaml").write_text(CATALOG_WITH_FACTS)
    built = load(tmp_path, {})
    german = built.words_of(built.channels["zurich"])
    same = {name for name in KNOWN if getattr(german, name) == getattr(ENGLISH, name)}
    assert same == {"info"}
    assert built.catalog.events["gateway.trouble"].message_in("de").title.startswith("{% if")
    assert built.catalog.categories["gateway"].titles == {"de": "Gateway"}
    assert "de" not in built.catalog.events["ticket.changed"].translations
    reason = reason_of_entry(
        Recipient("group", "noc"), built.routes[0], Target("ana/email", "", Address(), "ana"), german
    )
    assert reason == "weil Sie in der Gruppe noc sind"


def test_a_card_and_a_text_are_cut_in_the_words_of_the_reader() -> None:
    german = load(shipped_folder(), {}).words["de"]
    facts = tuple(Fact(f"F{number}", "x" * 300) for number in range(60))
    written = Message("T", "wort " * 9000, Severity.WARNING, facts, words=german)
    slack = str(cards.build(written, cards.CardStyle(cards.CardKind.SLACK)).fields)
    text = str(layout.render_for(written, layout.ServiceLimits(markup.Markup.TEXT, 2000)))
    for shown in (slack, text):
        assert "weitere Zeichen)" in shown
        assert "weitere" in shown
        assert "more" not in shown
    assert "Warnung" in slack
    short = layout.render_for(
        written, layout.ServiceLimits(markup.Markup.TEXT, 160, is_sms=True, mark=SeverityMark.WORD)
    )
    assert short[1].startswith("WARNUNG: T")


@pytest.mark.parametrize(
    ("file", "language"),
    [("de", "de-CH"), ("de", "DE"), ("DE", "de"), ("de-AT", "de_AT"), ("zh-hant", "zh_Hant_TW"), ("zh", "zh-Hant-TW")],
)
def test_a_language_may_be_written_in_any_way(file: str, language: str) -> None:
    routes = ROUTES.replace("de_AT", language).replace("language: de,", "")
    translated = config({file: GERMAN}, routes)
    target = translated.targets["wien"]
    message = translated.catalog.events["ticket.changed"].message_in(translated.language_of(target))
    assert message.title == "Vorgang {{ ticket.id }}"


def test_the_nearest_language_decides_and_others_fill_in() -> None:
    files = {"zh": GERMAN, "zh_Hant": "{labels: {Priority: P}}", "zh_Hant_TW": '{words: {open: "O"}}'}
    translated = config(files, ROUTES.replace("de_AT", "zh_Hant_TW").replace("language: de,", ""))
    message = translated.catalog.events["ticket.changed"].message_in("zh_Hant_TW")
    assert message.title == "Vorgang {{ ticket.id }}"
    assert [label for label, _ in message.facts] == ["P"]
    assert translated.words_of(translated.targets["wien"]).open == "O"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words: {more: und weitere}", "missing placeholder '{count}'"),
        ("words: {more: {one: einer, other: mehrere}}", "missing placeholder '{count}'"),
        ("words: {more: {eins: a}}", "invalid name 'eins': use zero, one, two, few, many or other"),
        ("labels: {Priorty: x}", "no fact is called 'Priorty'"),
    ],
)
def test_a_careless_translation_is_reported(text: str, message: str) -> None:
    assert message in [fault for _, fault, _ in problems({"de": text})]


def test_words_of_the_gateway_are_one_clean_line() -> None:
    translated = config({"de": 'words: {open: "Auf\\u202e\\nmachen", more: "und\\0 {count}"}'})
    words = translated.words["de"]
    assert (words.open, words.more) == ("Auf machen", (("other", "und {count}"),))
