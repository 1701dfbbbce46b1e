"""The image in the gateway's answer: a megabyte of PNG, 1024 by 1024 pixels, as base64 in JSON."""

import base64
import io
import json
import random

from PIL import Image

SIZE, GRAIN = (1024, 1024), 160


def png() -> bytes:
    """Return an image that compresses about as well as an image model's."""
    chance = random.Random(1)
    grain = Image.frombytes("RGB", (GRAIN, GRAIN), chance.randbytes(GRAIN * GRAIN * 3))
    picture = grain.resize(SIZE, Image.Resampling.BILINEAR)
    picture = picture.quantize(40).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def answer() -> bytes:
    """Return the gateway's answer."""
    item = {"b64_json": base64.b64encode(png()).decode()}
    return json.dumps({"created": 1_781_075_000, "data": [item]}).encode()
