"""The fixed words of messages, one module for each language. Pure."""

from collections.abc import Mapping

from newswatch.render.words.english import ENGLISH
from newswatch.render.words.form import Words
from newswatch.render.words.french import FRENCH
from newswatch.render.words.russian import RUSSIAN
from newswatch.render.words.spanish import SPANISH

__all__ = ["ENGLISH", "LANGUAGES", "Words"]

LANGUAGES: Mapping[str, Words] = {
    words.language: words for words in (ENGLISH, FRENCH, RUSSIAN, SPANISH)
}
