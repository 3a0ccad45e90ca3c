"""The features themselves."""


def read_store(path, mode="r"):
    """Opens a feature store with zarr: ``read_store("photos.zarr")["conv5"]`` is an array [images, channels, height, width]."""
    try:
        import zarr
    except ImportError:
        raise ImportError("reading a store needs the package zarr: pip install zarr") from None
    return zarr.open_group(str(path), mode=mode)
