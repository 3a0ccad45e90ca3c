import type { SearchReport } from '../api/client';

/** A table of results as CSV (RFC 4180): a line a result, of all layers that were compared. */
export function toCsv(reports: readonly SearchReport[]): string {
  const lines: (string | number)[][] = [['layer', 'rank', 'index', 'path', 'label', 'similarity', 'window_y', 'window_x', 'window_height', 'window_width']];
  for (const { query, results } of reports) {
    for (const { rank, index, path, label, similarity, window } of results) {
      lines.push([query.layer, rank, index, path ?? '', label ?? '', similarity, window.y, window.x, window.height, window.width]);
    }
  }
  return lines.map((line) => line.map(field).join(',') + '\r\n').join('');
}

/** Offers a text as a file to save. */
export function offer(name: string, type: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const field = (value: string | number) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
