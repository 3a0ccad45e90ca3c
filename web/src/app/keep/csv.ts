import type { SearchReport } from '../../api/client';

/** An answer with the store that it is of. */
export interface StoreReport {
  store: string;
  report: SearchReport;
}

/** A table of results as CSV (RFC 4180): a line a result, of all rows of a comparison. */
export function toCsv(rows: readonly StoreReport[]): string {
  const columns = Object.keys(rows[0]?.report.results[0]?.columns ?? {});
  const lines: (string | number)[][] = [
    ['store', 'layer', 'rank', 'index', 'path', 'label', ...columns, 'similarity', 'window_y', 'window_x', 'window_height', 'window_width'],
  ];
  for (const { store, report } of rows) {
    for (const { rank, index, path, label, columns: values, similarity, window } of report.results) {
      const own = columns.map((column) => values?.[column] ?? '');
      lines.push([store, report.query.layer, rank, index, path ?? '', label ?? '', ...own, similarity, window.y, window.x, window.height, window.width]);
    }
  }
  return lines.map((line) => line.map(field).join(',') + '\r\n').join('');
}

const field = (value: string | number) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
