"""What a search found."""

import base64
import html
from collections.abc import Sequence


class SearchResults(Sequence):
    """The matches of a search, best first: each a dictionary with rank, index, path, label, similarity and window.

    A notebook shows it as photographs with the matching window lit up. ``results.table`` is a pandas table where pandas is
    installed, otherwise a list of rows.
    """

    def __init__(self, client, path, report):
        self._client = client
        self._path = path
        self.query = report["query"]
        self.stats = report["stats"]
        self._matches = report["results"]

    def __len__(self):
        return len(self._matches)

    def __getitem__(self, place):
        return self._matches[place]

    def __repr__(self):
        lines = [f"{match['rank']:>4}  {match['similarity']:.4f}  {match.get('path', match['index'])}" for match in self._matches]
        return "\n".join([f"{len(self)} of {self.stats['images']} images at {self.query['layer']}", *lines])

    @property
    def rows(self):
        """A flat dictionary for each match: rank, index, path, label, similarity, y, x, height, width and the columns asked for."""
        return [_flatten(match) for match in self._matches]

    @property
    def table(self):
        """The rows as a pandas DataFrame, or as they are where pandas is not installed."""
        try:
            import pandas
        except ImportError:
            return self.rows
        return pandas.DataFrame(self.rows)

    def photograph(self, place):
        """The crop of a match that the network sees, as the bytes of a JPEG."""
        return self._client.request("GET", f"{self._path}/images/{self._matches[place]['index']}/crop")

    def plot(self, columns=6, count=12):
        """The best matches with their windows as a matplotlib figure, for a paper: ``results.plot().savefig("figure.pdf")``."""
        from matplotlib.figure import Figure

        count = min(count, len(self))
        rows = -(-count // columns)
        figure = Figure(figsize=(2 * columns, 2.3 * rows), layout="constrained")
        for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
            axes.axis("off")
            if place < count:
                self.draw(place, axes)
                match = self._matches[place]
                axes.set_title(f"{match['rank']}. {match['similarity']:.3f} {match.get('label', '')}", fontsize=8)
        return figure

    def draw(self, place, axes):
        """Draws a match with its window on matplotlib axes, for a figure of your own."""
        from io import BytesIO

        from matplotlib import image as pictures
        from matplotlib import patches

        photograph = pictures.imread(BytesIO(self.photograph(place)), format="jpeg")
        grid, window = self.query["grid"], self._matches[place]["window"]
        across, down = photograph.shape[1] / grid["width"], photograph.shape[0] / grid["height"]
        axes.imshow(photograph)
        corner, width, height = (window["x"] * across, window["y"] * down), window["width"] * across, window["height"] * down
        axes.add_patch(patches.Rectangle(corner, width, height, fill=False, edgecolor="#ff7a1a", linewidth=2))
        axes.axis("off")

    def _repr_html_(self):
        cards = "".join(self._card(place) for place in range(min(len(self), 24)))
        return f'<div style="display:flex;flex-wrap:wrap;gap:12px;font:13px/1.4 system-ui,sans-serif">{cards}</div>'

    def _card(self, place):
        match, grid = self._matches[place], self.query["grid"]
        window = match["window"]
        left, top = 100 * window["x"] / grid["width"], 100 * window["y"] / grid["height"]
        width, height = 100 * window["width"] / grid["width"], 100 * window["height"] / grid["height"]
        photograph = base64.b64encode(self.photograph(place)).decode()
        name = html.escape(match.get("path", f"image {match['index']}"))
        label = html.escape(match.get("label", ""))
        return (
            '<figure style="width:150px;margin:0"><div style="position:relative;overflow:hidden;border-radius:8px">'
            f'<img src="data:image/jpeg;base64,{photograph}" alt="{name}" style="display:block;width:100%;margin:0">'
            f'<div style="position:absolute;left:{left:.2f}%;top:{top:.2f}%;width:{width:.2f}%;height:{height:.2f}%;box-sizing:border-box;'
            'border:2px solid #ff7a1a;box-shadow:0 0 0 999px rgb(8 10 18 / 58%)"></div></div>'
            f'<figcaption title="{name}"><b>{match["rank"]}.</b> {match["similarity"]:.3f} {label}</figcaption></figure>'
        )


def _flatten(match):
    row = {name: match.get(name) for name in ("rank", "index", "path", "label", "similarity")}
    row.update(match["window"])
    for name, value in match.get("columns", {}).items():
        row[name if name not in row else f"image_{name}"] = value
    return row
