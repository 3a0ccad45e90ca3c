import type { WindowMap } from '../../api/client';

/** From the least to the most similar: colours that keep their order for colour-blind eyes and in print. */
const scale: readonly (readonly [number, number, number])[] = [
  [44, 28, 110],
  [219, 74, 104],
  [252, 228, 120],
];

/** Pixels of the canvas for each cell, so that the map is smooth and not a mosaic. */
const detail = 6;

/** The least and the greatest similarity of a map; null where there is nothing to tell apart. */
export function rangeOf(map: WindowMap): { least: number; most: number } | null {
  const { similarities } = map;
  if (!similarities || similarities.length < 2) return null;
  return { least: Math.min(...similarities), most: Math.max(...similarities) };
}

/**
 * Draws the similarity of every window over the photograph: each at the middle of its window and smooth between them. Beyond
 * the outermost middles there are no windows: there the map fades.
 */
export function drawHeatMap(canvas: HTMLCanvasElement, map: WindowMap) {
  const range = rangeOf(map);
  if (!range) return;
  const { grid, window, rows, columns } = map;
  canvas.width = grid.width * detail;
  canvas.height = grid.height * detail;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(canvas.width, canvas.height);
  for (let y = 0, pixel = 0; y < canvas.height; y++) {
    const row = (y + 0.5) / detail - window.height / 2;
    for (let x = 0; x < canvas.width; x++, pixel += 4) {
      const column = (x + 0.5) / detail - window.width / 2;
      const beyond = Math.max(-row, row - (rows - 1), -column, column - (columns - 1), 0);
      const similarity = between(map.similarities!, rows, columns, row, column);
      paint(image.data, pixel, (similarity - range.least) / (range.most - range.least || 1), 190 / (1 + 2 * beyond * beyond));
    }
  }
  context.putImageData(image, 0, 0);
}

/** Bilinear interpolation; places outside are moved to the nearest one inside. */
function between(values: readonly number[], rows: number, columns: number, row: number, column: number) {
  const y = Math.min(Math.max(row, 0), rows - 1);
  const x = Math.min(Math.max(column, 0), columns - 1);
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [bottom, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, columns - 1)];
  const at = (r: number, c: number) => values[r * columns + c]!;
  const upper = at(top, left) + (x - left) * (at(top, right) - at(top, left));
  const lower = at(bottom, left) + (x - left) * (at(bottom, right) - at(bottom, left));
  return upper + (y - top) * (lower - upper);
}

function paint(data: Uint8ClampedArray, pixel: number, share: number, opacity: number) {
  const at = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const low = Math.min(Math.floor(at), scale.length - 2);
  for (let channel = 0; channel < 3; channel++) {
    data[pixel + channel] = scale[low]![channel]! + (at - low) * (scale[low + 1]![channel]! - scale[low]![channel]!);
  }
  data[pixel + 3] = opacity;
}
