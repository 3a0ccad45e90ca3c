"""Reads every array of a store with Python's zarr and compares its bytes with expected/NAME.bin (C order, little-endian)."""
import os
import sys

import numpy as np
import zarr

folder = sys.argv[1]
root = zarr.open_group(os.path.join(folder, "store"), mode="r")
count = 0
for name in sorted(root.array_keys()):
    try:
        values = np.ascontiguousarray(root[name][...])
        found = values.astype(values.dtype.newbyteorder("<")).tobytes()
        with open(os.path.join(folder, "expected", name + ".bin"), "rb") as file:
            if found != file.read():
                print("differs:", name)
    except Exception as error:
        print("fails:", name, error)
    count += 1
print("read", count)
