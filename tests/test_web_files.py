"""The public feeds as files in a directory."""

import gzip
from pathlib import Path

import pytest

from factories import NOW, make_release
from newswatch.web import Files
from newswatch.web.files import WRITTEN
from newswatch.web.history import PAGE
from webdoors import Doors, ask


def written(directory: Path) -> set[str]:
    found = {str(one.relative_to(directory)) for one in directory.rglob("*") if one.is_file()}
    return {path for path in found if not path.endswith(".gz") and path != WRITTEN}


def test_a_file_holds_the_bytes_that_are_served(tmp_path: Path) -> None:
    doors = Doors()
    Files(doors.site(), tmp_path).write()
    for path in ("feeds/desk/moldova.atom", "feeds/desk/moldova.ics", "feeds/source/newsroom.json"):
        body = (tmp_path / path).read_bytes()
        assert body == ask(doors.app(), f"/{path}").content
        assert gzip.decompress((tmp_path / f"{path}.gz").read_bytes()) == body
    assert (tmp_path / "opml").read_bytes() == ask(doors.app(), "/opml").content


def test_private_feeds_are_not_written(tmp_path: Path) -> None:
    Files(Doors().site(), tmp_path).write()
    assert not [path for path in written(tmp_path) if "hidden" in path or "unfed" in path]


def test_the_archive_is_written_too_and_its_pages_once(tmp_path: Path) -> None:
    releases = [make_release(id=f"{n:016x}", first_seen=NOW, published=None) for n in range(PAGE)]
    doors = Doors(releases=releases)
    files = Files(doors.site(), tmp_path)
    files.write()
    (page,) = (tmp_path / "feeds/desk/moldova").glob("1-*.atom")
    before = page.stat()
    doors.change(*releases, make_release(id="f" * 16))
    files.write()
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    doors = Doors()
    files = Files(doors.site(), tmp_path)
    assert files.write() > 10
    assert files.write() == 0
    georgia = (tmp_path / "feeds/desk/georgia.atom").stat().st_ino
    doors.change(*doors.releases, make_release(id="f" * 16))
    assert files.write() > 0
    assert (tmp_path / "feeds/desk/georgia.atom").stat().st_ino == georgia


def test_a_restart_writes_nothing_again(tmp_path: Path) -> None:
    doors = Doors()
    Files(doors.site(), tmp_path).write()
    before = {one: one.stat().st_ino for one in tmp_path.rglob("*")}
    Files(doors.site(), tmp_path).write()
    assert {one: one.stat().st_ino for one in tmp_path.rglob("*")} == before


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    doors = Doors()
    files = Files(doors.site(), tmp_path)
    files.write()
    with (tmp_path / "feeds/desk/moldova.atom").open("rb") as old:
        start = old.read(100)
        doors.change(make_release(id="f" * 16, title="Another"))
        files.write()
        assert (start + old.read()).endswith(b"</feed>\n")
    assert b"Another" in (tmp_path / "feeds/desk/moldova.atom").read_bytes()


def test_a_feed_that_is_public_no_more_is_taken_away_after_a_restart_too(tmp_path: Path) -> None:
    doors = Doors()
    Files(doors.site(), tmp_path).write()
    doors.subscribers = []
    Files(doors.site(), tmp_path).write()
    assert not [path for path in written(tmp_path) if path.startswith("feeds/desk")]


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "feeds/desk").mkdir(parents=True)
    (tmp_path / "feeds/desk/own.html").write_text("mine")
    (tmp_path / WRITTEN).write_text('["../outside", "feeds/desk/gone.atom", "/etc/passwd", 3]')
    outside = tmp_path.parent / "outside"
    outside.write_text("mine")
    Files(Doors().site(), tmp_path).write()
    assert (tmp_path / "feeds/desk/own.html").read_text() == outside.read_text() == "mine"


@pytest.mark.parametrize("damage", ["", "{", "null", "{}"])
def test_a_damaged_list_of_what_was_written_harms_nothing(tmp_path: Path, damage: str) -> None:
    (tmp_path / WRITTEN).write_text(damage)
    assert Files(Doors().site(), tmp_path).write() > 0


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Files(Doors().site(), tmp_path / "file").write()
