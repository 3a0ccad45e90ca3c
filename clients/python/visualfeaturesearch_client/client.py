"""Connecting to, or starting, ``vissearch serve``, and asking it."""

import atexit
import base64
import json
import os
import re
import secrets
import shlex
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import numpy as np

from .images import mask_to_png, to_bytes
from .results import SearchResults

_default = None


class VissearchError(Exception):
    """What the server says is wrong, with its detail and HTTP status (0 where it did not answer)."""

    def __init__(self, message, status=0):
        super().__init__(message)
        self.status = status


class Client:
    """A server that runs: ``Client("http://127.0.0.1:5080")``.

    token: its token, where it was started with one.
    """

    def __init__(self, address="http://127.0.0.1:5080", token=None, process=None):
        self.address = address.rstrip("/")
        self.token = token
        self._process = process

    @property
    def port(self):
        """The port on this machine."""
        return urllib.parse.urlsplit(self.address).port or 80

    def stores(self):
        """The stores that are served: a list of dictionaries with id, layers, labels, columns and so on."""
        return self.get("stores")

    def images(self, store=None, where=None, label=None, offset=0, limit=100):
        """Images of a store: a list of dictionaries with index, path, label and columns."""
        query = {"offset": offset, "limit": limit, "where": where, "label": label}
        text = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        return self.get(f"{self._path(store)}/images?{text}")["images"]

    def search(self, image, mask, store=None, layer=None, top=10, negative_mask=None, columns=None, **options):
        """The images with the regions most similar to a painted one.

        image: a row of the store, or a photograph: a path, bytes, a Pillow image or an array.
        mask: [H, W], as large as the crop that the network sees, or of the photograph's shape: booleans, uint8 or floats from 0 to 1;
            or a widget, whose mask and chosen image count.
        options: where, unique, threshold, windows, leaveOut, excludeSelf, nearDuplicates, budgetMilliseconds.
        """
        path = self._path(store)
        request = self._highlight(image, mask, negative_mask)
        request.update(top=top, layer=layer, columns=columns, **options)
        return SearchResults(self, path, self.post(f"{path}/search", _without_none(request)))

    def statistics(self, image, mask, by="label", store=None, layer=None, negative_mask=None, where=None, measure=None, seed=0):
        """How similar all images of a store are to a painted region, by a column: a dictionary as docs/http-api.md has it."""
        search = self._highlight(image, mask, negative_mask)
        search.update(layer=layer, where=where)
        body = {"search": _without_none(search), "by": by, "measure": measure, "seed": seed}
        return self.post(f"{self._path(store)}/statistics", _without_none(body))

    def compare(self, image, mask, rows, store=None, top=24, distributions=False, **options):
        """One highlight in several rows, each (store, layer): a dictionary as docs/http-api.md has it."""
        search = self._highlight(image, mask, None)
        search["image"]["store"] = self._store(store)
        search.update(top=top, **options)
        wanted = [{"store": row[0], "layer": row[1]} for row in rows]
        return self.post("compare", {"search": _without_none(search), "rows": wanted, "distributions": distributions})

    def representations(self, rows, images=None):
        """How alike layers are over a dataset, each with each: rows of (store, layer), layer None for a store's last one.

        Returns a dictionary as docs/http-api.md has it, with "linearCka" and "biasedLinearCka" as arrays (NaN where not defined).
        """
        wanted = [_without_none({"store": row[0], "layer": row[1]}) for row in rows]
        answer = self.post("compare/representations", _without_none({"rows": wanted, "images": images}))
        for name in ("linearCka", "biasedLinearCka"):
            answer[name] = np.array(answer[name], dtype=float)
        return answer

    def crop(self, index, store=None):
        """The part of an image that the network sees, as the bytes of a JPEG: what masks are painted on."""
        return self.request("GET", f"{self._path(store)}/images/{index}/crop")

    def close(self):
        """Stops the server, if this client started it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process.stdout.close()
            self._process.stderr.close()
            self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def get(self, path):
        """Asks the API for JSON: ``client.get("stores")``."""
        return json.loads(self.request("GET", path))

    def post(self, path, body):
        """Sends JSON to the API and returns its answer."""
        return json.loads(self.request("POST", path, json.dumps(body).encode(), "application/json"))

    def request(self, method, path, body=None, content_type=None):
        """Sends a request to the API and returns the answer's bytes."""
        headers = {}
        if content_type:
            headers["Content-Type"] = content_type
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{self.address}/api/{path}", data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=600) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            raise _explain(error) from None
        except OSError as error:
            raise VissearchError(
                f"no server answers at {self.address} ({getattr(error, 'reason', error)}): start one with visualfeaturesearch_client.start(store), or vissearch serve"
            ) from None

    def _highlight(self, image, mask, negative_mask):
        if hasattr(mask, "selected_index"):
            widget = mask
            image = widget.images[widget.selected_index] if image is None else image
            mask, negative_mask = widget.mask, widget.negative_mask if negative_mask is None else negative_mask
            if not mask.any():
                raise ValueError("nothing is painted on the widget yet")
            if not negative_mask.any():
                negative_mask = None
        if isinstance(image, (int, np.integer)):
            query = {"index": int(image)}
        else:
            query = {"upload": json.loads(self.request("POST", "uploads", to_bytes(image), "application/octet-stream"))["id"]}
        highlight = {"image": query, "mask": _base64(mask_to_png(mask))}
        if negative_mask is not None:
            highlight["negativeMask"] = _base64(mask_to_png(negative_mask))
        return highlight

    def _store(self, store):
        return store if store is not None else self.stores()[0]["id"]

    def _path(self, store):
        return f"stores/{urllib.parse.quote(self._store(store), safe='')}"


