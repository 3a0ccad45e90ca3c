/** The mask at the resolution of a layer: one weight from 0 to 1 a cell, row by row. */
export interface CellMask {
  rows: number;
  columns: number;
  weights: readonly number[];
}

/** Pixels of the canvas for each cell. */
const detail = 32;

/** Draws the cells, each as opaque as it counts, and the lines between them. */
export function drawCells(canvas: HTMLCanvasElement, cells: CellMask, colour: string) {
  canvas.width = cells.columns * detail;
  canvas.height = cells.rows * detail;
  const context = canvas.getContext('2d')!;
  context.fillStyle = colour;
  cells.weights.forEach((weight, cell) => {
    context.globalAlpha = 0.85 * Math.min(1, Math.max(0, weight));
    context.fillRect((cell % cells.columns) * detail, Math.floor(cell / cells.columns) * detail, detail, detail);
  });
  context.globalAlpha = 1;
  // Dark and light beside each other show on any photograph.
  for (const [shift, style] of [
    [0.5, 'rgb(0 0 0 / 55%)'],
    [1.5, 'rgb(255 255 255 / 55%)'],
  ] as const) {
    context.strokeStyle = style;
    context.beginPath();
    for (let x = 1; x < cells.columns; x++) {
      context.moveTo(x * detail + shift, 0);
      context.lineTo(x * detail + shift, canvas.height);
    }
    for (let y = 1; y < cells.rows; y++) {
      context.moveTo(0, y * detail + shift);
      context.lineTo(canvas.width, y * detail + shift);
    }
    context.stroke();
  }
}
