"""The stem of a word in a language: what its inflections have in common. Pure."""

from functools import lru_cache

from Stemmer import Stemmer

# ISO 639-1 codes of the languages that Snowball (https://snowballstem.org) has a stemmer for.
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


@lru_cache(maxsize=65536)
def stem(word: str, language: str | None) -> str:
    """The stem of a folded word; the word itself where the language is unknown or has no stemmer.
    Rules and releases are folded before, so both lose their accents and still meet."""
    name = STEMMERS.get((language or "").split("-")[0].lower())
    return stemmer(name).stemWord(word) if name else word


@lru_cache(maxsize=64)
def stemmer(name: str) -> Stemmer:
    return Stemmer(name)
