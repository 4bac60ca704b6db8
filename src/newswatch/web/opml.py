"""The list of public feeds as OPML 2.0, for a feed reader to take in at once."""

from collections.abc import Iterable
from typing import Any

from lxml import etree

from newswatch.render.safe import line
from newswatch.web.catalogue import public_feeds
from newswatch.web.doors import Site


def public_opml(site: Site) -> bytes:
    feeds = (
        (feed.group, feed.title, feed.head(site, "atom").self_url) for feed in public_feeds(site)
    )
    return render_opml("newswatch feeds", feeds, site.address + "/")


def render_opml(title: str, feeds: Iterable[tuple[str, str, str]], site_url: str) -> bytes:
    """One folder for each group of (group, feed title, feed URL), in the order of the feeds."""
    opml = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = line(title)
    body = etree.SubElement(opml, "body")
    folders: dict[str, Any] = {}
    for group, feed_title, url in feeds:
        if group not in folders:
            folders[group] = outline(body, group)
        outline(folders[group], feed_title, type="rss", xmlUrl=url, htmlUrl=site_url)
    written: bytes = etree.tostring(opml, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def outline(parent: Any, text: str, **attributes: str) -> Any:
    """An outline; readers look for its name in `text` or in `title`."""
    name = line(text)
    return etree.SubElement(parent, "outline", {"text": name, "title": name} | attributes)
