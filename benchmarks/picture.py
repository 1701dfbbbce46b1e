"""The images in the gateway's answers, as base64 in JSON; the usual one is a megabyte of PNG, 1024 by 1024 pixels."""

import base64
import io
import json
import random
from functools import cache

from PIL import Image

USUAL, LARGE, TINY = 1024, 2160, 64
"""How many pixels an image has on each side: about 1 MB, 4 MB, and 4 kB."""
_COARSE = 6.4


@cache
def png(side: int = USUAL) -> bytes:
    """Return an image that compresses about as well as an image model's."""
    chance = random.Random(1)
    grains = round(side / _COARSE)
    grain = Image.frombytes("RGB", (grains, grains), chance.randbytes(grains * grains * 3))
    picture = grain.resize((side, side), Image.Resampling.BILINEAR)
    picture = picture.quantize(40).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@cache
def answer(side: int = USUAL) -> bytes:
    """Return the gateway's answer."""
    item = {"b64_json": base64.b64encode(png(side)).decode()}
    return json.dumps({"created": 1_781_075_000, "data": [item]}).encode()
