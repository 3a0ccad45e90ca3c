"""Writes the small Zarr v2 arrays of the tests with Python's zarr, one for each codec, type, order and chunking.

Run in this folder with Debian's python3-zarr (2.13.6) to make them again. Element i of the flattened array has the
value (i * 7 % 251) / 8 - 10, which every type here but the unsigned one holds exactly.
"""
import shutil
import numpy as np
import zarr
from numcodecs import Blosc, GZip, Zlib, Zstd

SHAPE = (40, 8, 7, 5)


def values(dtype, shape=SHAPE):
    n = int(np.prod(shape))
    return ((np.arange(n) * 7 % 251) / 8 - 10).astype(dtype).reshape(shape)


shutil.rmtree("arrays", ignore_errors=True)
root = zarr.open_group("arrays", mode="w")
whole = (16,) + SHAPE[1:]
for cname in ["lz4", "lz4hc", "zstd", "zlib"]:
    for shuffle in [0, 1, 2, -1]:
        name = f"blosc_{cname}_{shuffle}".replace("-", "auto")
        root.array(name, values("<f2"), chunks=whole, compressor=Blosc(cname, 5, shuffle))
root.array("blosc_f4_split", values("<f4"), chunks=whole, compressor=Blosc("lz4", 9, 1, blocksize=4096))
root.array("blosc_stored", values("<f2"), chunks=whole, compressor=Blosc("lz4", 0, 1))
root.array("blosc_odd", values("<f4", (7, 3, 1, 1)), chunks=(7, 3, 1, 1), compressor=Blosc("zstd", 5, 2))
root.array("zstd", values("<f4"), chunks=whole, compressor=Zstd(3))
root.array("gzip", values("<f4"), chunks=whole, compressor=GZip(5))
root.array("zlib", values("<f4"), chunks=whole, compressor=Zlib(5))
root.array("raw", values("<f2"), chunks=whole, compressor=None)
root.array("raw_big_endian", values(">f4"), chunks=whole, compressor=None)
root.array("fortran", values("<f4"), chunks=whole, compressor=Blosc("lz4"), order="F")
root.array("split_chunks", values("<f2"), chunks=(9, 3, 4, 2), compressor=Blosc("lz4"))
root.array("split_fortran", values(">f4"), chunks=(9, 3, 4, 2), compressor=None, order="F")
nested = root.create("nested_keys", shape=SHAPE, chunks=(9, 3, 7, 5), dtype="<f4", dimension_separator="/", compressor=Zstd(1))
nested[:] = values("<f4")
holes = root.create("missing_chunk", shape=SHAPE, chunks=whole, dtype="<f4", fill_value=float("nan"))
holes[:16] = values("<f4")[:16]
