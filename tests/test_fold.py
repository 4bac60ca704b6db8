"""Folding: what counts as the same word, and where each word stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch.fold import fold, tokens


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
        ("Выборы", "выборы"),
        ("ΕΚΛΟΓΈΣ", "εκλογες"),
    ],
)
def test_these_are_the_same_for_a_rule(written: str, same: str) -> None:
    assert fold(written) == fold(same)


def test_scripts_keep_their_letters() -> None:
    assert fold("საქართველო") != fold("sakartvelo")


def test_words_know_where_they_stood() -> None:
    text = "L’Élection  du 5 mars"
    assert [text[t.start : t.end] for t in tokens(text)] == ["L", "Élection", "du", "5", "mars"]
    assert [t.word for t in tokens(text)] == ["l", "election", "du", "5", "mars"]


def test_a_possessive_holds_its_noun() -> None:
    assert "tajikistan" in [token.word for token in tokens("Tajikistan's elections")]


def test_scripts_without_spaces_give_a_word_for_each_character() -> None:
    assert [token.word for token in tokens("选举观察")] == ["选", "举", "观", "察"]


@given(st.text())
def test_every_word_is_where_it_says(text: str) -> None:
    for token in tokens(text):
        assert fold(text[token.start : token.end]) == token.word != ""
