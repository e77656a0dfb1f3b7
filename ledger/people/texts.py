"""The texts by which people are known, and what they must look like."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from ledger.errors import Invalid
from ledger.private import Box, SealedAs

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def _name(text: str) -> str:
    text = " ".join(text.split())
    if not 1 <= len(text) <= 200:
        raise Invalid("bad-name", "a name has 1 to 200 characters")
    return text


def _email(text: str) -> str:
    text = text.strip()
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Invalid("bad-email", "this is not an e-mail address")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


Name = Annotated[str, AfterValidator(_name)]
"""What a person or a unit is called: 1 to 200 characters, single spaces."""

Email = Annotated[str, AfterValidator(_email)]
"""An e-mail address; the domain in lower case."""

PrivateName = Annotated[Name | Box, SealedAs("person.name")]
PrivateEmail = Annotated[Email | Box, SealedAs("person.email")]
