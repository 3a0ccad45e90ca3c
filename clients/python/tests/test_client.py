"""Against a real server over the bundled gallery; $VISSEARCH is the program, $VISSEARCH_STORE the store, $VISSEARCH_GALLERY its photographs."""

import base64
import io
import json
import os
import shlex
import tempfile
import threading
import unittest
import zlib
from pathlib import Path

import numpy as np

import visualfeaturesearch_client as vfs
from visualfeaturesearch_client.images import mask_to_png, to_bytes, to_png

GALLERY = Path(os.environ["VISSEARCH_GALLERY"])
STORE = os.environ["VISSEARCH_STORE"]
PROGRAM = shlex.split(os.environ["VISSEARCH"])
GORILLA = GALLERY / "primate" / "mountain-gorilla.jpg"


def head():
    mask = np.zeros((320, 320), bool)
    mask[48:160, 96:208] = True
    return mask


class SearchTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = vfs.start(STORE, command=PROGRAM)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def test_a_photographs_own_region_is_found_first_and_exactly(self):
        results = self.client.search(GORILLA, head(), top=5)
        self.assertEqual(5, len(results))
        self.assertEqual("primate/mountain-gorilla.jpg", results[0]["path"])
        self.assertAlmostEqual(1, results[0]["similarity"], places=5)
        self.assertEqual(sorted((match["similarity"] for match in results), reverse=True), [match["similarity"] for match in results])

    def test_paths_bytes_rows_and_arrays_of_a_photograph_give_the_same_answer(self):
        expected = [match["index"] for match in self.client.search(GORILLA, head())]
        self.assertEqual(expected, [match["index"] for match in self.client.search(GORILLA.read_bytes(), head())])
        self.assertEqual(expected, [match["index"] for match in self.client.search(int(expected[0]), head())])
        self.assertEqual(expected, [match["index"] for match in self.client.search(np.int64(expected[0]), head().astype(np.uint8) * 255)])
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("Pillow is not installed")
        # Another decoder gives the same pixels to a grey level, which may swap near-ties far down.
        photograph = Image.open(GORILLA)
        self.assertEqual(expected[:5], [match["index"] for match in self.client.search(photograph, head(), top=5)])
        self.assertEqual(expected[:5], [match["index"] for match in self.client.search(np.asarray(photograph), head(), top=5)])

    def test_options_narrow_the_answer(self):
        results = self.client.search(GORILLA, head(), where="label <> 'primate'", unique="label", top=6)
        labels = [match["label"] for match in results]
        self.assertNotIn("primate", labels)
        self.assertEqual(len(labels), len(set(labels)))
        against = np.zeros((320, 320))
        against[280:] = 1.0
        negative = self.client.search(GORILLA, head(), negative_mask=against, top=3, threshold=0.1)
        self.assertTrue(all("negative" in match for match in negative))

    def test_results_are_a_table_and_a_picture(self):
        results = self.client.search(GORILLA, head(), top=3)
        self.assertEqual([1, 2, 3], [row["rank"] for row in results.rows])
        self.assertEqual({"rank", "index", "path", "label", "similarity", "y", "x", "height", "width"}, set(results.rows[0]))
        self.assertEqual(3, results._repr_html_().count("<figure"))
        self.assertIn("mountain-gorilla", repr(results))
        self.assertEqual(b"\xff\xd8", results.photograph(0)[:2])
        try:
            import pandas
        except ImportError:
            return
        self.assertIsInstance(results.table, pandas.DataFrame)
        self.assertEqual([1, 2, 3], list(results.table["rank"]))

    def test_results_are_a_figure_for_a_paper(self):
        try:
            import matplotlib  # noqa: F401
            import PIL  # noqa: F401
        except ImportError:
            self.skipTest("matplotlib and Pillow are not installed")
        figure = self.client.search(GORILLA, head(), top=5).plot(columns=3)
        file = io.BytesIO()
        figure.savefig(file, format="pdf")
        self.assertEqual(b"%PDF", file.getvalue()[:4])
        drawn = [axes for axes in figure.axes if axes.images]
        self.assertEqual(5, len(drawn))
        self.assertTrue(all(len(axes.patches) == 1 for axes in drawn))

    def test_a_command_is_run_to_its_end(self):
        self.assertIn("expanded_conv_15", vfs.run("info", STORE, command=PROGRAM))
        with self.assertRaisesRegex(vfs.VissearchError, "nothing-here"):
            vfs.run("info", "nothing-here.zarr", command=PROGRAM)

    def test_a_mask_of_the_photographs_shape_may_be_smaller(self):
        mask = np.zeros((144, 256), bool)
        mask[22:72, 90:157] = True
        self.assertEqual("primate/mountain-gorilla.jpg", self.client.search(GORILLA, mask)[0]["path"])

    def test_statistics_and_comparisons_come_as_documented(self):
        row = self.client.search(GORILLA, head(), top=1)[0]["index"]
        statistics = self.client.statistics(row, head())
        self.assertEqual("label", statistics["by"])
        self.assertTrue(all(0 < group["test"]["adjustedPValue"] <= 1 for group in statistics["groups"] if "test" in group))
        store = self.client.stores()[0]
        rows = [(store["id"], layer["name"]) for layer in store["layers"]]
        comparison = self.client.compare(row, head(), rows)
        self.assertEqual(len(rows), len(comparison["rows"]))

    def test_layers_are_compared_over_the_dataset(self):
        store = self.client.stores()[0]
        answer = self.client.representations([(store["id"], layer["name"]) for layer in store["layers"]], images=50)
        self.assertEqual(answer["images"], 50)
        self.assertEqual(answer["linearCka"].shape, (len(store["layers"]),) * 2)
        np.testing.assert_allclose(np.diag(answer["linearCka"]), 1)
        self.assertLess(answer["linearCka"][0, 1], 0.95)

    def test_mistakes_are_explained(self):
        with self.assertRaisesRegex(vfs.VissearchError, "no image 99999") as raised:
            self.client.search(99999, head())
        self.assertEqual(404, raised.exception.status)
        with self.assertRaisesRegex(vfs.VissearchError, "nowhere"):
            self.client.search(0, head(), layer="nowhere")
        with self.assertRaisesRegex(ValueError, r"\(height, width\)"):
            self.client.search(0, np.zeros((3, 4, 5)))
        with self.assertRaisesRegex(ValueError, "0 to 1"):
            self.client.search(0, np.full((320, 320), 255.0))
        with self.assertRaisesRegex(vfs.VissearchError, "no server answers"):
            vfs.connect("http://127.0.0.1:9")
        with self.assertRaisesRegex(vfs.VissearchError, "token"):
            vfs.Client(self.client.address, token="another one").stores()
        with self.assertRaisesRegex(vfs.VissearchError, "no program"):
            vfs.start(STORE, command="no-such-program")
        with self.assertRaisesRegex(vfs.VissearchError, "nothing-here"):
            vfs.start("nothing-here.zarr", command=PROGRAM)

    def test_a_store_is_read_as_an_array(self):
        try:
            import zarr  # noqa: F401
        except ImportError:
            self.skipTest("zarr is not installed")
        array = vfs.read_store(STORE)["expanded_conv_15_add"]
        self.assertEqual((212, 160, 10, 10), array.shape)


class WidgetTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = vfs.start(STORE, command=PROGRAM)
        cls.row = cls.client.images(where="path = 'primate/mountain-gorilla.jpg'")[0]["index"]

    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def paint(self, widget, selected, mask, is_done=False):
        """As the widget's page does."""
        body = {"selected": selected, "mask": base64.b64encode(mask_to_png(mask)).decode(), "isDone": is_done}
        self.client.request("PUT", widget._path(), json.dumps(body).encode(), "application/json")

    def test_what_is_painted_is_an_array_and_a_query(self):
        widget = vfs.MultiHighlightWidget([GALLERY / "cat" / "kitten.jpg", self.client.crop(self.row)], size=320)
        self.assertTrue(widget.is_empty)
        self.assertFalse(widget.mask.any())
        with self.assertRaisesRegex(ValueError, "nothing is painted"):
            self.client.search(None, widget)
        self.paint(widget, 1, head())
        self.assertEqual((320, 320), widget.mask.shape)
        self.assertEqual(np.uint8, widget.mask.dtype)
        np.testing.assert_array_equal(head() * 255, widget.mask)
        self.assertEqual(1, widget.selected_index)
        # A crop as JPEG is nearly the photograph that the store knows.
        self.assertEqual(self.row, self.client.search(None, widget)[0]["index"])

    def test_a_script_waits_until_the_person_is_done(self):
        widget = vfs.HighlightWidget(self.client.crop(self.row), size=320)
        timer = threading.Timer(0.3, self.paint, (widget, 0, head(), True))
        timer.start()
        self.assertEqual(255, widget.show(timeout=20, open_browser=False).max())
        with self.assertRaises(TimeoutError):
            vfs.HighlightWidget(self.client.crop(self.row)).wait(timeout=1)

    def test_a_callback_hears_of_strokes(self):
        heard = threading.Event()
        widget = vfs.HighlightWidget(self.client.crop(self.row), callback=lambda _: heard.set(), size=320)
        self.paint(widget, 0, head())
        self.assertTrue(heard.wait(20))

    def test_the_frame_is_reached_through_a_proxy_by_a_relative_address(self):
        widget = vfs.HighlightWidget(self.client.crop(self.row))
        self.assertIn(f'src="{self.client.address}/widget-frame.html?widget=', widget._repr_html_())
        self.assertIn("token=", widget._repr_html_())
        os.environ["JUPYTERHUB_SERVICE_PREFIX"] = "/user/ada/"
        try:
            self.assertIn(f'src="/user/ada/proxy/{self.client.port}/widget-frame.html?widget=', widget._repr_html_())
        finally:
            del os.environ["JUPYTERHUB_SERVICE_PREFIX"]


class ImageTests(unittest.TestCase):
    def test_a_png_has_the_arrays_pixels(self):
        array = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
        png = to_png(array)
        data = png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8]
        rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(5, 22)
        np.testing.assert_array_equal(array.reshape(5, 21), rows[:, 1:])

    def test_arrays_of_torch_and_floats_are_understood(self):
        array = np.random.default_rng(1).integers(0, 256, (8, 9, 3), np.uint8)
        self.assertEqual(to_bytes(array), to_bytes(array.transpose(2, 0, 1)))
        self.assertEqual(to_bytes(array), to_bytes(array / 255))
        with self.assertRaisesRegex(ValueError, "int64"):
            to_bytes(array.astype(np.int64))
        with self.assertRaisesRegex(ValueError, "shape"):
            to_bytes(np.zeros((2, 3, 4, 5)))

    def test_files_and_bytes_go_as_they_are(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "photograph"
            path.write_bytes(b"12345")
            self.assertEqual(b"12345", to_bytes(path))
        self.assertEqual(b"12345", to_bytes(io.BytesIO(b"12345").getbuffer()))


if __name__ == "__main__":
    unittest.main()
