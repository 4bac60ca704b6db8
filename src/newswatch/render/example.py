"""A release as a labelled example, as the sets that newswatch learns from have them. Pure."""

from newswatch.model import Release


def example(release: Release) -> dict[str, object]:
    """A release as the labelled sets have them."""
    reading = release.reading
    return {
        "id": release.id,
        "source": release.source_id,
        "language": release.language,
        "title": release.title,
        "published": str(release.published.day) if release.published else None,
        "content_type": release.content_type,
        "where": list(release.institutions),
        "what": list(release.topics),
        "teaser": release.text,
        "labels": {
            "countries": list(reading.countries),
            "mentioned": list(reading.mentioned),
            "event": reading.event,
            "mission": reading.mission,
            "elections": [
                {"kind": one.kind, "date": str(one.stated) if one.stated else None}
                for one in reading.elections
            ],
        },
    }
