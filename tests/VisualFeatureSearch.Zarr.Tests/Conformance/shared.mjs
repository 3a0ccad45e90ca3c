// Node 20 has no Float16Array of its own; zarrita takes the one it finds.
import { Float16Array } from "@petamoriken/float16";

globalThis.Float16Array ??= Float16Array;

/** The bytes of what zarrita read, C order and little-endian. */
export function bytesOf(chunk) {
  const { data, shape, stride } = chunk;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const isBool = !data.buffer || data.constructor.name === "BoolArray";
  const ordered = isBool ? new Uint8Array(size) : new data.constructor(size);
  const at = shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    const from = at.reduce((sum, value, axis) => sum + value * stride[axis], 0);
    ordered[i] = isBool ? Number(data.get(from)) : data[from];
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis] === shape[axis]; axis--) {
      at[axis] = 0;
    }
  }
  return Buffer.from(ordered.buffer, ordered.byteOffset, ordered.byteLength);
}
