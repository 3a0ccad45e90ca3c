import type { SearchedRegion, Window } from '../../api/client';

/** How dark a photograph is where it is not lit. */
export const darkness = 0.58;

/**
 * Draws the mask as it lies on a window: a photograph is dark but where the mask counts, as much as it counts. One pixel a
 * cell; the browser makes it smooth when it enlarges the canvas.
 */
export function drawRegion(canvas: HTMLCanvasElement, query: SearchedRegion, window: Window) {
  const { grid, weights } = query;
  canvas.width = grid.width;
  canvas.height = grid.height;
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(grid.width, grid.height);
  for (let y = 0, pixel = 3; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++, pixel += 4) {
      const isInside = y >= window.y && y < window.y + window.height && x >= window.x && x < window.x + window.width;
      const weight = isInside ? weights[(y - window.y) * window.width + (x - window.x)]! : 0;
      image.data[pixel] = 255 * darkness * (1 - Math.min(1, Math.max(0, weight)));
    }
  }
  context.putImageData(image, 0, 0);
}

/** A window as parts of the picture, in percent. */
export const placeOf = (window: Window, grid: { height: number; width: number }) => ({
  left: (100 * window.x) / grid.width,
  top: (100 * window.y) / grid.height,
  width: (100 * window.width) / grid.width,
  height: (100 * window.height) / grid.height,
});
