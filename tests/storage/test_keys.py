"""Keys of the API: shown once, kept as digests, given out anew, taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from storage.keys import SCOPES, SESSION_LASTS, USED_EVERY, Key, digest_of

if TYPE_CHECKING:
    from storage.catalogue import Catalogue

NOW = 1_790_000_000_000
DESK = Key(name="desk", scopes=("read", "alerts"), operator="PGR")


def test_a_key_is_shown_once_and_kept_as_a_digest(catalogue: Catalogue):
    made, secret = catalogue.keys.new(DESK, now=NOW)
    assert re.fullmatch(r"sc_[a-z2-9]{8}_[A-Za-z0-9_-]{43}", secret)
    assert secret.startswith(made.prefix)
    (kept,) = catalogue.keys.every()
    assert kept == made
    assert (kept.digest, kept.scopes, kept.operator, kept.created) == (digest_of(secret), DESK.scopes, "PGR", NOW)
    assert secret not in repr(kept)


def test_no_two_keys_are_alike(catalogue: Catalogue):
    assert len({catalogue.keys.new(DESK)[1] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (Key(name=" ", scopes=("read",)), "name"),
        (Key(name="desk", scopes=()), "opens nothing"),
        (Key(name="desk", scopes=("read", "everything")), "no scope 'everything'"),
        (Key(name="desk", scopes=("read",), expires=NOW), "expired already"),
    ],
)
def test_what_cannot_be_a_key_is_refused(catalogue: Catalogue, key: Key, said: str):
    with pytest.raises(ValueError, match=said):
        catalogue.keys.new(key, now=NOW)
    assert catalogue.keys.every() == ()


def test_a_key_holds_until_it_expires(catalogue: Catalogue):
    made, _ = catalogue.keys.new(Key(name="guest", scopes=tuple(SCOPES), expires=NOW + 10), now=NOW)
    assert [made.holds(NOW + later) for later in (0, 9, 10, 11)] == [True, True, False, False]


def test_the_old_key_holds_for_a_while_beside_the_new_one(catalogue: Catalogue):
    old, _ = catalogue.keys.new(DESK, now=NOW)
    new, secret = catalogue.keys.rotate(old.prefix, 1000, now=NOW + 5)
    first, second = catalogue.keys.every()
    assert (first.expires, second.expires, second.digest) == (NOW + 1005, None, digest_of(secret))
    assert (second.name, second.scopes, second.operator) == (old.name, old.scopes, old.operator)
    assert new == second
    with pytest.raises(ValueError, match="no key 'sc_"):
        catalogue.keys.rotate(old.prefix, 1000, now=NOW + 1005)


def test_an_end_that_comes_sooner_stays(catalogue: Catalogue):
    old, _ = catalogue.keys.new(Key(name="guest", scopes=("read",), expires=NOW + 10), now=NOW)
    catalogue.keys.rotate(old.prefix, 1000, now=NOW)
    assert catalogue.keys.every()[0].expires == NOW + 10


def test_a_key_that_is_taken_back_opens_nothing_and_its_sessions_end(catalogue: Catalogue):
    key, _ = catalogue.keys.new(DESK, now=NOW)
    secret, _ = catalogue.keys.begin_session(key.digest, now=NOW)
    before = catalogue.keys.version()
    assert not catalogue.keys.revoke(key.prefix, now=NOW + 1).holds(NOW + 1)
    assert catalogue.keys.version() > before
    assert catalogue.keys.session(secret, now=NOW + 1) is None
    with pytest.raises(ValueError, match="no key 'sc_"):
        catalogue.keys.revoke(key.prefix)


def test_a_session_holds_for_half_a_day_and_those_that_ended_are_forgotten(catalogue: Catalogue):
    secret, expires = catalogue.keys.begin_session(b"key", now=NOW)
    assert expires == NOW + SESSION_LASTS
    found = catalogue.keys.session(secret, now=expires - 1)
    assert found is not None
    assert (found.key, found.digest) == (b"key", digest_of(secret))
    assert catalogue.keys.session(secret, now=expires) is None
    other, _ = catalogue.keys.begin_session(b"key", now=expires)
    assert catalogue.keys.session(secret, now=NOW) is None  # it went when the other one began
    catalogue.keys.end_session(other)
    assert catalogue.keys.session(other, now=expires) is None


def test_when_a_key_was_used_is_kept_to_the_hour(catalogue: Catalogue):
    key, _ = catalogue.keys.new(DESK, now=NOW)
    for at in (NOW, NOW + USED_EVERY - 1, NOW + USED_EVERY):
        catalogue.keys.note_used(key.digest, at)
    assert catalogue.keys.every()[0].used == NOW + USED_EVERY
    catalogue.keys.note_used(key.digest, NOW + USED_EVERY + 1)
    assert catalogue.keys.every()[0].used == NOW + USED_EVERY


def test_a_key_that_was_lent_leaves_nothing(catalogue: Catalogue):
    key, _ = catalogue.keys.new(DESK)
    secret, _ = catalogue.keys.begin_session(key.digest)
    catalogue.keys.forget(key.prefix)
    assert catalogue.keys.every() == ()
    assert catalogue.keys.session(secret) is None
