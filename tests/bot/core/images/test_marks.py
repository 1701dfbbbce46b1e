"""The mark of an image that a model made: in its file, beside what was there, and without touching its pixels."""

import io
import json
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from bot.core.image import ImageLimits
from bot.core.images import marks, xmp
from bot.core.images.fit import fit
from bot.core.images.verify import examine, extension, verify
from tests.support.pictures import C2PA, FORMATS, IPTC, animated, decoded, encoded, mark_of, soft, turned, with_chunk

MODEL = "gpt-image-1 <&>"
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = SOURCE.replace("trained", "compositeWithTrained")
BESIDE = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="uuid:1" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Others 1.0" xmlns:o="http://other.example/1/" '
    'o:seed="7"><dc:rights xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Alt><rdf:li xml:lang="x-default">Übrig'
    "</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
).encode()
KINDS = {
    "PNG": encoded(soft((96, 64))),
    "see-through PNG": encoded(soft((96, 64), "RGBA")),
    "APNG": animated("image/png", soft((48, 32)), soft((48, 32)).rotate(180)),
    "JPEG": encoded(soft((96, 64)), "image/jpeg"),
    "turned JPEG": turned(soft((96, 64)), "image/jpeg", 6),
    "WebP": encoded(soft((96, 64)), "image/webp"),
    "see-through WebP": encoded(soft((96, 64), "RGBA"), "image/webp"),
    "lossless WebP": encoded(soft((95, 64), "RGBA"), "image/webp", lossless=True),
    "animated WebP": animated("image/webp", soft((48, 32)), soft((48, 32)).rotate(180)),
    "GIF": encoded(soft((96, 64)), "image/gif"),
    "animated GIF": animated("image/gif", soft((48, 32)), soft((48, 32)).rotate(180)),
}
ON_SLACK = ImageLimits(media_types=frozenset({"image/png", "image/jpeg", "image/gif"}))


def marked(data: bytes, model: str) -> bytes:
    return marks.marked(verify(data), model)


