"""New, revised or the same: what a document brings, against what is held. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from newswatch.model import Change, Release
from newswatch.ports import Known


def changes(
    releases: Sequence[Release], known: Mapping[str, Known], now: datetime
) -> tuple[Change, ...]:
    """The releases that are new or revised, in document order; of twins the first counts.

    `known` are those held, by the id that the document gives: one whose address changed is held
    under another, which it keeps.
    """
    once = {release.id: release for release in reversed(releases)}
    in_order = [once[release_id] for release_id in dict.fromkeys(r.id for r in releases)]
    found = (change(release, known.get(release.id), now) for release in in_order)
    return tuple(one for one in found if one is not None)


def change(release: Release, held: Known | None, now: datetime) -> Change | None:
    if held is None:
        return Change("new", release)
    if held.fingerprint == release.fingerprint:
        return None
    revised = replace(
        release,
        id=held.release_id,
        version=held.version + 1,
        first_seen=held.first_seen,
        updated=now,
    )
    return Change("revised", revised)


def moved(
    releases: Sequence[Release], known: Mapping[str, Known], like: Mapping[str, Known]
) -> dict[str, Known]:
    """Releases that are held under another id, because their address changed, by their new id.
    `like` are those held, by likeness; one that the document still lists is another release."""
    listed = {release.id for release in releases}
    found = {
        release.id: held
        for release in releases
        if release.id not in known and (held := like.get(release.likeness or ""))
    }
    return {new: held for new, held in found.items() if held.release_id not in listed}
