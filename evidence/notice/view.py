"""What the template's slots hold: a draft's data in, display values in the letter's language out. Strings only.

:data:`SLOTS` are the names a template may use at its top level; each part of the letter finds its values there.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from crawler import clock
from evidence.notice.composing import UNDERTAKEN
from evidence.notice.wording import Words, shown, words

SLOTS = frozenset(
    """draft_mark notice_id matter subject sender client recipients identifiers date service_methods registrations
    no_registration acts open close breaches statutes prior demands undertakings contact deadline settlement exhibits
    files blank""".split()  # noqa: SIM905  a list to be read
)


def view(data: dict[str, Any]) -> dict[str, Any]:
    """The values of every slot for this draft."""
    spoken = words(data["language"])
    blank = spoken.text["blank"]
    letters = [letter for letter in data["demands"] if letter in UNDERTAKEN]
    return {
        **{name: spoken.text[name] for name in ("draft_mark", "no_registration", "open", "close", "settlement")},
        "blank": blank,
        "notice_id": data["notice_id"],
        "matter": shown(data["matter"]),
        "subject": shown(data["subject"]) or blank,
        "sender": _filled(data["sender"], blank),
        "client": _filled(data["client"], blank),
        "recipients": [_recipient(one, spoken) for one in data["recipients"]],
        "identifiers": [_identifier(one, spoken) for one in data["identifiers"]],
        "date": spoken.date(date.fromisoformat(data["date"])),
        "service_methods": "; ".join(map(shown, data["service_methods"])) or blank,
        "registrations": [_registration(one, spoken) for one in data["registrations"]],
        "acts": [_act(one, spoken) for one in data["acts"]],
        "breaches": [_breach(one, spoken) for one in data["breaches"]],
        "statutes": [shown(one) for one in data["statutes"]],
        "prior": _prior(data, spoken),
        "demands": _lettered(data["demands"], spoken),
        "undertakings": _lettered("".join(letters), spoken),
        "contact": shown(data["contact"]) or blank,
        "deadline": _deadline(data["deadline"], spoken),
        "exhibits": [_exhibit(one, spoken) for one in data["exhibits"]],
        "files": [
            {"label": spoken.exhibit(one["number"]), "path": file["path"], "sha256": file["sha256"]}
            for one in data["exhibits"]
            for file in one["files"]
        ],
    }


def exhibit_sentence(act: dict[str, Any], spoken: Words) -> str:
    """How the act's exhibit is referred to."""
    return spoken.exhibit(act["exhibit_number"])


def _filled(part: dict[str, str], blank: str) -> dict[str, str]:
    return {name: shown(value) or blank for name, value in part.items()}


def _recipient(one: dict[str, Any], spoken: Words) -> dict[str, str]:
    lists = ("trading_names", "addresses", "emails", "numbers", "domains")
    shown_lists = {name: "; ".join(map(shown, one.get(name, ()))) for name in lists}
    return {"name": shown(one["name"]), "role": spoken.roles[one["role"]], **shown_lists}


def _identifier(one: dict[str, Any], spoken: Words) -> dict[str, str]:
    where = ", ".join(spoken.exhibit(number) for number in one["exhibits"])
    kind = str(one["kind"]).replace("_", " ")
    return {"kind": kind, "value": shown(one["value"]), "where": where, "basis": spoken.text[one["basis"]]}


def _registration(one: dict[str, str], spoken: Words) -> dict[str, str]:
    return {**{name: shown(value) for name, value in one.items()}, "date": spoken.date(date.fromisoformat(one["date"]))}


def _act(act: dict[str, Any], spoken: Words) -> dict[str, Any]:
    at, local = clock.parse(act["at"]), datetime.fromisoformat(act["local"])
    return {
        "number": str(act["number"]),
        "date_utc": spoken.date(at.date()),
        "time_utc": f"{at:%H:%M:%S}",
        "local": f"{spoken.date(local.date())}, {local:%H:%M:%S}, {act['zone']}",
        "url": shown(act["url_final"]),
        "exhibit": exhibit_sentence(act, spoken),
        "manifest_sha256": act["manifest_sha256"],
        "quotes": [{"number": quote["number"], "words": shown(quote["words"])} for quote in act["quotes"]],
    }


def _breach(one: dict[str, Any], spoken: Words) -> dict[str, Any]:
    acts, label = ", ".join(map(str, one["acts"])) or "–", one["label"]
    return {
        "label": label[:1].upper() + label[1:],
        "acts": acts,
        "clauses": [_clause(clause, spoken) for clause in one["clauses"]],
    }


def _clause(clause: dict[str, Any], spoken: Words) -> dict[str, str]:
    capture, effective = clause["capture"], clause["effective"]
    if not effective:
        cited = f"[{spoken.text['no_version']}]"
    elif capture is None:
        cited = f"[{spoken.text['not_pinned']}]"
    else:
        at = clock.parse(capture["captured_at"])
        place = {"url": shown(capture["url"]), "date": spoken.date(at.date()), "sha256": capture["manifest_sha256"]}
        cited = spoken.text["captured"].format(**place)
    return {
        "title": clause["title"],
        "part": shown(clause["part"]),
        "effective": spoken.date(date.fromisoformat(effective)) if effective else "–",
        "paraphrase": shown(clause["paraphrase"]) or "–",
        "capture": cited,
    }


def _prior(data: dict[str, Any], spoken: Words) -> dict[str, str]:
    letters = [
        spoken.text["earlier"].format(
            date=spoken.date(date.fromisoformat(one["date"])), method=shown(one["method"]), what=shown(one["what"])
        )
        for one in data["earlier_letters"]
    ]
    statement = spoken.date(date.fromisoformat(data["statement_date"]))
    capture = "; ".join(_clause(clause, spoken)["capture"] for clause in data["statement"])
    earlier = " ".join(letters) or spoken.text["no_prior"]
    return {"statement_date": statement, "capture": capture, "earlier": earlier}


def _lettered(chosen: str, spoken: Words) -> list[dict[str, str]]:
    """Demands lettered anew from (a), so that leaving some out leaves no gap."""
    return [{"letter": "abcdefghijk"[place], "text": spoken.demands[one]} for place, one in enumerate(chosen)]


def _deadline(deadline: dict[str, Any], spoken: Words) -> dict[str, str]:
    local, utc = datetime.fromisoformat(deadline["local"]), clock.parse(deadline["utc"])
    offset = local.strftime("%z")
    zone = f"{deadline['zone']}, UTC{offset[:3]}:{offset[3:5]}"
    clock_time = f"{time(local.hour, local.minute):%H:%M}"
    return {
        "local": f"{spoken.date(local.date())}, {clock_time} ({zone})",
        "utc": f"{spoken.date(utc.date())}, {utc:%H:%M}",
    }


def _exhibit(one: dict[str, Any], spoken: Words) -> dict[str, str]:
    captured = clock.parse(one["captured_at"])
    return {
        "label": spoken.exhibit(one["number"]),
        "url": shown(one["url"]),
        "captured": f"{captured:%Y-%m-%d %H:%M:%S}",
        "manifest_sha256": one["manifest_sha256"],
    }