def frames(data: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            found.append(image.convert("RGBA").tobytes())
        return found


def with_packet(kind: str, packet: bytes) -> bytes:
    image, options = soft((96, 64)), {"xmp": packet}
    if kind == "image/png":
        return with_chunk(encoded(image), b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + packet)
    return encoded(image, kind, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_marked_and_no_pixel_of_it_changes(kind: str) -> None:
    data = KINDS[kind]
    after = marked(data, MODEL)
    assert mark_of(after) == (SOURCE, MODEL)
    assert frames(after) == frames(data)
    assert verify(after).data is after
    assert examine(after)[1].seen == examine(data)[1].seen
    assert marked(after, "another model") is after
    assert marks.seems_marked(after)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_what_was_said_before_stays_beside_the_mark(kind: str) -> None:
    for data in (
        marked(with_packet(kind, BESIDE), MODEL),
        fit(with_packet(kind, BESIDE), OTHER[kind], model=MODEL).data,
    ):
        assert mark_of(data) == (SOURCE, MODEL)
        said = examine(data)[1].xmp
        assert "Übrig".encode() in said
        assert re.search(rb':seed="7"', said)
        assert b"Others 1.0" not in said
        abouts = {
            each.get(f"{{{RDF}}}about")
            for each in ET.fromstring(said.decode()[1:].partition("?>")[2]).iter(f"{{{RDF}}}Description")
        }
        assert abouts == {"uuid:1"}


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OTHER = {
    "image/png": ImageLimits(media_types=frozenset({"image/webp"})),
    "image/jpeg": ImageLimits(media_types=frozenset({"image/png"})),
    "image/webp": ImageLimits(media_types=frozenset({"image/jpeg"})),
}


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_a_mark_that_is_there_is_left_as_it_is(kind: str) -> None:
    for mark in (SOURCE, COMPOSITE):
        for said in (
            f'i:DigitalSourceType="{mark}"/>',
            f"><i:DigitalSourceType>{mark}</i:DigitalSourceType></r:Description>",
        ):
            packet = (f'<r:RDF xmlns:r="{RDF}"><r:Description xmlns:i="{IPTC[1:-1]}" {said}</r:RDF>').encode()
            data = with_packet(kind, packet)
            assert marked(data, MODEL) is data


def manifests() -> dict[str, bytes]:
    png, jpeg, webp = (encoded(soft((96, 64)), kind) for kind in ("image/png", "image/jpeg", "image/webp"))
    segment = b"JP\0\1\0\0\0\1" + C2PA
    jumbf = b"\xff\xeb" + struct.pack(">H", len(segment) + 2) + segment
    webp += b"C2PA" + struct.pack("<I", len(C2PA)) + C2PA + bytes(len(C2PA) % 2)
    gif = encoded(soft((96, 64)), "image/gif")
    return {
        "image/png": with_chunk(png, b"caBX", C2PA),
        "image/jpeg": jpeg[:2] + jumbf + jpeg[2:],
        "image/webp": webp[:4] + struct.pack("<I", len(webp) - 8) + webp[8:],
        "image/gif": gif[:-1] + b"\x21\xff\x0bC2PA_GIF\1\0\0" + bytes([len(C2PA)]) + C2PA + b"\0;",
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_a_manifest_which_holds_a_hash_of_the_file_is_not_broken(kind: str) -> None:
    data = manifests()[kind]
    assert marked(data, MODEL) is data
    fitted = fit(data, OTHER.get(kind, OTHER["image/jpeg"]), model=MODEL)
    assert mark_of(fitted.data) == (SOURCE, MODEL)


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp"])
@pytest.mark.parametrize("most", [1_000_000, 20_000])
def test_every_re_encoded_image_is_marked_and_fits(media_type: str, most: int) -> None:
    source = encoded(soft((320, 240)), "image/webp" if media_type != "image/webp" else "image/png")
    fitted = fit(source, ImageLimits(media_types=frozenset({media_type}), max_bytes=most), model=MODEL)
    assert mark_of(fitted.data) == (SOURCE, MODEL)
    assert len(fitted.data) <= most
    assert decoded(fitted.data).size == (fitted.width, fitted.height)
    assert not marks.seems_marked(fit(source, ImageLimits(media_types=frozenset({media_type}), max_bytes=most)).data)


def test_a_turned_picture_is_upright_once_it_is_re_encoded_and_says_so() -> None:
    packet = BESIDE.replace(
        b'o:seed="7"', b'o:seed="7" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"'
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(soft((96, 64)), "image/jpeg", xmp=packet, exif=exif)
    assert b"Orientation" in marked(data, MODEL)
    assert b"Orientation" not in fit(data, OTHER["image/jpeg"], model=MODEL).data


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]>' + BESIDE.decode().partition("?>")[2].replace("Übrig", "&b;&b;")
UNREADABLE = {
    "no XML": b"trained on nothing",
    "cut": BESIDE[:200],
    "entities": BOMB.encode(),
    "UTF-16": BESIDE.decode().encode("utf-16"),
    "long": BESIDE.replace(b"Others", b"Others" * 20_000),
    "deep": b"<a>" * 5_000 + b"</a>" * 5_000,
    "half a character": BESIDE.replace("Ü".encode(), b"\xc3"),
}


@pytest.mark.parametrize("said", UNREADABLE)
def test_what_can_not_be_read_is_no_reason_to_leave_out_the_mark(said: str) -> None:
    after = marked(with_packet("image/png", UNREADABLE[said]), MODEL)
    assert mark_of(after) == (SOURCE, MODEL)
    assert len(after) < len(KINDS["PNG"]) + 2_000


def test_any_name_of_a_model_can_be_read_back() -> None:
    for name in ("a\nb\0\x1b[1m", "模型", "\ud800", "x" * 5_000, '"<![CDATA['):
        assert mark_of(marked(KINDS["PNG"], name))[0] == SOURCE
    assert xmp.is_marked(xmp.packet("gpt-image-1"))
    assert not xmp.is_marked(b"")
    assert not xmp.is_marked(BESIDE)


def test_the_mark_of_a_png_may_be_compressed() -> None:
    packet = zlib.compress(xmp.packet(MODEL))
    data = with_chunk(KINDS["PNG"], b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + packet)
    assert marked(data, MODEL) is data


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool isn't installed")
def test_another_program_reads_the_marks(tmp_path: Path) -> None:
    for number, data in enumerate(KINDS.values()):
        (tmp_path / f"{number}.{extension(examine(data)[0])}").write_bytes(marked(data, MODEL))
    line = ["exiftool", "-json", "-n", "-XMP:all", "-Warning", str(tmp_path)]
    found = json.loads(subprocess.run(line, capture_output=True, check=True).stdout)
    said = [{name: value for name, value in each.items() if name != "SourceFile"} for each in found]
    assert said == [{"DigitalSourceType": SOURCE, "CreatorTool": MODEL}] * len(KINDS)
