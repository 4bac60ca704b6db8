"""Values of the model through JSON and back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery, make_match, make_release
from newswatch.model import Delivery, Digest, Match, Release
from newswatch.store.codec import decode, encode

st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))  # instants are aware
st.register_type_strategy(float, st.floats(allow_nan=False))  # one that does not equal itself


@pytest.mark.parametrize("kind", [Release, Match, Delivery, Digest])
@settings(max_examples=25)
@given(data=st.data())
def test_a_value_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    value = data.draw(st.from_type(kind))
    assert decode(kind, json.loads(json.dumps(encode(value)))) == value


@pytest.mark.parametrize("value", [make_release(), make_match(), make_delivery()])
def test_an_ordinary_value_comes_back_as_it_was(value: Any) -> None:
    assert decode(type(value), json.loads(json.dumps(encode(value)))) == value


def test_a_document_of_another_version_can_be_read() -> None:
    data = encode(make_release()) | {"field_of_tomorrow": 1}
    del data["language"]
    assert decode(Release, data) == make_release(language=None)


@dataclass(frozen=True)
class Odd:
    what: complex


def test_a_type_without_a_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        encode(Odd(1j))
    with pytest.raises(TypeError, match="complex"):
        decode(Odd, {"what": 1})
