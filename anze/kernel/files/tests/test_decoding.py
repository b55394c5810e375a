"""What comes in is refused with words, or comes out as harmless pixels."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from PIL import Image

from anze.kernel.bus.errors import Refused
from anze.kernel.files import decoder, sandbox, sniff
from anze.kernel.files.tests import corpus


def decode(data: bytes) -> sandbox.Decoded:
    return sandbox.decode(data, sniff.sniff(data[: sniff.HEAD]))


@pytest.mark.parametrize("name", corpus.REFUSED)
def test_a_nasty_file_is_refused_with_reason_and_way_out(name):
    with pytest.raises(Refused) as refusal:
        decode(corpus.REFUSED[name]())
    assert refusal.value.message
    assert refusal.value.remedy


def test_the_corpus_holds_at_least_thirty_nasty_files():
    assert len(corpus.REFUSED) + len(corpus.NEUTRALISED) >= 30


@pytest.mark.parametrize("name", corpus.NEUTRALISED)
def test_what_a_picture_carries_does_not_come_through(name):
    decoded = decode(corpus.NEUTRALISED[name]())
    for kept in (decoded.shown, decoded.thumb):
        assert corpus.SECRET_DEVICE.encode() not in kept
        assert b"<script" not in kept
        assert b"<html" not in kept
        with Image.open(io.BytesIO(kept)) as picture:
            assert dict(picture.getexif()) == {}
            assert not {"icc_profile", "xmp", "comment", "exif"} & set(picture.info)


def test_capture_facts_are_read_before_they_are_dropped():
    decoded = decode(corpus.photo_with_gps())
    assert (decoded.lat, decoded.lon) == ("31.710000", "119.940000")
    assert decoded.device == f"Anvil {corpus.SECRET_DEVICE}"
    assert decoded.taken_at.isoformat() == "2026-11-20T08:30:15+08:00"


def test_a_picture_taken_sideways_stands_upright():
    assert (decode(corpus.photo_with_gps(orientation=6)).width) == 600


def test_a_large_photo_is_made_smaller_and_its_thumbnail_small():
    decoded = decode(corpus.picture(size=(5000, 4000)))
    assert (decoded.width, decoded.height) == (2560, 2048)
    with Image.open(io.BytesIO(decoded.thumb)) as thumb:
        assert max(thumb.size) == 400


def test_forty_megapixels_fit_into_the_child():
    assert decode(corpus.picture("PNG", (7_000, 5_700))).width == 2560


def test_the_decoding_process_stays_within_its_memory(tmp_path):
    (tmp_path / "big.png").write_bytes(corpus.picture("PNG", (7_000, 5_700)))
    measure = (  # in a process of its own: ours may have had other, larger children
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-I', sys.argv[1], 'image/png'], stdin=open(sys.argv[2]),"
        " stdout=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    command = [sys.executable, "-c", measure, decoder.__file__, str(tmp_path / "big.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert 50 < int(done.stdout) <= 600


@pytest.mark.parametrize(
    ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/webp"), ("WEBP", "image/webp")]
)
def test_honest_pictures_come_out_as_jpeg_or_webp(kind, mime):
    assert decode(corpus.picture(kind)).mime == mime


def test_an_iphone_picture_becomes_a_jpeg():
    pillow_heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (320, 240), "teal")).save(out)
    decoded = decode(out.getvalue())
    assert (decoded.mime, decoded.width) == ("image/jpeg", 320)


def test_transparency_survives():
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 10)).save(out, "PNG")
    with Image.open(io.BytesIO(decode(out.getvalue()).shown)) as picture:
        assert picture.mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "mime"),
    [(corpus.PDF, sniff.PDF), (corpus.docx(), sniff.DOCX), (corpus.xlsx(), sniff.XLSX)],
)
def test_documents_are_kept_as_they_are(data, mime):
    decoded = decode(data)
    assert decoded.mime == mime
    assert decoded.shown == b""
