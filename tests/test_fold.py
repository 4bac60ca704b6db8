"""Folding: what counts as the same word, and where each word stands."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newswatch.fold import fold, spans, tokens, words


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("São Tomé", "sao tome"),
        ("ÎNREGISTRARE", "inregistrare"),
        ("Łódź", "lodz"),
        ("straße", "STRASSE"),
        ("Tajikistan’s", "tajikistan's"),
        ("vice‑president", "vice-president"),
        ("Ａｔｏｍ", "atom"),
        ("İstanbul", "istanbul"),
        ("Diyarbakır", "diyarbakir"),
        ("Выборы", "выборы"),
        ("Ещё", "еще"),
        ("ΕΚΛΟΓΈΣ", "εκλογες"),
        ("εκλογές", "ΕΚΛΟΓΕΣ"),
        ("ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო"),
        ("Ընտրություն", "ԸՆՏՐՈՒԹՅՈՒՆ"),
        ("ինչո՞ւ", "ինչու"),
        ("اِنتِخابات", "انتخابات"),
        ("الإنتخابات", "الانتخابات"),
        ("لجنة", "لجنه"),
        ("انتخابـــات", "انتخابات"),
        ("ایران", "ايران"),
        ("٢٠٢٥", "2025"),
        ("２０２５", "2025"),
        ("ｾﾝｷｮ", "センキョ"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"),
        ("и\u0306", "й"),
        ("e\u0301lection", "élection"),
    ],
)
def test_these_are_the_same_for_a_rule(written: str, same: str) -> None:
    assert fold(written) == fold(same)
    assert words(written) == words(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [("საქართველო", "sakartvelo"), ("выборный", "выборныи"), ("ガ", "カ"), ("क्या", "कया")],
)
def test_letters_that_differ_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_words_know_where_they_stood() -> None:
    text = "L’Élection  du 5 mars"
    assert [text[t.start : t.end] for t in tokens(text)] == ["L", "Élection", "du", "5", "mars"]
    assert [t.word for t in tokens(text)] == ["l", "election", "du", "5", "mars"]


def test_a_possessive_holds_its_noun() -> None:
    assert "tajikistan" in words("Tajikistan's elections")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("选举观察", ["选", "举", "观", "察"]),
        ("ジョー・バイデン", list("ジョー") + list("バイデン")),
        ("2025年選挙", ["2025", "年", "選", "挙"]),
        ("한국의 선거", ["한", "국", "의", "선", "거"]),
        ("ODIHR观察员", ["odihr", "观", "察", "员"]),
        ("об’єднання", ["об", "єднання"]),
        ("օրենք։ընտրություն", ["օրենք", "ընտրություն"]),
        ("انتخابات،مجلس", ["انتخابات", "مجلس"]),
        ("word\u00adbreak zero\u200bwidth", ["wordbreak", "zerowidth"]),
        ("under_score", ["under", "score"]),
        ("", []),
        ("—", []),
    ],
)
def test_a_text_parts_into_words(text: str, expected: list[str]) -> None:
    assert [fold(word) for word in words(text)] == [fold(word) for word in expected]


@given(st.text())
@example("½ ㏂ ﷺ a_b\x1cc\u0306")
@example("\u0306")
@example("x\u200b y")
def test_every_word_is_where_it_says(text: str) -> None:
    for token in tokens(text):
        assert fold(text[token.start : token.end]) == token.word != ""


@given(st.text())
def test_words_and_their_places_are_as_many_and_in_order(text: str) -> None:
    found = spans(text)
    assert len(found) == len(words(text))
    assert all(a[1] <= b[0] for a, b in pairwise(found))


@given(st.text(), st.text())
def test_a_blank_parts_words_whatever_stands_around_it(left: str, right: str) -> None:
    assert words(f"{left} {right}") == words(left) + words(right)
