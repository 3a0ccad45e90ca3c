"""Images in every form that people have them, as the bytes of a file."""

import os
import struct
import zlib

import numpy as np


def to_bytes(image):
    """The bytes of an image file.

    image: a path, bytes, a Pillow image, or an array [H, W, 3] or [H, W] of uint8, or of floats from 0 to 1.
    """
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    if isinstance(image, (str, os.PathLike)):
        with open(image, "rb") as file:
            return file.read()
    return to_png(_to_array(image))


def mask_to_png(mask):
    """A mask as a PNG whose alpha is the brush.

    mask: [H, W] booleans, uint8 from 0 to 255, or floats from 0 to 1.
    """
    array = np.asarray(mask)
    if array.ndim != 2:
        raise ValueError(f"the mask has the shape {array.shape}: it must be (height, width)")
    alpha = _to_uint8(array, "the mask")
    return to_png(np.stack([np.zeros_like(alpha), alpha], axis=-1))


def to_png(array):
    """An array of uint8, [H, W], [H, W, 2] (grey, alpha), [H, W, 3] or [H, W, 4], as a PNG file."""
    pixels = array[..., np.newaxis] if array.ndim == 2 else array
    height, width, channels = pixels.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    # Every row begins with the number of its filter: none.
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = pixels.reshape(height, width * channels)
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _to_array(image):
    array = np.asarray(image.convert("RGB") if hasattr(image, "convert") else image)
    if array.ndim == 3 and array.shape[0] == 3 and array.shape[2] not in (3, 4):
        # As torch has them.
        array = array.transpose(1, 2, 0)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ValueError(f"the image has the shape {array.shape}: it must be (height, width, 3), (3, height, width) or (height, width)")
    return _to_uint8(array, "the image")


def _to_uint8(array, what):
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if np.issubdtype(array.dtype, np.floating):
        if not np.isfinite(array).all() or array.size and (array.min() < 0 or array.max() > 1):
            raise ValueError(f"{what} has floats outside of 0 to 1: divide by 255, or give uint8")
        return np.round(array * 255).astype(np.uint8)
    raise ValueError(f"{what} has elements of {array.dtype}: it must have uint8, booleans or floats from 0 to 1")
