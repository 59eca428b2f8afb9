"""Wraps Babel, which knows how each language writes numbers, amounts, days and times.

Babel takes a tenth of a second to import, and is imported when the first such value is written. Results are cached,
since the messages of a minute show the same days and times to many readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from gateway.durations import describe_span
from gateway.model import ENGLISH, Words

if TYPE_CHECKING:
    from babel import Locale

Length = Literal["short", "long"]
"""Whether a unit is abbreviated."""
MAX_KEPT = 4096
EXACT = Context(prec=60)
MAX_ZONE_NAME = 5
"""The longest abbreviation of a zone (`AEDT`). Babel gives the full name where a language has no abbreviation."""
HOURS_WITH_MINUTES = 6
"""Up to this many hours, minutes are written as well."""
MANY = 10**9
"""A threshold that no number of units reaches, so that Babel uses the unit that it is asked for."""
WORDS = {
    "en": ("now", "today", "tomorrow", "yesterday"),
    "de": ("jetzt", "heute", "morgen", "gestern"),
    "es": ("ahora", "hoy", "ma\u00f1ana", "ayer"),
    "fr": ("maintenant", "aujourd\u2019hui", "demain", "hier"),
    "it": ("adesso", "oggi", "domani", "ieri"),
    "nl": ("nu", "vandaag", "morgen", "gisteren"),
}
"""Words that Babel lacks. A translation may supply them; without one, days are counted: "in 0 days"."""


@lru_cache(maxsize=64)
def locale_of(name: str) -> Locale:
    """The locale `de_CH`, or `de-CH`. Raises: ValueError if Babel has no such locale."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, TypeError) as exc:
        raise ValueError(str(exc)) from exc


def find_locale(name: str) -> Locale | None:
    """As `locale_of`; None when Babel has no such locale."""
    try:
        return locale_of(name)
    except ValueError:
        return None


def locale_names() -> list[str]:
    from babel.localedata import locale_identifiers

    return locale_identifiers()


def one_kind_of_space(text: str) -> str:
    """*text* with plain spaces: a narrow or non-breaking one cannot be searched for, and doubles the price
    of an SMS."""
    return text.replace("\u202f", " ").replace("\xa0", " ").replace("\u200e", "").replace("\u200f", "")


@lru_cache(maxsize=MAX_KEPT)
def write_number(number: Decimal, locale: str, places: int | None = None) -> str:
    """`1234.5` -> `1,234.5`, with *places* decimal places, or those that it has."""
    from babel.numbers import format_decimal

    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)
    digits = -int(number.as_tuple().exponent)
    pattern = "#,##0" + ("." + "0" * digits if digits > 0 else "")
    return one_kind_of_space(format_decimal(number, pattern, locale_of(locale), decimal_quantization=False))


@lru_cache(maxsize=MAX_KEPT)
def write_money(amount: Decimal, currency: str, locale: str) -> str:
    """*amount* in *currency*, an ISO 4217 code: `$1,234.50`, `CHF 5.00`, and yen without decimal places."""
    from babel.numbers import format_currency, get_currency_precision

    places = Decimal(1).scaleb(-get_currency_precision(currency))
    amount = amount.quantize(places, ROUND_HALF_UP, EXACT) or Decimal(0)  # never "-0.00"
    text = one_kind_of_space(format_currency(amount, currency, locale=locale_of(locale)))
    # A sign made of letters is separated from the digits (UTS 35, "Currency Spacing"), which Babel leaves to its
    # caller.
    pairs = zip(text, text[1:] + " ", strict=True)
    return "".join(f"{left} " if left.isalpha() and right.isdigit() else left for left, right in pairs)


def plural_form(number: Decimal, locale: str) -> str:
    """The form of a noun that goes with *number*: `one`, `few`, `many`, `other` (CLDR's names)."""
    return str(locale_of(locale).plural_form(number))


@lru_cache(maxsize=MAX_KEPT)
def write_day(day: date, locale: str, *, has_year: bool) -> str:
    """`Tue Nov 24`, or `Tue Nov 24, 2026`."""
    from babel.dates import format_skeleton

    text = one_kind_of_space(format_skeleton("yMMMEd" if has_year else "MMMEd", day, locale=locale_of(locale)))
    # Without a following time, the comma after the weekday is left out in English.
    return text.replace(", ", " ", 1) if locale.startswith("en") else text


@lru_cache(maxsize=MAX_KEPT)
def write_month(day: date, locale: str) -> str:
    """`Apr 2029`."""
    from babel.dates import format_skeleton

    return one_kind_of_space(format_skeleton("yMMM", day, locale=locale_of(locale)))


@lru_cache(maxsize=MAX_KEPT)
def write_time(time: time, locale: str) -> str:
    """`5:00 PM`."""
    from babel.dates import format_time

    return one_kind_of_space(format_time(time, "short", locale=locale_of(locale)))


