"""``python -m tests.fuzz parsers|documents [SECONDS]``: look for a crash, a hang or a wrong pass.

``parsers`` mutates bytes under coverage guidance (atheris); ``documents`` exchanges parts of a
badge for others (hypothesis). Both print how many inputs were tried; a finding ends the run with
its input.
"""

from __future__ import annotations

import contextlib
import copy
import json
import resource
import signal
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WORDS = [
    "id",
    "type",
    "_:b",
    "@id",
    "@context",
    "@graph",
    "@included",
    "@reverse",
    "@set",
    "proof",
    "credentialStatus",
    "https://www.w3.org/2018/credentials#credentialStatus",
    "https://www.w3.org/2018/credentials#validFrom",
    "https://schema.org/name",
]
"""Words by which a document can say a thing otherwise."""

_SECONDS, _MEGABYTES = 20, 4096
"""What one input may take; more is a finding."""

PNG = b"\x89PNG\r\n\x1a\n"


def parsers(seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["badges", "keys"]):
        from badges.artwork import clean_picture
        from badges.baking import unbake
        from badges.errors import BadgesError
        from badges.proofs.ecdsa_sd import read_derived_proof
        from badges.proofs.jws import read_jws
        from badges.status_list import Bitstring
        from keys.did import did_jwk_document
        from keys.errors import KeysError
        from keys.multikey import base64url_encode
        from tests.fuzz.specimens import Specimens

    specimens = Specimens()
    targets: list[Callable[[bytes], Any]] = [
        specimens.judge,
        unbake,
        lambda data: unbake(_png(data)),
        lambda data: specimens.judge(_png(data)),
        lambda data: read_jws(data.decode("latin-1")),
        lambda data: specimens.judge(_jwt(data)),
        clean_picture,
        lambda data: read_derived_proof("u" + base64url_encode(b"\xd9\x5d\x01" + data)),
        lambda data: Bitstring.decode("u" + base64url_encode(data)),
        lambda data: did_jwk_document("did:jwk:" + base64url_encode(data)),
    ]

    def one(data: bytes) -> None:
        if not data:
            return
        with contextlib.suppress(BadgesError, KeysError):
            targets[data[0] % len(targets)](data[1:])

    with tempfile.TemporaryDirectory() as folder:
        for target in range(len(targets)):
            for number, good in enumerate(specimens.good):
                name = Path(folder) / f"{target}-{number}"
                name.write_bytes(bytes([target]) + good[:40_000])
        limits = [
            f"-max_total_time={seconds}",
            f"-timeout={_SECONDS}",
            f"-rss_limit_mb={_MEGABYTES}",
        ]
        atheris.Setup([sys.argv[0], folder, "-max_len=60000", *limits], one)
        atheris.Fuzz()


def _png(data: bytes) -> bytes:
    """A PNG whose chunks are sound, so that what is in them is reached."""
    out, place = [PNG], 0
    while place + 6 <= len(data):
        size = struct.unpack_from(">H", data, place)[0]
        kind, body = data[place + 2 : place + 6], data[place + 6 : place + 6 + size]
        crc = zlib.crc32(kind + body)
        out.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc))
        place += 6 + size
    return b"".join(out)


def _jwt(data: bytes) -> bytes:
    """A token whose parts are base64url, so that what is in them is reached."""
    from keys.multikey import base64url_encode

    return ".".join(base64url_encode(part) for part in data.split(b"\0", 2)).encode()


def documents(seconds: int) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    from tests.fuzz.specimens import Specimens

    specimens = Specimens()
    last = Path(tempfile.gettempdir()) / "testamur-fuzz-documents.json"
    print(f"What is being judged lies in {last}, should it end the run")
    good = [json.loads(data) for data in specimens.good[:3]]
    places = [list(_places(document)) for document in good]
    words = st.text(max_size=12) | st.sampled_from(_WORDS)
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=6,
    )
    tried = 0

    @settings(
        max_examples=2000, deadline=20_000, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def one(data: st.DataObject) -> None:
        nonlocal tried
        tried += 1
        which = data.draw(st.integers(0, len(good) - 1))
        document = copy.deepcopy(good[which])
        for _ in range(data.draw(st.integers(1, 3))):
            path = data.draw(st.sampled_from(places[which]))
            _change(
                document,
                path,
                data.draw(st.sampled_from("sdacrm")),
                data.draw(anything | st.sampled_from(_WORDS)),
            )
        given_in = json.dumps(document).encode("utf-8", "surrogatepass")
        last.write_bytes(given_in)
        signal.alarm(_SECONDS)  # ends the run, also where native code holds the interpreter
        specimens.judge(given_in)
        signal.alarm(0)

    resource.setrlimit(resource.RLIMIT_AS, (_MEGABYTES << 20, _MEGABYTES << 20))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        one()
    print(f"{tried} documents, no finding")


def _places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from _places(item, (*path, key))


def _change(document: Any, path: tuple[Any, ...], how: str, new: Any) -> None:
    """Set, drop, add beside, rename, move to the top or copy what stands at a path; nothing if it
    is no longer there."""
    place = document
    try:
        for step in path[:-1]:
            place = place[step]
        if how == "s":
            place[path[-1]] = new
        elif how == "d":
            del place[path[-1]]
        elif how == "r" and isinstance(place, dict):
            place[str(new)] = place.pop(path[-1])
        elif how == "m":
            document[str(new)] = place[path[-1]]
        elif how == "a" and isinstance(place, dict):
            place[str(new)] = new
        else:
            place[path[-1]] = [place[path[-1]], new]
    except (KeyError, IndexError, TypeError):
        return


if __name__ == "__main__":
    mode, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 600
    {"parsers": parsers, "documents": documents}[mode](seconds)
