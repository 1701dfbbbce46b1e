"""XMP, in which an image's file says that a model made it: https://www.iptc.org/std/photometadata/specification/.

The mark is what article 50 of the EU's AI Act asks for: readable by machines, in a format that others read.
"""

from collections.abc import Set
from xml.etree import ElementTree as ET

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_HEAD, _TAIL = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', '\n<?xpacket end="w"?>'
# What fits into one segment of a JPEG.
_MOST = 60_000


def _name(prefix: str, name: str) -> str:
    return f"{{{_SPACES[prefix]}}}{name}"


_RDF, _DESCRIPTION = _name("rdf", "RDF"), _name("rdf", "Description")
_ABOUT, _RESOURCE = _name("rdf", "about"), _name("rdf", "resource")
_TYPE, _TOOL, _ORIENTATION = (
    _name("Iptc4xmpExt", "DigitalSourceType"),
    _name("xmp", "CreatorTool"),
    _name("tiff", "Orientation"),
)


def is_marked(xmp: bytes) -> bool:
    """Return whether this says that a model made the image, or a part of it."""
    found = _read(xmp)
    if found is None:
        return False
    said = [each.get(_TYPE) for each in found.iter()]
    for each in found.iter(_TYPE):
        said += [each.text, each.get(_RESOURCE)]
    return any(value and value.strip().lower().endswith("trainedalgorithmicmedia") for value in said)


def packet(model: str, beside: bytes = b"", *, turned: bool = False) -> bytes:
    """Return XMP that says which model made an image, and what was said `beside` that, as far as it can be read.

    That includes the image's orientation, unless the image was `turned` upright meanwhile.
    """
    root = _read(beside)
    if root is not None:
        marked = _written(root, model, {_TYPE, _TOOL, _ORIENTATION} if turned else {_TYPE, _TOOL})
        if len(marked) <= _MOST:
            return marked
    return _written(ET.Element(_name("x", "xmpmeta")), model, set())


def _read(xmp: bytes) -> ET.Element | None:
    """Parse XMP. None if it is too long, isn't XML, or defines entities, which could make much of little."""
    text = xmp[: _MOST + 1].decode("utf-8", "replace")
    if len(xmp) > _MOST or "<!DOCTYPE" in text:
        return None
    try:
        return ET.fromstring(text.strip("\0\ufeff \r\n\t"))  # noqa: S314  (no entities)
    except (ET.ParseError, ValueError):
        return None


def _written(root: ET.Element, model: str, obsolete: Set[str]) -> bytes:
    rdf = next(root.iter(_RDF), None)
    if rdf is None:
        rdf = ET.SubElement(root, _RDF)
    about = ""
    for description in rdf.findall(_DESCRIPTION):
        about = about or description.get(_ABOUT, "")
        for name in obsolete:
            description.attrib.pop(name, None)
            for said in description.findall(name):
                description.remove(said)
    tool = "".join(char for char in model if char.isprintable())
    ET.SubElement(rdf, _DESCRIPTION, {_ABOUT: about, _TYPE: SOURCE, _TOOL: tool})
    try:
        return f"{_HEAD}{_text(root)}{_TAIL}".encode("utf-8", "replace")
    except RecursionError:  # nobody nests so deeply
        return packet(model)


def _text(root: ET.Element) -> str:
    for prefix, space in _SPACES.items():
        ET.register_namespace(prefix, space)
    return ET.tostring(root, encoding="unicode")
