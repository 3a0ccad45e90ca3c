"""Writes arrays with Python's zarr over types, orders, codecs, chunkings, separators and fill values, and what they hold."""
import os
import sys

import numpy as np
import zarr
from numcodecs import LZ4, Blosc, GZip, Zlib, Zstd

folder, count = sys.argv[1], int(sys.argv[2])
os.makedirs(os.path.join(folder, "expected"))
root = zarr.open_group(os.path.join(folder, "store"), mode="w")
random = np.random.default_rng(1)

types = ["|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", ">f2", ">f4", ">i8", ">u2", ">f8"]
codecs = [None, Zstd(3), GZip(1), GZip(9), Zlib(5), LZ4(1)]
codecs += [Blosc(name, 5, shuffle) for name in ("blosclz", "lz4", "lz4hc", "zlib", "zstd") for shuffle in (0, 1, 2)]
codecs += [Blosc("blosclz", 9, 1, 1024), Blosc("lz4", 0, 1)]
shapes = [((13, 5, 6, 7), (4, 5, 6, 7)), ((13, 5, 6, 7), (5, 2, 4, 3)), ((1000,), (128,)), ((60, 70), (60, 70)), ((9, 11, 13), (1, 20, 4)), ((2, 2), (1, 1)), ((7, 300), (7, 299))]


def values(dtype, shape, smooth):
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if dtype == "|b1":
        return random.random(shape) < 0.3
    if smooth:
        return (np.arange(int(np.prod(shape))) // 17 % 100).astype(dtype).reshape(shape)
    if np.dtype(dtype).kind == "f":
        found = random.normal(size=shape).astype(dtype)
        found.flat[0], found.flat[1] = np.nan, -np.inf
        return found
    return np.frombuffer(random.bytes(size), dtype).reshape(shape)


for i in range(count):
    dtype, codec, (shape, chunks) = types[i % len(types)], codecs[i % len(codecs)], shapes[i % len(shapes)]
    kind = np.dtype(dtype).kind
    fill = [0, 1, None][i % 3] if kind != "f" else [0.5, float("nan"), float("-inf"), None][i % 4]
    array = root.create(
        f"a{i:03}", shape=shape, chunks=chunks, dtype=dtype, order="CF"[i // 2 % 2], compressor=codec, fill_value=fill,
        dimension_separator="./"[i // 3 % 2])
    found = values(dtype, shape, i % 2 == 0)
    if i % 5 == 4 and fill is not None:
        rows = chunks[0]
        array[:rows] = found[:rows]
    else:
        array[...] = found
    found = np.ascontiguousarray(array[...])
    with open(os.path.join(folder, "expected", f"a{i:03}.bin"), "wb") as file:
        file.write(found.astype(found.dtype.newbyteorder("<")).tobytes())
