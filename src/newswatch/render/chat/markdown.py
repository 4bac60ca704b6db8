"""Text that Markdown, in the dialects of chat services, shows as it is. Pure."""

import re

from newswatch.render.chat.paragraphs import Markup

SPECIAL = re.compile(r"([\\`*_\[\]<>~|#]|^[-+])")  # the last two begin lists


def escaped(words: str) -> str:
    return SPECIAL.sub(r"\\\1", words)


def link(words: str, url: str) -> str:
    """Of an escaped text; the address's own brackets must not end it."""
    return f"[{words}]({url.replace('(', '%28').replace(')', '%29')})"


def strong(words: str) -> str:
    return f"**{words}**"


MARKUP = Markup(escaped, link, strong)
