"""What strangers hand in is drawn elsewhere: what it costs is cut off, and nothing rides along."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from api.viewing import PAGES, NotDrawn, Viewing, file_name, is_streamed, kind_of, served_as

_NAMED = 0x010E  # ImageDescription (EXIF 2.3 §4.6.4)
_TURNED = 0x0112  # Orientation


@pytest.fixture(scope="module")
def viewing() -> Iterator[Viewing]:
    built = Viewing(seconds=60.0)
    yield built
    built.close()


def picture(size: tuple[int, int] = (40, 20), mode: str = "RGB", **saved: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, **{"format": "PNG", **saved})
    return out.getvalue()


def pdf(*sizes: tuple[float, float]) -> bytes:
    document, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    for width, height in sizes:
        document.new_page(width, height)
    document.save(out)
    return out.getvalue()


def drawn(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(data))
    assert found.format == "WEBP"
    return found


def refused(viewing: Viewing, data: bytes) -> str:
    with pytest.raises(NotDrawn) as found:
        viewing.picture(data)
    return found.value.why


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "TIFF"])
def test_a_picture_of_each_format_is_drawn_anew(viewing: Viewing, name: str) -> None:
    assert drawn(viewing.picture(picture(format=name)).data).size == (40, 20)


def test_nothing_but_pixels_is_left_of_a_picture(viewing: Viewing) -> None:
    exif = Image.new("RGB", (1, 1)).getexif()
    exif[_NAMED], exif[_TURNED] = "Noor Synthetic", 6
    whole = picture(format="JPEG", exif=exif) + b"<script>alert(1)</script>"
    assert b"Noor Synthetic" in whole
    made = viewing.picture(whole).data
    assert b"Noor" not in made
    assert b"<script" not in made
    assert drawn(made).size == (20, 40), "as its camera was held"
    assert not drawn(made).getexif()


def test_a_large_picture_is_made_small_and_a_moving_one_still(viewing: Viewing) -> None:
    assert max(drawn(viewing.picture(picture((7000, 7000))).data).size) == 2000
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert viewing.picture(out.getvalue()).moves


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(viewing: Viewing) -> None:
    assert refused(viewing, picture((60_000, 60_000), "1")) == "too-large"
    assert refused(viewing, picture((8000, 8000), "L")) == "too-large"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a<script>alert(1)</script>",
        b"%PDF-1.7\n<script>alert(1)</script>",
        picture()[:40],
        os.urandom(5000),
    ],
)
def test_what_is_no_picture_is_refused(viewing: Viewing, data: bytes) -> None:
    assert refused(viewing, data) == "unreadable"
    with pytest.raises(NotDrawn):
        viewing.pages(data)


def test_the_pages_of_a_pdf_are_pictures_within_bounds(viewing: Viewing) -> None:
    data = pdf((600, 800), (100_000, 1), (1, 1_000_000))
    assert viewing.pages(data) == 3
    sizes = [drawn(viewing.page(data, number)).size for number in (1, 2, 3)]
    assert sizes[0] == (1400, 1867)
    assert all(width <= 1401 and height <= 5601 for width, height in sizes)
    for number in (0, 4):
        with pytest.raises(NotDrawn, match="no-such-page"):
            viewing.page(data, number)


def test_the_words_of_a_pdf_are_there_for_whoever_does_not_see_it(viewing: Viewing) -> None:
    assert viewing.words(written("Noor taught.")) == ["Noor taught."]


def test_a_pdf_of_ten_thousand_pages_is_counted_and_not_drawn(viewing: Viewing) -> None:
    data = pdf(*[(600.0, 800.0)] * 10_000)
    assert viewing.pages(data) == 10_000
    viewing.page(data, PAGES)
    with pytest.raises(NotDrawn, match="no-such-page"):
        viewing.page(data, PAGES + 1)


def test_what_takes_too_long_is_killed_and_stops_nobody_else() -> None:
    """One worker is at work for minutes, the other draws meanwhile."""
    slow, viewing = heavy_pdf(), Viewing(most=2, seconds=1.5)
    with ThreadPoolExecutor() as threads:
        began = time.monotonic()
        held = threads.submit(viewing.page, slow, 1)
        assert drawn(viewing.picture(picture()).data)
        assert not held.done()
        with pytest.raises(NotDrawn, match="too-much"):
            held.result()
    assert time.monotonic() - began < 30
    assert drawn(viewing.picture(picture()).data), "the killed one is replaced"
    viewing.close()


def heavy_pdf() -> bytes:
    """A page that draws a pattern in a pattern in a pattern."""
    form = "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << {} >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        "/Resources << /XObject << /X 5 0 R >> >> >>",
        _stream("<< {} >>", "/X Do " * 50),
    ]
    for number in range(5, 9):
        objects.append(_stream(f"<< {form.format(f'/X {number + 1} 0 R')} {{}} >>", "/X Do " * 50))
    objects.append(_stream(f"<< {form.format('')} {{}} >>", "0 0 600 800 re f " * 50))
    return _document(objects)


def written(words: str) -> bytes:
    """A page with these words on it."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return _document(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
            f"/Resources << /Font << /F {font} >> >> >>",
            _stream("<< {} >>", f"BT /F 24 Tf 50 700 Td ({words}) Tj ET"),
        ]
    )


def _document(objects: list[str]) -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, words in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{words}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF".encode()


def _stream(head: str, body: str) -> str:
    return f"{head.format(f'/Length {len(body)}')}\nstream\n{body}\nendstream"


def test_only_what_is_on_the_list_is_rendered() -> None:
    for media_type in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "x/y"):
        assert kind_of(media_type) == "file"
        assert served_as(media_type) == "application/octet-stream"
        assert file_name("plan", media_type) == "plan.bin"
    assert [kind_of(each) for each in ("image/png", "application/pdf", "text/plain")] == [
        "picture",
        "pages",
        "text",
    ]
    assert is_streamed("video/mp4")
    assert not is_streamed("image/png")
