"""Which elections, and when: kinds, days without a year, relative days, several votes at once."""

from datetime import date

import pytest

from factories import make_release
from newswatch.model import Published
from newswatch.understand import read

DAY = date(2025, 2, 5)  # a Wednesday


def votes(text: str, day: date = DAY, title: str = "") -> set[tuple[str, str | None]]:
    title = title or "ODIHR opens election observation mission"
    release = make_release(title=title, text=text, institutions=(), published=Published(day))
    return {(e.kind, e.date.isoformat() if e.date else None) for e in read(release).elections}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It follows the 2 March parliamentary elections.", {("parliamentary", "2025-03-02")}),
        ("It follows the national and local elections of 2 March.", {("general", "2025-03-02"), ("local", "2025-03-02")}),
        ("It follows the tripartite elections – president, parliament and local councils – of 2 March.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02"), ("local", "2025-03-02")}),
        ("It follows the provincial and water board elections of 2 March.", {("regional", "2025-03-02"), ("other", "2025-03-02")}),
        ("Voters choose a new European Parliament on 9 June.", {("european", "2025-06-09")}),
        ("Les législatives ont lieu le 5 juin, la présidentielle le 26.", {("parliamentary", "2025-06-05"), ("presidential", "2025-06-26")}),
        ("It follows the vote in May. The parliamentary elections take place on 2 March.", {("parliamentary", "2025-03-02")}),
        ("La misión observó las elecciones generales del 11 de abril y la segunda vuelta presidencial del 6 de junio.", {("general", "2025-04-11"), ("presidential", "2025-06-06")}),
        ("Комиссия по выборам и референдумам готовит президентские выборы 2 марта.", {("presidential", "2025-03-02")}),
        ("Les observateurs du Parlement européen suivent les législatives du 2 mars.", {("parliamentary", "2025-03-02")}),
        ("It follows the presidential election of Oct. 15.", {("presidential", "2025-10-15")}),
        ("Elle suit les législatives du 2 mars.", {("parliamentary", "2025-03-02")}),
        ("Observa las elecciones generales del 2 de marzo.", {("general", "2025-03-02")}),
        ("Acompanha as eleições autárquicas de 2 de março.", {("local", "2025-03-02")}),
        ("Она наблюдает за президентскими выборами 2 марта.", {("presidential", "2025-03-02")}),
        ("Sie beobachtet die Bundestagswahl am 23. Februar.", {("parliamentary", "2025-02-23")}),
        ("It follows the elections to the European Parliament on 9 June.", {("european", "2025-06-09")}),
        ("It follows the referendum of 02.03.2025.", {("referendum", "2025-03-02")}),
        ("It follows the general elections of 26–28 October.", {("general", "2025-10-26")}),
        ("It follows the general elections of 8 and 9 October.", {("general", "2025-10-08")}),
        ("It follows the presidential election of 5 and 26 October.", {("presidential", "2025-10-05"), ("presidential", "2025-10-26")}),
        ("It follows the presidential, parliamentary and local elections of 2 March.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02"), ("local", "2025-03-02")}),
        ("The presidential election is on 24 April; parliamentary elections follow on 8 May.", {("presidential", "2025-04-24"), ("parliamentary", "2025-05-08")}),
        ("It follows the presidential election and the referendum of 2 March.", {("presidential", "2025-03-02"), ("referendum", "2025-03-02")}),
        ("It follows the second round on 16 February.", {("presidential", "2025-02-16")}),
        ("It follows this Sunday's presidential election.", {("presidential", "2025-02-09")}),
        ("It follows tomorrow's presidential election.", {("presidential", "2025-02-06")}),
        ("The mission opened on 3 February for the presidential election of 2 March.", {("presidential", "2025-03-02")}),
        ("From 12 to 16 February it prepares for the presidential election of 2 March.", {("presidential", "2025-03-02")}),
        ("It follows the presidential election; it also saw the local elections of 2023.", {("presidential", None)}),
        ("On 2 March voters elect a president and deputies.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02")}),
        ("Votes are cast for president, parliament and local councils on 2 March.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02"), ("local", "2025-03-02")}),
        ("A president and 90 members of Parliament are to be elected on 2 March.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02")}),
        ("The 2 March elections fill seats in both chambers and in the state assemblies.", {("parliamentary", "2025-03-02"), ("regional", "2025-03-02")}),
        ("The snap election on 2 March is for the National Assembly.", {("parliamentary", "2025-03-02")}),
        ("Il s'agit des élections du 2 mars, où les électeurs élisent leur président et leurs députés.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02")}),
        ("El 2 de marzo se vota para elegir presidente y diputados.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02")}),
        ("Os eleitores elegem o presidente e os deputados a 2 de março.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02")}),
        ("Bei der Wahl am 2. März werden Präsident und Parlament gewählt.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02")}),
        ("На выборах 2 марта избираются депутаты Палаты представителей и местных Советов.", {("parliamentary", "2025-03-02"), ("local", "2025-03-02")}),
        ("Elected representatives of four cities met before the presidential election of 2 March.", {("presidential", "2025-03-02")}),
        ("The tripartite elections of 2 March, for president, parliament and local councils, are near.", {("presidential", "2025-03-02"), ("parliamentary", "2025-03-02"), ("local", "2025-03-02")}),
        ("It follows the harmonised elections of 2 March.", {("general", "2025-03-02")}),
        ("In the general elections of 2 March voters choose a president and a parliament.", {("general", "2025-03-02")}),
        ("It follows the provincial council elections of 2 March.", {("regional", "2025-03-02")}),
        ("It follows the Legislative Council elections of 2 March.", {("parliamentary", "2025-03-02")}),
        ("It follows the vote for minority councils on 2 March.", {("other", "2025-03-02")}),
        ("It follows the elections to the National and Provincial Assemblies on 2 March.", {("parliamentary", "2025-03-02"), ("regional", "2025-03-02")}),
        ("Sie beobachtet die Landtagswahl in Liechtenstein am 2. März.", {("parliamentary", "2025-03-02")}),
        ("Sie beobachtet die Landtagswahl in Tirol am 2. März.", {("regional", "2025-03-02")}),
        ("After the local elections of 2 March, Parliament met.", {("local", "2025-03-02")}),
        ("It met the Parliamentary Elections Office about its work.", set()),
        ("It follows the 2 March and 13 April presidential election.", {("presidential", "2025-03-02"), ("presidential", "2025-04-13")}),
        ("Both rounds of the presidential election, on Nov. 24 and Dec. 8, 2024, were calm.", {("presidential", "2024-11-24"), ("presidential", "2024-12-08")}),
        ("It followed the presidential election of 24 November and 8 December 2024.", {("presidential", "2024-11-24"), ("presidential", "2024-12-08")}),
        ("It follows the Riksdag election of 2 March and those to municipal councils.", {("parliamentary", "2025-03-02"), ("local", "2025-03-02")}),
        ("Gewählt werden am 2. März der Präsident und die Gemeinderäte.", {("presidential", "2025-03-02"), ("local", "2025-03-02")}),
        ("It follows the election of the Assembly of Kosovo on 2 March.", {("parliamentary", "2025-03-02")}),
        ("It follows the elections to the youth parliament on 2 March.", set()),
        ("La mission suit les législatives de dimanche.", {("parliamentary", "2025-02-02")}),
        ("Sie beobachtete die gestrige Parlamentswahl.", {("parliamentary", "2025-02-04")}),
        ("It followed the presidential election of 28 December and 12 January 2025.", {("presidential", "2024-12-28"), ("presidential", "2025-01-12")}),
        ("It follows the general elections of 19 January and the 2 March run-off.", {("general", "2025-01-19"), ("presidential", "2025-03-02")}),
        ("It follows today's local elections.", {("local", "2025-02-05")}),
        ("The mission opened today for the local elections.", {("local", None)}),
        ("Os eleitores votam hoje para a Assembleia Nacional.", {("parliamentary", "2025-02-05")}),
        ("It follows the presidential election held two days ago.", {("presidential", "2025-02-03")}),
        ("It follows the presidential election, held the day before.", {("presidential", None)}),
        ("It follows the presidential election on the 9th.", {("presidential", "2025-02-09")}),
        ("Acompanha as eleições gerais do dia 16.", {("general", "2025-02-16")}),
        ("It follows the parliamentary elections of 23 July last year.", {("parliamentary", "2024-07-23")}),
        ("It follows Sunday's parliamentary elections (16 February).", {("parliamentary", "2025-02-16")}),
        ("Conakry, 5 February. The second round has slipped again.", {("presidential", None)}),
        ("Voting in the referendum opens on 2 March.", {("referendum", "2025-03-02")}),
        ("It meets the press on 6 February at 11:00; the presidential election is on 2 March.", {("presidential", "2025-03-02")}),
        ("It met the Parliamentary Assembly and the Secretary General on election matters.", set()),
        ("It met the Central Election Commission on 6 February.", set()),
        ("It met the Commission for Elections and Referenda about the presidential election.", {("presidential", None)}),
        ("It follows the constituent assembly election of 2 March.", {("other", "2025-03-02")}),
        ("It follows the general local elections of 2 March.", {("local", "2025-03-02")}),
        ("Recommendations on the presidential election of 2 March were handed to the Mongolian parliament.", {("presidential", "2025-03-02")}),
        ("It follows the elections to the new parliament on 2 March.", {("parliamentary", "2025-03-02")}),
        ("Los candidatos presidenciales hablan antes de las elecciones generales del 2 de marzo.", {("general", "2025-03-02")}),
        ("Voters choose a new European Parliament on 9 June, in 27 states.", {("european", "2025-06-09")}),
        ("Four candidates are in the race for president.", {("presidential", None)}),
        ("Observers arrive early in April for the presidential vote on the 13th.", {("presidential", "2025-04-13")}),
        ("It speaks on 3 March at 2 p.m.; the presidential election is on 2 March.", {("presidential", "2025-03-02")}),
    ],
)  # fmt: skip
def test_elections_are_read(text: str, expected: set[tuple[str, str | None]]) -> None:
    assert votes(text) == expected


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("ODIHR opens election observation mission", "It follows the presidential election and stays until after 2 March.", "2025-03-02"),
        ("Statement of preliminary conclusions on general elections", "On 3 February people queued from dawn, the observers found.", "2025-02-03"),
        ("ODIHR opens election observation mission", "It follows the presidential election. The mission began on 10 February.", None),
        ("ODIHR opens election observation mission", "It follows the presidential election. It reports by 2 March or by 9 March.", None),
        ("ODIHR opens election observation mission", "It follows the presidential election, as it did before 2 March 2019.", None),
    ],
)  # fmt: skip
def test_a_vote_has_the_one_day_that_can_be_its_own(
    title: str, text: str, expected: str | None
) -> None:
    assert {day for _, day in votes(text, title=title)} == {expected}