def connect(address="http://127.0.0.1:5080", token=None):
    """Connects to a server that runs; widgets use it from now on."""
    global _default
    client = Client(address, token)
    client.stores()
    _default = client
    return client


def start(*stores, command=None, arguments=()):
    """Starts ``vissearch serve`` over stores, on a free port with a token; it ends with Python.

    command: the program, a path or a list; otherwise $VISSEARCH, or vissearch on the PATH.
    arguments: further ones, such as ("--images-root", "/data/photos").
    """
    global _default
    program = _program(command)
    token = secrets.token_hex(16)
    line = [*program, "serve", *map(str, stores), "--port", "0", "--no-browser", "--token", token, *arguments]
    try:
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        raise VissearchError(f"there is no program '{program[0]}': install vissearch, or say where it is with command= or $VISSEARCH") from None
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr), daemon=True)
    reader.start()
    found = next(filter(None, (re.search(r"http://[\d.:]+", line) for line in process.stdout)), None)
    if found is None:
        process.wait(10)
        reader.join(10)
        process.stdout.close()
        process.stderr.close()
        raise VissearchError("".join(errors).strip() or f"{program[0]} ended without a word")
    # Whatever the server says later must not fill its pipe.
    threading.Thread(target=lambda: [None for _ in process.stdout], daemon=True).start()
    client = Client(found.group(), token, process)
    atexit.register(client.close)
    _default = client
    return client


def run(*arguments, command=None):
    """Runs a command of vissearch to its end, such as ``run("precompute", "photos/", "--model", "net.onnx", …)``, and returns what it printed."""
    program = _program(command)
    try:
        done = subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise VissearchError(f"there is no program '{program[0]}': install vissearch, or say where it is with command= or $VISSEARCH") from None
    if done.returncode:
        raise VissearchError(done.stderr.strip())
    return done.stdout + done.stderr


def default_client():
    """The client that was connected or started last."""
    if _default is None:
        raise VissearchError("no server is known: call visualfeaturesearch_client.start(store) or connect(address) first")
    return _default


def _program(command):
    if command is None:
        return shlex.split(os.environ.get("VISSEARCH", "vissearch"))
    return [command] if isinstance(command, (str, os.PathLike)) else list(command)


def _base64(data):
    return base64.b64encode(data).decode()


def _without_none(fields):
    return {name: value for name, value in fields.items() if value is not None}


def _explain(error):
    try:
        problem = json.loads(error.read())
        return VissearchError(problem.get("detail") or problem.get("title") or str(error), error.code)
    except ValueError:
        return VissearchError(str(error), error.code)
