"""What counsel gives for a letter: a TOML file in, checked records out. Nothing of it is guessed or filled in.

::

    [sender]         name, firm, address, contact, authority
    [client]         name, about
    [letter]         subject, matter, contact, service_methods = [...], statutes = [...]
    [[recipients]]   name, role = "vendor", trading_names, addresses, emails, numbers, domains
    [[registrations]]    mark, number, class, country, date
    [[earlier_letters]]  date, method, what
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evidence.errors import Unreadable

MAX_BYTES = 256 * 1024
Role = Literal["vendor", "reseller", "customer", "host", "platform"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000, str_strip_whitespace=True)


class Sender(_Part):
    """Who writes and under which authority."""

    name: str = ""
    firm: str = ""
    address: str = ""
    contact: str = ""
    authority: str = ""


class Client(_Part):
    """For whom, in words that counsel answers for."""

    name: str = ""
    about: str = ""


class Recipient(_Part):
    """To whom. ``role`` decides which warnings the lint gives."""

    name: str
    role: Role = "vendor"
    trading_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class Registration(_Part):
    """A registered mark that is relied on."""

    mark: str
    number: str
    klass: str = Field(alias="class")
    country: str
    date: dt.date


class EarlierLetter(_Part):
    """A letter that was sent before this one."""

    date: dt.date
    method: str
    what: str


class Letter(_Part):
    """What the letter is about and how it is served."""

    subject: str = ""
    matter: str = ""
    contact: str = ""
    service_methods: tuple[str, ...] = ()
    statutes: tuple[str, ...] = ()


class Given(_Part):
    """The whole file."""

    sender: Sender = Sender()
    client: Client = Client()
    letter: Letter = Letter()
    recipients: tuple[Recipient, ...] = ()
    registrations: tuple[Registration, ...] = ()
    earlier_letters: tuple[EarlierLetter, ...] = ()


def read_letter(path: Path) -> Given:
    """Reads the file. Raises Unreadable naming the file and the entry that is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable(f"{path}: larger than {MAX_BYTES} bytes; is it the sender file?")
        return Given.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path}: no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"{path}: {place}: {first['msg']}; docs/notices.md shows the file") from error
