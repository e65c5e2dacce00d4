"""Runs alone in a process of its own: image bytes on standard input, one JSON object on standard output.

The image is not trusted. Its size is known before it is unpacked, only four formats are opened, memory and processor
time have hard limits, and Tesseract is given nothing but a picture that was drawn anew from the unpacked pixels.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import warnings
from typing import Any

import zxingcpp
from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_PIXELS = 40_000_000
MAX_SIDE = 32_000
MAX_CODES = 20
MEMORY_BYTES = 2 * 2**30
SMALL_SIDE = 1_000  # a smaller picture is drawn at double size: its letters are too low for the reader

Row = dict[str, Any]


class _CannotReadError(Exception):
    """Why a picture is not read; the message is for the investigator."""


def main() -> int:
    """Reads, answers, and never shows a traceback: what went wrong is part of the answer."""
    languages, seconds = sys.argv[1], int(sys.argv[2])
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is set already
            resource.setrlimit(what, (limit, limit))
    try:
        answer = _read(sys.stdin.buffer.read(), languages, seconds)
    except _CannotReadError as error:
        answer = {"problem": str(error)}
    except MemoryError:
        answer = {"problem": "it needs more memory than a picture may have"}
    except subprocess.TimeoutExpired:
        answer = {"problem": f"reading it took more than {seconds} seconds"}
    json.dump(answer, sys.stdout)
    return 0


def _read(data: bytes, languages: str, seconds: int) -> Row:
    picture = _open(data)
    answer: Row = {"width": picture.width, "height": picture.height, "codes": _codes(picture), "rows": []}
    if not languages:
        return answer
    if max(picture.size) < SMALL_SIDE:
        picture = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.LANCZOS)
        answer["scale"] = 2
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", compress_level=1)
    run = subprocess.run(
        ["tesseract", "stdin", "stdout", "-l", languages, "--psm", "11", "tsv"],
        input=drawn.getvalue(),
        capture_output=True,
        timeout=seconds,
        check=False,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    if run.returncode != 0:
        said = run.stderr.decode("utf-8", "replace").strip().splitlines()
        answer["problem"] = f"the text reader gave up: {said[-1] if said else run.returncode}"
    answer["rows"] = run.stdout.decode("utf-8", "replace").splitlines()[1:]
    return answer


def _open(data: bytes) -> Image.Image:
    """The unpacked picture in grey. Raises _CannotReadError."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                raise _CannotReadError(
                    f"it is {picture.width} by {picture.height} pixels, more than a picture may have"
                )
            flat = Image.new("RGB", picture.size, "white")
            layer = picture.convert("RGBA")
            flat.paste(layer, mask=layer.getchannel("A"))
            return flat.convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _CannotReadError("it unpacks to more pixels than a picture may have") from error
    except UnidentifiedImageError as error:
        raise _CannotReadError("it is no PNG, JPEG, WebP or GIF") from error
    except (OSError, ValueError, SyntaxError, EOFError, Warning) as error:
        raise _CannotReadError(f"it is damaged: {str(error)[:120]}") from error


def _codes(picture: Image.Image) -> list[Row]:
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))[:MAX_CODES]
    return [
        {
            "text": code.text,
            "box": [
                code.position.top_left.x,
                code.position.top_left.y,
                code.position.bottom_right.x - code.position.top_left.x,
                code.position.bottom_right.y - code.position.top_left.y,
            ],
        }
        for code in found
        if code.valid
    ]


if __name__ == "__main__":
    sys.exit(main())