def write_moment(moment: datetime, locale: str, *, has_year: bool) -> str:
    """`Tue Nov 24, 5:00 PM MST`."""
    day, time = write_day(moment.date(), locale, has_year=has_year), write_time(moment.time(), locale)
    # The moment itself is not a key of the cache: in Python, the same moment is equal in all zones.
    zone = _zone_name(moment.replace(tzinfo=None), moment.tzinfo, moment.utcoffset() or timedelta(), locale)
    return _day_and_time(locale).replace("{1}", day).replace("{0}", f"{time} {zone}")


@lru_cache(maxsize=64)
def _day_and_time(locale: str) -> str:
    """The pattern that joins a day and a time: `{1}, {0}`."""
    from babel.dates import get_datetime_format

    return str(get_datetime_format("medium", locale_of(locale)))


@lru_cache(maxsize=MAX_KEPT)
def _zone_name(wall_time: datetime, zone: tzinfo | None, offset: timedelta, locale: str) -> str:
    """`MST`, in German `MEZ` for what Python calls CET, and `UTC-3` for a zone that has only an offset."""
    from babel.dates import get_timezone_name

    if isinstance(zone, ZoneInfo):
        moment = (wall_time.replace(tzinfo=UTC) - offset).astimezone(zone)
        for name in (get_timezone_name(moment, "short", locale=locale_of(locale)), moment.tzname() or ""):
            if name.isalpha() and len(name) <= MAX_ZONE_NAME:
                return name
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


@lru_cache(maxsize=MAX_KEPT)
def write_minutes_from_now(minutes: int, locale: str, words: Words = ENGLISH) -> str:
    """`in 15 min`, `in 1 hr 30 min`, `12 min ago`, `now`: of less than a day."""
    if not minutes:
        return _word(0, locale, words) or _count_from_now(0, "minute", locale)
    hours, rest = divmod(abs(minutes), 60)
    sign = 1 if minutes > 0 else -1
    if not hours:
        return _count_from_now(minutes, "minute", locale)
    if not rest or hours >= HOURS_WITH_MINUTES:
        return _count_from_now(sign * round(abs(minutes) / 60), "hour", locale)
    text, count = _count_from_now(sign * hours, "hour", locale), _count(hours, "hour", locale)
    # If a language inflects the number ("for an hour"), minutes alone say the same.
    if count not in text:
        return _count_from_now(minutes, "minute", locale)
    return text.replace(count, f"{count} {_count(rest, 'minute', locale)}")


@lru_cache(maxsize=MAX_KEPT)
def write_days_from_now(days: int, locale: str, words: Words = ENGLISH) -> str:
    """`today`, `tomorrow`, `in 3 days`, `2 days ago`."""
    word = _word({0: 1, 1: 2, -1: 3}[days], locale, words) if abs(days) <= 1 else ""
    return word or _count_from_now(days, "day", locale)


@lru_cache(maxsize=MAX_KEPT)
def write_span(span: timedelta, locale: str) -> str:
    """`15 min`, `2 h 5 min`, `30 days`, in German `15 Min.`, `2 Std. 5 Min.`, `30 Tage`; to the minute."""
    if locale.startswith("en"):
        return describe_span(span)
    hours, minutes = divmod(span.seconds // 60, 60)
    counts = {"day": span.days, "hour": hours, "minute": minutes}
    # Some languages abbreviate days so that nobody knows the word: "30 Tg."
    lengths: Mapping[str, Length] = {"day": "long", "hour": "short", "minute": "short"}
    return " ".join(_count(count, unit, locale, lengths[unit]) for unit, count in counts.items() if count)


def _word(place: int, locale: str, words: Words) -> str:
    language = locale_of(locale).language
    if words.language.partition("_")[0] == language:
        return (words.now, words.today, words.tomorrow, words.yesterday)[place]
    return WORDS.get(language, ("",) * 4)[place]


def _count_from_now(number: int, unit: str, locale: str) -> str:
    from babel.dates import format_timedelta

    text = format_timedelta(
        timedelta(**{f"{unit}s": number}),
        granularity=unit,  # type: ignore[arg-type] # a Literal, which this is
        threshold=MANY,
        add_direction=True,
        format="short",
        locale=locale_of(locale),
    )
    return _without_full_stops(one_kind_of_space(text), locale)


def _count(number: int, unit: str, locale: str, length: Length = "short") -> str:
    from babel.units import format_unit

    text = format_unit(number, f"duration-{unit}", length, locale=locale_of(locale))
    return _without_full_stops(one_kind_of_space(text), locale)


def _without_full_stops(text: str, locale: str) -> str:
    """American English abbreviates with a full stop ("15 min."), which looks like the end of a sentence."""
    return text.replace(".", "") if locale.startswith("en") else text
