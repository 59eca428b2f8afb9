"""The words that the gateway adds to a message, in the reader's language.

They are needed deep inside the rendering, where an absent value is shown or a text is cut. So they belong to the
message being written, like its budget (see `budget`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from decimal import Decimal
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from gateway.messages.binding import Binding
from gateway.messages.filters import locales
from gateway.model import ENGLISH, Message
from gateway.model.words import Forms, Words

_current: ContextVar[Words] = ContextVar("words_of_message", default=ENGLISH)
current = _current.get


def written_in(words: Words) -> Binding[Words]:
    """A block within which `current` returns *words*."""
    return Binding(_current, words)


P = ParamSpec("P")
T = TypeVar("T")


def in_words_of_message(write: Callable[Concatenate[Message, P], T]) -> Callable[Concatenate[Message, P], T]:
    """*write*, which writes the message in its first argument, with that message's words as the current ones."""

    @wraps(write)
    def in_its_words(message: Message, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if message.words is _current.get():  # as for every reader of English
            return write(message, *args, **kwargs)
        with written_in(message.words):
            return write(message, *args, **kwargs)

    return in_its_words


def counted(forms: Forms, count: int) -> str:
    """The one of *forms* in the current words that goes with *count*, with the number filled in."""
    words, by_category = _current.get(), dict(forms)
    if words is ENGLISH:  # without Babel, which takes a tenth of a second to import
        category, number = "one" if count == 1 else "other", f"{count:,}"
    else:
        category = locales.plural_form(Decimal(count), words.language)
        number = locales.write_number(Decimal(count), words.language)
    return by_category.get(category, by_category["other"]).replace("{count}", number)