def test_the_day_on_which_the_media_are_told_is_none_of_the_votes() -> None:
    title = "Press conference on presidential election in Belarus, 20 December"
    text = "Journalists are invited to hear about the presidential election of 19 December."
    assert votes(text, date(2010, 12, 17), title) == {("presidential", "2010-12-19")}


@pytest.mark.parametrize(
    ("text", "is_resolved"),
    [
        ("It follows tomorrow's presidential election.", True),
        ("It follows the presidential election held two days ago.", True),
        ("It follows the presidential election of 6 February.", False),
        ("It follows tomorrow's presidential election. Voting on 6 February ends at eight.", False),
        ("It follows the presidential election on the 9th.", False),
    ],
)
def test_a_day_that_the_text_does_not_write_is_told_from_one_that_it_does(
    text: str, is_resolved: bool
) -> None:
    title = "ODIHR opens election observation mission"
    release = make_release(title=title, text=text, institutions=(), published=Published(DAY))
    (election,) = read(release).elections
    assert election.date is not None
    assert election.stated == (None if is_resolved else election.date)


def test_an_opening_is_of_a_vote_to_come() -> None:
    text = "The election observation mission opened for the parliamentary elections of 10 January."
    assert votes(text, date(2024, 12, 9)) == {("parliamentary", "2025-01-10")}


def test_a_final_report_is_of_a_vote_in_the_past() -> None:
    text = "The final report of the election observation mission is on the 28 September parliamentary elections."
    assert votes(text, date(2020, 4, 20), "ODIHR final report published") == {
        ("parliamentary", "2019-09-28")
    }


def test_the_year_beside_the_vote_counts() -> None:
    text = "Recommendations on the 2021 parliamentary elections, held on 4 July, were discussed."
    found = votes(text, date(2024, 1, 9), "ODIHR presents election recommendations in Sofia")
    assert found == {("parliamentary", "2021-07-04")}


def test_a_release_of_no_event_is_of_no_election() -> None:
    assert votes("The Court has new judges.", title="Assembly elects judges") == set()


def test_an_election_that_was_watched_once_gives_no_year() -> None:
    text = (
        "Observers, who watched the 2011 polls, will be sent for the legislative vote on Oct. 26."
    )
    found = votes(text, date(2014, 6, 26), "Mission to be sent to Tunisia's elections")
    assert found == {("parliamentary", "2014-10-26")}


def test_a_long_row_of_kinds_and_days_is_read_in_time() -> None:
    row = "local and regional and " * 80 + "elections on 2 March " + "and 3 May " * 300
    assert votes(row)
