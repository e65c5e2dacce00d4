"""The claims of an exhibit as a list, and the history of a case in words."""

from __future__ import annotations

import pytest

from evidence.claim_list import claims_of
from evidence.errors import NotAllowed
from evidence.exhibit import Exhibits
from evidence.history import Event, history
from evidence.history_words import sentence
from evidence.struck import Struck
from evidence.vault import Vault
from tests.evidence.bundle_making import make_house, practice_stamper


@pytest.fixture
def house(tmp_path):
    made = make_house(tmp_path, practice_stamper(tmp_path / "keys"), exhibits=1)
    yield made
    made.db.close()


def test_claims_are_listed_with_their_pins_in_words(house):
    listed = claims_of(Exhibits(house.db, Vault(house.root / "vault")), house.exhibit_ids[0])
    first = listed.claims[0]
    assert (first.index, first.type, first.quote) == (0, "volume", "50,000 WhatsApp messages per day")
    assert (len(listed.claims), listed.identifiers, listed.crops) == (4, 1, 4)
    told = dict(first.pin)
    assert told["element"] == "html > body > p:nth-of-type(1)"
    assert told["record"].startswith("<urn:uuid:")
    assert told["body"].endswith("of body.bin")
    assert "of full.png, 30 by 8 pixels" in told["crop"]


def test_an_unknown_exhibit_has_no_list(house):
    with pytest.raises(NotAllowed, match="there is no exhibit"):
        claims_of(Exhibits(house.db, Vault(house.root / "vault")), "ex-none")


def test_a_history_reads_as_sentences(house):
    name = house.exhibit_ids[0]
    Struck(house.db).strike(house.case_id, name, 2, by="Anita Rao", reason="another product")
    events = history(house.db, house.case_id)
    told = [sentence(event, {name: "exhibit 1"}) for event in events]
    assert told[0] == "opened the case"
    assert any(one.startswith("captured exhibit 1: http://pelican-sender.example/offer") for one in told)
    assert any("a PRACTICE authority, which proves nothing" in one for one in told)
    assert (told[-1], events[-1].note) == ("struck claim 3 of exhibit 1 out of the case", "another product")
    assert not any("{" in one or "000000Z" in one for one in told)


def test_an_action_that_nobody_put_in_words_is_told_by_its_name():
    event = Event(None, 1, "A", "pages_numbered", "case-0001", "prefix X", "", {"prefix": "X"})
    assert sentence(event, {}) == "pages numbered case-0001 (prefix X)"
