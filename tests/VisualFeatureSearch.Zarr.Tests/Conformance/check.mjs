// Reads every array of a store with zarrita and compares its bytes with expected/NAME.bin (C order, little-endian).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "./shared.mjs";

const zarr = await import("zarrita");
const { default: FileSystemStore } = await import("@zarrita/storage/fs");
const folder = process.argv[2];
const root = zarr.root(new FileSystemStore(join(folder, "store")));
let count = 0;
for (const file of readdirSync(join(folder, "expected")).sort()) {
  const name = file.replace(".bin", "");
  try {
    const array = await zarr.open(root.resolve(name), { kind: "array" });
    if (!bytesOf(await zarr.get(array)).equals(readFileSync(join(folder, "expected", file)))) {
      console.log("differs:", name);
    }
  } catch (error) {
    console.log("fails:", name, error.message, error.cause?.message ?? "");
  }
  count++;
}
console.log("read", count);
