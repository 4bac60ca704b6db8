"""The characters of feeds: encodings, who says which one counts, and what XML forbids."""

import codecs

import pytest

from factories import make_document, make_source
from newswatch.parse import parse
from newswatch.ports import Parsed


def read(body: str | bytes, content_type: str = "application/xml") -> Parsed:
    raw = body if isinstance(body, bytes) else body.encode()
    return parse(make_document(raw, content_type=content_type), make_source())


def titles(body: bytes, content_type: str) -> list[str]:
    return [entry.title for entry in read(body, content_type).entries]


def rss(items: str) -> str:
    return f'<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'


# Everything that newsrooms write in, and what the web wrote in before UTF-8.
ENCODINGS = {
    "Ärzte für Wahlen": [
        "iso-8859-1", "iso-8859-15", "iso-8859-9", "iso-8859-10", "iso-8859-14", "windows-1252",
        "windows-1254", "windows-1257", "windows-1258", "macintosh", "cp437", "cp850", "cp858",
        "latin1", "hp-roman8", "cp1140",
    ],
    "Žiūrėk čia": ["iso-8859-4", "iso-8859-13", "windows-1257"],
    "Głosowanie i wybory": ["iso-8859-2", "iso-8859-16", "windows-1250", "cp852"],
    "Glas Ċentru Ħolqa": ["iso-8859-3"],
    "Выборы": [
        "windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "cp866", "cp855", "mac-cyrillic",
        "ptcp154", "kz-1048",
    ],
    "Εκλογές": ["iso-8859-7", "windows-1253", "cp737"],
    "בחירות": ["iso-8859-8", "windows-1255"],
    "انتخابات": ["iso-8859-6", "windows-1256"],
    "การเลือกตั้ง": ["tis-620", "iso-8859-11"],
    "選挙監視": ["shift_jis", "euc-jp", "iso-2022-jp", "gb18030", "utf-16", "utf-32"],
    "選舉觀察": ["big5", "big5-hkscs"],
    "选举观察": ["gb2312", "gbk", "gb18030", "hz"],
    "선거 참관": ["euc-kr", "johab", "iso-2022-kr", "utf-16-le", "utf-16-be", "utf-32-le"],
}  # fmt: skip
WRITTEN = [(text, name) for text, names in ENCODINGS.items() for name in names]


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_a_feed_is_read_in_the_encoding_of_its_declaration(text: str, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>' + rss(
        f"<item><title>{text}</title></item>"
    )
    for media_type in ("application/xml", "text/xml"):
        found = titles(body.encode(encoding), media_type)
        assert found == [text]


@pytest.mark.parametrize(("text", "encoding"), WRITTEN)
def test_a_feed_is_read_in_the_encoding_of_its_header(text: str, encoding: str) -> None:
    body = rss(f"<item><title>{text}</title></item>").encode(encoding)
    found = titles(body, f'application/rss+xml; charset="{encoding}"')
    assert found == [text]


@pytest.mark.parametrize(
    ("mark", "header", "declared", "written"),
    [
        (codecs.BOM_UTF8, "iso-8859-1", "koi8-r", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-8", "utf-8", "utf-16-le"),
        (codecs.BOM_UTF32_LE, "utf-16", "utf-16", "utf-32-le"),
        (b"", "koi8-r", "utf-8", "koi8-r"),
        (b"", "iso-8859-5", "koi8-r", "iso-8859-5"),
        (b"", "no-such-charset", "koi8-r", "koi8-r"),
    ],
)
def test_the_mark_counts_before_the_header_and_the_header_before_the_declaration(
    mark: bytes, header: str, declared: str, written: str
) -> None:
    text = "Наблюдатели открыли миссию на выборах"
    body = f'<?xml version="1.0" encoding="{declared}"?>' + rss(
        f"<item><title>{text}</title></item>"
    )
    found = titles(mark + body.encode(written), f"text/xml; charset={header}")
    assert found == [text]


def test_a_character_that_was_cut_in_two_costs_the_others_nothing() -> None:
    body = rss("<item><title>Wähler zählen</title><description>Beo…</description></item>").encode()
    (only,) = read(body.replace("…".encode(), "…".encode()[:2]), content_type="text/xml").entries
    assert (only.title, only.summary) == ("Wähler zählen", "Beo\ufffd")


def test_what_is_called_utf8_and_is_not_is_read_as_windows_1252() -> None:
    body = rss("<item><title>Wähler zählen</title></item>").encode("windows-1252")
    assert titles(body, "application/xml; charset=utf-8") == ["Wähler zählen"]


@pytest.mark.parametrize(
    "odd", ["&#1;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#x110000;", "\x0b", "\x00"]
)
def test_a_character_that_xml_forbids_is_left_out_and_the_feed_is_well_formed(odd: str) -> None:
    found = read(rss(f"<item><title>One{odd} two</title></item>"))
    assert ([e.title for e in found.entries], found.warnings) == (["One two"], ())


@pytest.mark.parametrize("space", [b"\n", b"\xef\xbb\xbf\n\n", b" \r\n\t"])
def test_space_before_the_declaration_is_passed_over(space: bytes) -> None:
    body = space + b'<?xml version="1.0"?>' + rss("<item><title>One</title></item>").encode()
    found = read(body)
    assert ([e.title for e in found.entries], found.warnings) == (["One"], ())
