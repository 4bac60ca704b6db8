"""Sets of words, written as a line of text. Pure."""


def among(words: str) -> frozenset[str]:
    return frozenset(words.split())
