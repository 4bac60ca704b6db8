"""What a release is about: countries with roles, events, missions, elections, with evidence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import make_release
from newswatch.model import Election, Published, Reading, Release
from newswatch.understand import read

DAY = date(2025, 2, 5)


def reading(title: str, text: str = "", *where: str, day: date | None = DAY) -> Reading:
    published = Published(day) if day else None
    return read(make_release(title=title, text=text, institutions=where, published=published))


@pytest.mark.parametrize(
    ("title", "text", "countries", "mentioned"),
    [
        ("Observers arrive in Moldova", "", ("MD",), ()),
        ("Observers arrive", "WARSAW, 5 February 2025 – The mission to Moldova began.", ("MD",), ("PL",)),
        ("Observers arrive", "CHISINAU, 5 February 2025 – The team began its work.", ("MD",), ()),
        ("Observers arrive", "Chisinau, 5 February 2025: The team began its work.", ("MD",), ()),
        ("Police course ends", "The Finnish Ambassador spoke at the opening in Osh, Kyrgyz Republic.", ("KG",), ("FI",)),
        ("Norwegian diplomat to lead mission to Serbia", "", ("RS",), ("NO",)),
        ("Mission to Nepal", "Observers come from Indonesia, Japan and the Philippines.", ("NP",), ("ID", "JP", "PH")),
        ("Elections in Niger", "Trainers came from Nigeria.", ("NE",), ("NG",)),
        ("Vote in the Democratic Republic of the Congo", "", ("CD",), ()),
        ("Vote in Congo-Brazzaville", "", ("CG",), ()),
        ("Vote in Guinea-Bissau", "", ("GW",), ()),
        ("Vote in Equatorial Guinea", "", ("GQ",), ()),
        ("OAS observers in Dominica", "The former president of the Dominican Republic leads them.", ("DM",), ("DO",)),
        ("Audit of the vote in Georgia", "Monitors will sit in county offices of the state, in Fulton County.", ("US",), ()),
        ("Audit of the vote in Georgia", "Observers travelled from Tbilisi to Batumi.", ("GE",), ()),
        ("Observers in Moldova", "The head of the mission, Georgia Harrison, met the press.", ("MD",), ()),
        ("Minsk Group Co-Chairs visit Yerevan", "", ("AM",), ()),
        ("Talks in Sarajevo", "Mayors from Republika Srpska took part.", ("BA",), ()),
        ("Elections to the European Parliament observed", "", ("EU",), ()),
        ("European Parliament elections in Bulgaria", "", ("BG",), ()),
        ("Выборы в Таджикистане", "", ("TJ",), ()),
        ("Élections en Côte d’Ivoire", "", ("CI",), ()),
        ("Elecciones en la República Dominicana", "", ("DO",), ()),
        ("Turkey and Türkiye are one", "", ("TR",), ()),
        ("New rules for polling staff", "", (), ()),
        ("Organization of American States elects its head", "", (), ()),
    ],
)  # fmt: skip
def test_the_countries_have_their_roles(
    title: str, text: str, countries: tuple[str, ...], mentioned: tuple[str, ...]
) -> None:
    found = reading(title, text)
    assert (found.countries, found.mentioned) == (countries, mentioned)


def test_a_field_mission_carries_its_country() -> None:
    found = reading("Course for judges ends", "Twenty judges took part.", "OSCE Mission to Skopje")
    assert found.countries == ("MK",)


@pytest.mark.parametrize(
    ("title", "text", "event"),
    [
        ("ODIHR opens election observation mission in Serbia", "", "mission.opened"),
        ("Limited election observation mission to Croatia begins work", "", "mission.opened"),
        ("OSCE Mission to Serbia opens photo exhibition", "", "none"),
        ("EU to deploy election observation mission to Malawi", "", "mission.announced"),
        ("ODIHR to observe elections in Iceland", "", "mission.announced"),
        ("Needs assessment mission visits Valletta before elections", "", "mission.needs_assessment"),
        ("Mission in Gambia called off", "The election observation mission was cancelled.", "mission.cancelled"),
        ("EU recalls its election observers from Niger", "", "mission.cancelled"),
        ("Observers leave", "Flights end, and the election observation has been suspended.", "mission.cancelled"),
        ("ODIHR will not observe presidential election in Russia", "", "mission.declined"),
        ("No election observers for Nicaragua", "No invitation was received.", "mission.declined"),
        ("Vote in San Marino", "ODIHR decided to deploy neither a mission nor an expert team for the elections.", "mission.declined"),
        ("Election observation mission issues interim report", "", "mission.interim_report"),
        ("Observers present preliminary findings on elections", "", "mission.preliminary_statement"),
        ("Media advisory: observers of elections hold press conference on Monday", "", "mission.media_notice"),
        ("Final report on elections in Italy published", "", "mission.final_report"),
        ("Vote was calm, observers say", "The mission will issue its final report on the election in two months.", "mission.preliminary_statement"),
        ("ODIHR presents recommendations on elections in Tirana", "", "mission.follow_up"),
        ("Head of election observation mission condemns attack on candidate", "", "mission.statement"),
        ("Training for polling station committees ahead of local elections", "", "election.assistance"),
        ("Opinion on draft election code of Armenia published", "", "election.assistance"),
        ("Border police learn to spot forged passports", "", "none"),
        ("Mission d’observation électorale : l’UE lance ses travaux", "", "mission.opened"),
        ("Misión de Observación Electoral inicia su despliegue", "Elecciones del domingo.", "mission.opened"),
        ("Миссия БДИПЧ по наблюдению за выборами приступила к работе", "", "mission.opened"),
        ("ODIHR veröffentlicht Abschlussbericht zur Bundestagswahl", "", "mission.final_report"),
    ],
)  # fmt: skip
def test_the_event_is_understood(title: str, text: str, event: str) -> None:
    assert reading(title, text).event == event


@pytest.mark.parametrize(
    ("text", "mission"),
    [
        ("The election observation mission opened.", "EOM"),
        ("The limited election observation mission opened.", "LEOM"),
        ("The election assessment mission for the election opened.", "EAM"),
        ("The special election assessment mission for the election opened.", "SEAM"),
        ("The referendum observation mission opened.", "ROM"),
        ("The election expert team began; the observation mission for the election opened.", "EET"),
        ("The SADC Electoral Observation Mission opened.", "SEOM"),
    ],
)
def test_the_type_of_mission_is_understood(text: str, mission: str) -> None:
    assert reading("ODIHR opens its mission for the election", text).mission == mission


@pytest.mark.parametrize(
    ("text", "elections"),
    [
        ("the 2 March parliamentary elections", (("parliamentary", date(2025, 3, 2)),)),
        ("the presidential election on 26 January 2025", (("presidential", date(2025, 1, 26)),)),
        ("the general elections of April 7", (("general", date(2025, 4, 7)),)),
        (
            "the presidential and parliamentary elections of 7 May",
            (("presidential", date(2025, 5, 7)), ("parliamentary", date(2025, 5, 7))),
        ),
        ("the early parliamentary elections", (("parliamentary", None),)),
        ("les élections législatives du 30 juin", (("parliamentary", date(2025, 6, 30)),)),
        ("президентских выборов 24 марта", (("presidential", date(2025, 3, 24)),)),
        ("the vote in the Parliamentary Assembly", ()),
        ("the presidential election of 31 February", (("presidential", None),)),
    ],
)
def test_elections_have_kind_and_date(
    text: str, elections: tuple[tuple[str, date | None], ...]
) -> None:
    found = reading("ODIHR opens election observation mission", f"The mission follows {text}.")
    assert found.elections == tuple(Election(kind, day) for kind, day in elections)


def test_the_dateline_is_no_election_day() -> None:
    text = "SKOPJE, 13 May 2025 – Observers began to follow the parliamentary elections."
    assert reading("Election observation mission opens", text).elections == (
        Election("parliamentary"),
    )


def test_a_date_without_a_year_takes_the_closest_one() -> None:
    text = "Observers follow the parliamentary elections of 3 January."
    found = reading("Election observation mission opens", text, day=date(2024, 12, 20))
    assert found.elections == (Election("parliamentary", date(2025, 1, 3)),)


def evidence_is_true(release: Release, found: Reading) -> bool:
    fields = {
        "title": (release.title,),
        "text": (release.text,),
        "institutions": release.institutions,
    }
    return all(
        any(text[e.start : e.end] == e.words for text in fields[e.where]) and 0 <= e.confidence <= 1
        for e in found.evidence
    )


def test_every_fact_says_which_words_gave_it() -> None:
    release = make_release(
        title="ODIHR opens election observation mission in Moldova",
        text="WARSAW, 5 February 2025 – The mission follows the parliamentary elections of 6 July.",
        institutions=("OSCE Mission to Moldova",),
    )
    found = read(release)
    assert {e.field for e in found.evidence} == {
        "country",
        "mentioned",
        "event",
        "mission",
        "election",
    }
    assert evidence_is_true(release, found)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_read_and_its_evidence_is_true(title: str, text: str) -> None:
    release = make_release(title=title, text=text, institutions=(text[:50],))
    assert evidence_is_true(release, read(release))


@pytest.mark.parametrize(
    "unit", ["a", "election ", "mission ", "Georgia ", "1 May ", "(", "\n", "no observers will "]
)
def test_a_very_long_text_is_read(unit: str) -> None:
    release = make_release(title=unit * 100, text=unit * 50_000)
    assert isinstance(read(release), Reading)


def test_the_same_release_gives_the_same_reading() -> None:
    release = make_release()
    assert read(release) == read(release)
