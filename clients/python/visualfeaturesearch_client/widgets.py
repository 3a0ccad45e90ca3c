"""Painting on photographs in Jupyter, Colab, or any browser."""

import base64
import html
import io
import json
import os
import sys
import threading
import time
import webbrowser

import numpy as np

from .client import VissearchError, default_client
from .images import to_bytes

_WIDTH = 480


class MultiHighlightWidget:
    """Photographs of which one is chosen and painted on. A notebook shows it when it is the last value of a cell.

    images: paths, bytes, Pillow images or arrays.
    callback: called with the widget after every stroke, on a thread of its own.
    size: width of the mask in pixels; its height follows the photograph's shape.
    highlight_radius: radius of the brush in pixels of the mask.
    client: the server that shows it; otherwise the one connected or started last.
    """

    def __init__(self, images, callback=None, size=224, highlight_radius=20, client=None):
        self.images = list(images)
        self._client = client or default_client()
        pictures = [{"data": base64.b64encode(to_bytes(image)).decode(), "title": _title(image, place)} for place, image in enumerate(self.images)]
        self._widget = self._client.post("widgets", {"pictures": pictures, "size": size, "radius": highlight_radius})
        if callback is not None:
            threading.Thread(target=self._follow, args=(callback,), daemon=True).start()

    @property
    def mask(self):
        """What is painted: uint8 [height, width], 0 to 255; all 0 for nothing."""
        return self._load("mask")

    @property
    def negative_mask(self):
        """What is painted as counting against a result, as ``mask``."""
        return self._load("negative-mask")

    @property
    def selected_index(self):
        """The chosen photograph, 0 for the first."""
        return self._state()["selected"]

    @property
    def is_empty(self):
        """Whether nothing is painted yet."""
        return self._state()["isEmpty"]

    @property
    def url(self):
        """The page to paint on, for a browser on this machine."""
        return f"{self._client.address}/{self._page()}"

    def wait(self, timeout=None):
        """Waits until something is painted, and returns the mask. For scripts: a notebook's cells just read ``mask``."""
        return self._wait(lambda state: not state["isEmpty"], timeout)

    def show(self, timeout=None, open_browser=True):
        """Opens the widget in a browser window of its own, waits until the person says Done, and returns the mask."""
        if not open_browser or not webbrowser.open(f"{self.url}&done"):
            print(f"Open this address to paint: {self.url}&done", file=sys.stderr)
        return self._wait(lambda state: state["isDone"], timeout)

    def _ipython_display_(self):
        from IPython.display import IFrame, display

        if "google.colab" in sys.modules:
            from google.colab import output

            output.serve_kernel_port_as_iframe(self._client.port, path=f"/{self._page()}", width=str(_WIDTH), height=str(self._height()))
            return
        display(IFrame(_frame_address(self._client, self._page()), _WIDTH, self._height()))

    def _repr_html_(self):
        source = html.escape(_frame_address(self._client, self._page()))
        return f'<iframe src="{source}" width="{_WIDTH}" height="{self._height()}" style="border:0" title="Paint on what interests you"></iframe>'

    def _page(self):
        token = f"&token={self._client.token}" if self._client.token else ""
        return f"{self._widget['page']}{token}"

    def _height(self):
        tallest = max(picture["maskHeight"] for picture in self._widget["pictures"]) / self._widget["size"]
        return round((_WIDTH - 12) * tallest) + (260 if len(self.images) > 1 else 170)

    def _path(self):
        return f"widgets/{self._widget['id']}"

    def _state(self):
        return self._client.get(self._path())

    def _load(self, name):
        return np.load(io.BytesIO(self._client.request("GET", f"{self._path()}/{name}.npy")))

    def _changes(self, deadline=None):
        """The state now and after every change; None when the time is up."""
        version = -1
        while deadline is None or time.monotonic() < deadline:
            rest = 30 if deadline is None else max(1, min(30, round(deadline - time.monotonic())))
            state = json.loads(self._client.request("GET", f"{self._path()}?after={version}&wait={rest}"))
            if state["version"] > version:
                version = state["version"]
                yield state

    def _wait(self, is_ready, timeout):
        for state in self._changes(None if timeout is None else time.monotonic() + timeout):
            if is_ready(state):
                return self.mask
        raise TimeoutError(f"nothing was painted in {timeout} seconds")

    def _follow(self, callback):
        try:
            for state in self._changes():
                if state["version"] > 0:
                    callback(self)
        except VissearchError:
            # The server has ended, and the widget with it.
            return


class HighlightWidget(MultiHighlightWidget):
    """A photograph to paint on: as MultiHighlightWidget, with one image."""

    def __init__(self, image, callback=None, size=224, highlight_radius=20, client=None):
        super().__init__([image], callback, size, highlight_radius, client)


def _title(image, place):
    return os.path.splitext(os.path.basename(os.fspath(image)))[0] if isinstance(image, (str, os.PathLike)) else f"image {place + 1}"


def _frame_address(client, page):
    """Where the notebook's browser finds the page: through the hub's proxy where there is one ($VISSEARCH_PROXY, or
    jupyter-server-proxy of a JupyterHub), otherwise on this machine."""
    proxy = os.environ.get("VISSEARCH_PROXY")
    if proxy is None and "JUPYTERHUB_SERVICE_PREFIX" in os.environ:
        proxy = os.environ["JUPYTERHUB_SERVICE_PREFIX"].rstrip("/") + "/proxy/{port}"
    return f"{client.address}/{page}" if proxy is None else f"{proxy.format(port=client.port).rstrip('/')}/{page}"
