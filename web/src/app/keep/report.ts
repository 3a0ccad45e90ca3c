import type { Store } from '../../api/client';
import { drawFigure, escapeText, type FigureRow } from './figure';

/** A self-contained HTML page of an answer: the figure, all results as tables, how they came about, and the answer as data. */
export async function writeReport(rows: readonly FigureRow[], stores: readonly Store[], address: string): Promise<string> {
  const figure = await drawFigure(rows);
  const title = `Regions like the highlight on ${rows[0]!.highlight.title}`;
  const used = stores.filter((store) => rows.some((row) => row.store === store.id));
  const data = JSON.stringify(
    rows.map(({ title: name, store, report, highlight }) => ({ title: name, store, mask: highlight.mask, against: highlight.against || undefined, ...report })),
  ).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>
body { max-width: 1100px; margin: 32px auto; padding: 0 20px; color: #1a1d24; background: #fff; font: 16px/1.5 system-ui, sans-serif }
svg { width: 100%; height: auto }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { padding: 4px 16px 4px 0; border-top: 1px solid #dfdcd5; text-align: left; overflow-wrap: anywhere }
.quiet { color: #5f6673 }
</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
<p class="quiet">${new Date().toLocaleDateString('en', { dateStyle: 'long' })} · <a href="${escapeText(address)}">the same query</a>, where it is still served</p>
${figure}
<h2>What the number and the lit region are</h2>
<p>The network turns each photograph into a grid of cells. The highlighted cells are laid over every place of every other photograph; the similarity is the
cosine between the two patterns, 1 for the same, 0 for unrelated. The lit region is the place where a photograph is most similar; it is as coarse as the grid.</p>
<h2>How it was made</h2>
<table>
<tr><th>Dataset</th><th>Photographs</th><th>Network</th><th>SHA-256 of the network</th></tr>
${used.map((store) => `<tr><td>${escapeText(store.id)}</td><td>${store.images.toLocaleString('en')}</td><td>${escapeText(store.model ?? '')}</td><td>${escapeText(store.modelSha256 ?? '')}</td></tr>`).join('\n')}
</table>
${rows.map(writeTable).join('\n')}
<script type="application/json" id="answer">${data}</script>
</body>
</html>
`;
}

function writeTable({ title, report }: FigureRow) {
  const { grid } = report.query;
  const columns = Object.keys(report.results[0]?.columns ?? {});
  const lines = report.results.map((match) => {
    const { window } = match;
    const values = [match.rank, match.path ?? match.index, match.label ?? '', ...columns.map((column) => match.columns?.[column] ?? ''), match.similarity.toFixed(4), `row ${window.y}, column ${window.x}`];
    return `<tr>${values.map((value) => `<td>${escapeText(String(value))}</td>`).join('')}</tr>`;
  });
  return `<h2>${escapeText(title)}</h2>
<p class="quiet">Layer ${escapeText(report.query.layer)}: ${grid.height} × ${grid.width} cells with ${grid.channels} channels; windows of ${report.query.box.height} × ${report.query.box.width} cells; ${report.stats.images.toLocaleString('en')} photographs compared.</p>
<table>
<tr><th>Rank</th><th>Photograph</th><th>Label</th>${columns.map((column) => `<th>${escapeText(column)}</th>`).join('')}<th>Similarity</th><th>Window</th></tr>
${lines.join('\n')}
</table>`;
}
