"""The time zones of countries, from the tz database (zone.tab, RFC 6557). Pure but for that file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

BORROWED = {"XK": ("Europe/Belgrade",)}  # Kosovo has no zone of its own in the database


def instant(local: datetime, country: str) -> datetime | None:
    """The instant of a local time, in UTC, where all of a country has the same time; else None."""
    found = {
        local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for zone in zones().get(country, ())
    }
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=1)
def zones() -> Mapping[str, tuple[str, ...]]:
    """By ISO 3166-1 alpha-2 code, and XK."""
    found = dict(BORROWED)
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country] = (*found.get(country, ()), zone)
    return found
