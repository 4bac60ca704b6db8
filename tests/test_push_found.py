"""Push (WebSub): where hubs are found, and what is theirs and ours."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from factories import NOW, make_document, make_source
from hubscene import DAYS, HOUR, rss, signature
from newswatch.intake import take_in
from newswatch.links import linked
from newswatch.model import Listing, Pick
from newswatch.push import LEASE as ASKED_LEASE
from newswatch.push import LONGEST_LEASE, host_of, is_reachable, is_signed, lease_of

HUB = "https://hub.example/"
SELF = "https://newsroom.example/feed.xml"
BASE = "https://newsroom.example/feed"


# -- discovery ------------------------------------------------------------------------------------


ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><id>urn:n</id>
<link rel="hub" href="{HUB}"/><link rel="self" href="{SELF}"/>
<entry><title>One</title><id>urn:1</id><link href="/1"/></entry></feed>""".encode()
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": SELF,
        "hubs": [
            {"type": "rssCloud", "url": "https://cloud.example/"},
            {"type": "WebSub", "url": HUB},
        ],
        "items": [{"id": "1", "url": "/1", "title": "One"}],
    }
).encode()
PAGE = f"""<!DOCTYPE html><html><head><title>N</title><link rel="hub" href="{HUB}">
<link rel="alternate self" href="/feed.xml"></head><body><link rel="hub" href="https://other.example/">
<ul><li><a href="/1">One</a></li></ul></body></html>""".encode()
LISTING = make_source(
    kind="listing", layouts=(Listing(item="li", title=Pick("a"), link=Pick("a@href")),)
)


def found(body: bytes, link: str | None = None, **source: Any) -> tuple[str | None, str | None]:
    document = make_document(body, content_type=None, link=link)
    intake = take_in(document, LISTING if body == PAGE else make_source(**source), NOW)
    return intake.hub, intake.topic


@pytest.mark.parametrize(
    "body", [rss("One", hub=HUB, topic=SELF), ATOM, JSON, PAGE], ids=["RSS", "Atom", "JSON", "HTML"]
)
def test_a_hub_is_found_in_the_document(body: bytes) -> None:
    assert found(body) == (HUB, SELF)


def test_link_headers_win_over_the_document() -> None:
    header = '<https://head.example/hub>; rel="hub", </canonical>; rel="self"'
    body = rss("One", hub=HUB, topic=SELF)
    assert found(body, header) == ("https://head.example/hub", "https://newsroom.example/canonical")


def test_a_document_that_does_not_name_itself_is_known_by_its_address() -> None:
    assert found(rss("One", hub=HUB)) == (HUB, BASE)


@pytest.mark.parametrize(
    "hub",
    [
        "",
        "ftp://hub.example/",
        "javascript:alert(1)",
        "http://[bad/",
        "https://hub.example/\u202egpj",
        "https://hub.example/a b",
        "https://hub.example/" + "x" * 2_000,
    ],
)
def test_what_is_no_web_address_is_no_hub(hub: str) -> None:
    assert found(rss("One", hub=hub, topic=SELF)) == (None, None)


def test_the_name_and_password_of_a_hub_are_shown_to_nobody() -> None:
    assert host_of("https://name:word@hub.example:8443/path") == "hub.example:8443"


@pytest.mark.parametrize("feed_url", ["http://[bad/", 7, None])
def test_a_json_feed_with_odd_hubs_is_read_all_the_same(feed_url: object) -> None:
    odd = json.loads(JSON) | {"feed_url": feed_url, "hubs": [1, {"type": "WebSub", "url": "x://["}]}
    assert found(json.dumps(odd).encode()) == (None, None)


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (f"<{HUB}>; rel=hub", HUB),
        (f'<{HUB}>; rel="next HUB"', HUB),
        (f'<https://a.example/>; rel="self", <{HUB}>;rel="hub"', HUB),
        (f'<https://a.example/?x=1,2>; title="a, b; rel=hub", <{HUB}>; rel="hub"', HUB),
        (f'<{HUB}>; title="a \\"b\\" c"; rel="hub"', HUB),
        (f'<{HUB}>; crossorigin; rel="hub"', HUB),
        ("</hub>; rel=hub", "https://newsroom.example/hub"),
        ("<>; rel=hub", BASE),
        (f'<{HUB}>; rel=hub; anchor="{BASE}"', HUB),
        (f'<{HUB}>; rel=hub; anchor="/elsewhere"', None),
        (f"<{HUB}>; rel=self; rel=hub", None),
        ("<ftp://hub.example/>; rel=hub", None),
        ("<http://[bad/>; rel=hub", None),
        ("rel=hub", None),
        ("<" * 20_000, None),
        ("<a>;" + " " * 90_000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_header_is_read_as_rfc_8288_says(header: str | None, address: str | None) -> None:
    assert linked(header, "hub", BASE) == address


# -- what is ours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("https://news.osce-watch.org", True),
        ("http://93.184.216.34:8080/news", True),
        ("http://127.0.0.1:8080", False),
        ("http://localhost", False),
        ("http://newswatch", False),
        ("http://10.1.2.3", False),
        ("http://[::1]:8080", False),
        ("http://[fd00::1]", False),
        ("https://news.example", False),
        ("https://news.corp.internal.", False),
    ],
)
def test_an_address_inside_is_given_to_no_hub(address: str, is_so: bool) -> None:
    assert is_reachable(address) is is_so


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_each_method_of_the_recommendation_signs(method: str) -> None:
    right = signature("secret", b"news", method)
    assert is_signed("secret", b"news", right)
    assert is_signed("secret", b"news", right.upper().replace(method.upper(), method))
    assert not is_signed("other", b"news", right)
    assert not is_signed("secret", b"newz", right)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256",
        "sha256=",
        "md5=" + hashlib.md5(b"").hexdigest(),
        "=",
        "shake_128=00",
        "sha256=é",
    ],
)
def test_what_is_no_signature_signs_nothing(header: str) -> None:
    assert not is_signed("secret", b"", header)


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("3600", HOUR),
        ("864000", 10 * DAYS),
        ("0003600", HOUR),
        ("99999999", LONGEST_LEASE),
        *((odd, ASKED_LEASE) for odd in ("", "0", "-5", "1e9", "9" * 5000, "١٢٣", "abc")),
    ],
)
def test_a_lease_is_as_long_as_the_hub_says_within_bounds(said: str, lease: timedelta) -> None:
    assert lease_of(said) == lease
