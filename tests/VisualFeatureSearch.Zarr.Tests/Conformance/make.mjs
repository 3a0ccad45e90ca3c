// Writes v3 arrays with zarrita over types, codecs, orders of axes, chunkings and separators, and what they hold.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "./shared.mjs";

const zarr = await import("zarrita");
const { default: FileSystemStore } = await import("@zarrita/storage/fs");
const [folder, count] = [process.argv[2], Number(process.argv[3])];
mkdirSync(join(folder, "expected"), { recursive: true });
const root = zarr.root(new FileSystemStore(join(folder, "store")));
await zarr.create(root, { attributes: { by: "zarrita" } });

const types = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"];
const bloscs = ["lz4", "lz4hc", "zlib", "zstd", "blosclz"].flatMap((cname) =>
  ["noshuffle", "shuffle", "bitshuffle"].map((shuffle) => ({ name: "blosc", configuration: { cname, clevel: 5, shuffle, blocksize: 0 } })));
// zarrita reads gzip, zlib and crc32c but does not write them.
const codecs = [[], [{ name: "zstd", configuration: { level: 3 } }], ...bloscs.map((blosc) => [blosc])];
const shapes = [[[13, 5, 6, 7], [4, 5, 6, 7]], [[13, 5, 6, 7], [5, 2, 4, 3]], [[1000], [128]], [[60, 70], [60, 70]], [[9, 11, 13], [1, 12, 4]]];

let seed = 1;
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;

function value(type, i, smooth) {
  if (type === "bool") return random() < 0.3;
  if (type.startsWith("float")) return i === 0 ? NaN : i === 1 ? -Infinity : smooth ? Math.floor(i / 17) : random() * 100 - 50;
  const whole = smooth ? Math.floor(i / 17) % 100 : Math.floor(random() * 127);
  return type.endsWith("64") ? BigInt(whole) * 1000003n : whole;
}

for (let i = 0; i < count; i++) {
  const type = types[i % types.length];
  const [shape, chunkShape] = shapes[i % shapes.length];
  const size = type === "bool" || type.endsWith("8") ? 1 : Number(type.match(/\d+/)[0]) / 8;
  const before = i % 3 === 1 ? [{ name: "transpose", configuration: { order: shape.map((_, axis) => shape.length - 1 - axis) } }]
    : i % 3 === 2 && shape.length > 2 ? [{ name: "transpose", configuration: { order: [1, 0, ...shape.map((_, axis) => axis).slice(2)] } }] : [];
  const bytes = { name: "bytes", configuration: { endian: i % 4 === 3 && size > 1 ? "big" : "little" } };
  const name = `a${String(i).padStart(3, "0")}`;
  const array = await zarr.create(root.resolve(name), {
    shape, chunkShape, dtype: type, codecs: [...before, bytes, ...codecs[i % codecs.length]],
    chunkSeparator: i % 2 ? "." : "/", fillValue: type === "bool" ? false : 0, dimensionNames: shape.map((_, axis) => `axis${axis}`),
  });
  const total = shape.reduce((product, extent) => product * extent, 1);
  const numbers = Array.from({ length: total }, (_, at) => value(type, at, i % 2 === 0));
  const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const { constructor: Values } = (await zarr.get(array)).data;
  const data = new Values(total);
  numbers.forEach((number, at) => (type === "bool" ? data.set(at, number) : (data[at] = number)));
  await zarr.set(array, null, { data, shape, stride });
  writeFileSync(join(folder, "expected", `${name}.bin`), bytesOf({ data, shape, stride }));
}
