"""New, revised or the same."""

from datetime import timedelta

from factories import NOW, make_release
from newswatch.dedupe import changes
from newswatch.ports import Known

LATER = NOW + timedelta(days=1)


def known(**fields: object) -> dict[str, Known]:
    defaults = {
        "release_id": "00000000000000a1",
        "fingerprint": "f1",
        "version": 1,
        "first_seen": NOW,
    }
    held = Known(**defaults | fields)  # type: ignore[arg-type]
    return {held.release_id: held}


def test_what_is_not_held_is_new() -> None:
    (change,) = changes([make_release()], {}, NOW)
    assert (change.kind, change.release) == ("new", make_release())


def test_what_is_held_unchanged_is_no_change() -> None:
    assert changes([make_release()], known(), NOW) == ()


def test_a_changed_fingerprint_is_a_revision_of_the_same_release() -> None:
    (change,) = changes([make_release(fingerprint="f2", first_seen=LATER)], known(version=3), LATER)
    release = change.release
    assert (change.kind, release.version, release.first_seen, release.updated) == (
        "revised",
        4,
        NOW,
        LATER,
    )


def test_of_twins_in_one_document_the_first_counts() -> None:
    twins = [make_release(title="first"), make_release(title="second")]
    assert [change.release.title for change in changes(twins, {}, NOW)] == ["first"]


def test_changes_come_in_the_documents_order() -> None:
    releases = [make_release(id=name) for name in ("c", "a", "b")]
    assert [change.release.id for change in changes(releases, {}, NOW)] == ["c", "a", "b"]
