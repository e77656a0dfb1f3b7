"""A credential in a PDF: one attached file (ISO 32000-1 §7.11.4).

Reading it takes PDFium, which is C++: work for a process that can be ended.
"""

from __future__ import annotations

import ctypes
import re

import pypdfium2
import pypdfium2.raw as pdfium

from badges.errors import MalformedDocument

_LARGEST = 1024 * 1024
_MOST_ATTACHED = 50
_NAMED = re.compile(r"\.(json|jsonld|jwt|jws|1ob)$", re.IGNORECASE)


def credential_in_pdf(data: bytes) -> bytes:
    """The one attached file that can be a credential: the only one, or the only one that is named
    as JSON or a JWT. Raises MalformedDocument."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise MalformedDocument("it is a PDF that cannot be opened") from None
    try:
        count = min(document.count_attachments(), _MOST_ATTACHED)
        attached = [document.get_attachment(place) for place in range(count)]
        likely = [file for file in attached if _NAMED.search(file.get_name())]
        if len(likely) != 1:
            words = f"with {len(likely)} credentials attached, not one"
            raise MalformedDocument(
                f"it is a PDF {words if likely else 'without a credential inside'}"
            )
        return _content(likely[0])
    except pypdfium2.PdfiumError:
        raise MalformedDocument("what is attached to the PDF cannot be read") from None
    finally:
        document.close()


def _content(attached: pypdfium2.PdfAttachment) -> bytes:
    """The bytes of an attached file, whose size is asked before they are read."""
    length = ctypes.c_ulong()
    known = pdfium.FPDFAttachment_GetFile(attached, None, 0, length)
    if not known or not length.value:
        raise MalformedDocument("what is attached to the PDF is empty")
    if length.value > _LARGEST:
        raise MalformedDocument("what is attached to the PDF is larger than 1 MiB")
    return bytes(attached.get_data())
