"""New, revised or the same: what a document brings, against what is held. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from newswatch.model import Change, Release
from newswatch.ports import Known


def changes(
    releases: Sequence[Release], known: Mapping[str, Known], now: datetime
) -> tuple[Change, ...]:
    """The releases that are new or revised, in document order; of twins the first counts."""
    once = {release.id: release for release in reversed(releases)}
    in_order = [once[release_id] for release_id in dict.fromkeys(r.id for r in releases)]
    found = (change(release, known.get(release.id), now) for release in in_order)
    return tuple(one for one in found if one is not None)


def change(release: Release, held: Known | None, now: datetime) -> Change | None:
    if held is None:
        return Change("new", release)
    if held.fingerprint == release.fingerprint:
        return None
    revised = replace(release, version=held.version + 1, first_seen=held.first_seen, updated=now)
    return Change("revised", revised)
