"""What the look-up in the directory of authorised providers gave for an exhibit's page, as it was recorded then.

The look-up is made when a page is judged; here only its sentence is taken, never a score. "Not found" is a lead and
no finding, and the sentence says so.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlite_utils import Database

from classifiers.store import Judgements
from evidence.report_model import Lookup

_RULES = ("provider.", "route.provider_")
_NOT_IT = "provider.also_unofficial"
_AS_OF = re.compile(r"directory as of (\d{4}-\d\d-\d\d)")


def lookup_of(db: Database, exhibit_id: str, captured_at: datetime) -> Lookup | None:
    """The look-up of the page that an exhibit was made from; None when no judgement of it holds one."""
    row = db.execute("SELECT sighting_id FROM exhibits WHERE exhibit_id = ?", [exhibit_id]).fetchone()
    if row is None or not db.table("judgements").exists():
        return None
    judgement = Judgements(db).get(row[0])
    for reason in judgement.reasons if judgement else ():
        if reason.rule.startswith(_RULES) and reason.rule != _NOT_IT:
            found = _AS_OF.search(reason.sentence)
            quoted = f" Words of the page: “{reason.quote}”." if reason.quote else ""
            if found is None:
                return Lookup(reason.sentence + quoted, "", None)
            age = (captured_at - datetime.fromisoformat(found[1]).replace(tzinfo=UTC)).days
            return Lookup(reason.sentence + quoted, found[1], max(0, age))
    return None
