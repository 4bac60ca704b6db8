"""Silences: which deliveries they hide. Pure.

A silence hides what nothing else asks for: a release that is also about another country, or that
another rule asked for as well, is sent.
"""

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import astuple, replace
from hashlib import sha256

from newswatch.model import Delivery, Release, Silence, Stop


def silence_id(silence: Silence) -> str:
    """A short name, made from everything that the silence says."""
    digest = sha256(repr(astuple(replace(silence, id=""))).encode()).digest()
    return "sil_" + b32encode(digest[:5]).decode().lower()


def hidden(delivery: Delivery, release: Release, silences: Iterable[Silence]) -> Delivery | None:
    """The delivery as the first of the silences that hides it leaves it: held, until a person lets
    it go. None where nothing hides it."""
    by = next((one for one in silences if hides(one, delivery, release)), None)
    if by is None:
        return None
    stop = Stop("silence", by.until, by.id)
    return replace(delivery, state="held", silence=by.id, stops=(*delivery.stops, stop))


def hides(silence: Silence, delivery: Delivery, release: Release) -> bool:
    reading = release.reading
    rules = [f"{match.subscriber}/{match.rule}" for match in delivery.matches]
    return (
        covers(silence.subscribers, [delivery.subscriber])
        and covers(silence.rules, rules)
        and covers(silence.countries, reading.countries)
        and covers(silence.sources, [release.source_id])
        and covers(silence.events, [reading.event])
    )


def covers(wanted: tuple[str, ...], there: Iterable[str]) -> bool:
    """Whether a field asks for nothing, or for all that there is, which must be something."""
    values = set(there)
    return not wanted or (bool(values) and values <= set(wanted))
