"""Which bodies observe: no pattern is passed over that would have found a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch.understand.bodies import PATTERNS, is_possible, small_letters


@pytest.mark.parametrize("body", PATTERNS)
@given(st.data())
def test_what_stands_in_every_name_stands_in_each(body: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(PATTERNS[body]))
    assert is_possible(body, text, small_letters(text))
