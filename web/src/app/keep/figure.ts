import { cropUrl, type Match, type SearchReport } from '../../api/client';
import { nameOf, type Pin } from '../query';
import { darkness, placeOf } from '../results/region-overlay';

/** A row of a figure: the highlight, and what was found. */
export interface FigureRow {
  title: string;
  highlight: Pin;
  store: string;
  report: SearchReport;
  /** Width by height of the photographs of the store, and of the one that was painted on. */
  aspect: number;
  ownAspect: number;
}

const side = 200;
const gap = 14;
const caption = 44;
const heading = 30;
const columns = 6;
const resultsAlone = 12;
/** A figure over two columns of a journal, 180 mm, at 600 dots an inch. */
const pixelsAcross = 4252;
/** Photographs with so many times the pixels that the network sees. */
const detail = 3;

/** Draws a figure as SVG with everything in it: each highlight with the results beside it, their windows lit up. */
export async function drawFigure(rows: readonly FigureRow[]): Promise<string> {
  const parts: string[] = [];
  const width = (columns + 1) * (side + gap) + 20;
  let top = 0;
  for (const row of rows) {
    const { report } = row;
    const matches = report.results.slice(0, rows.length === 1 ? resultsAlone : columns);
    const height = side / row.aspect;
    parts.push(text(0, top + 18, row.title, 'font-weight="600" font-size="16"'));
    top += heading;
    const ownHeight = side / row.ownAspect;
    parts.push(`<g transform="translate(0 ${top})">${await drawHighlight(row.highlight, ownHeight)}${text(0, ownHeight + 18, shorten(row.highlight.title), 'font-size="13" font-weight="600"')}</g>`);
    const cards = await Promise.all(matches.map((match) => drawMatch(match, row, height)));
    cards.forEach((card, place) => {
      const x = (side + gap) * (1 + (place % columns)) + 20;
      const y = top + Math.floor(place / columns) * (height + caption + gap);
      parts.push(`<g transform="translate(${x} ${y})">${card}</g>`);
    });
    top += Math.max(Math.ceil(matches.length / columns) * (height + caption + gap), ownHeight + caption) + 12;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="180mm" viewBox="0 0 ${width} ${Math.ceil(top)}" font-family="system-ui, Helvetica, Arial, sans-serif" fill="#1a1d24"><rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>`;
}

/** A figure as PNG, sharp enough for print. */
export async function toPng(svg: string): Promise<Blob> {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
  const scale = pixelsAcross / width!;
  const image = new Image();
  const source = URL.createObjectURL(new Blob([svg.replace('width="180mm"', `width="${width}" height="${height}"`)], { type: 'image/svg+xml' }));
  try {
    image.src = source;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = pixelsAcross;
    canvas.height = Math.round(height! * scale);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The figure is too large for a PNG: save it as SVG.'))), 'image/png'));
  } finally {
    URL.revokeObjectURL(source);
  }
}

async function drawHighlight(highlight: Pin, height: number) {
  const photograph = await embed(cropUrl(highlight.image, detail));
  const masks = [highlight.mask, highlight.against].filter(Boolean).map((mask) => picture(mask, height, 'opacity="0.6"'));
  return picture(photograph, height) + masks.join('');
}

async function drawMatch(match: Match, row: FigureRow, height: number) {
  const place = placeOf(match.window, row.report.query.grid);
  const [x, y, w, h] = [(place.left * side) / 100, (place.top * height) / 100, (place.width * side) / 100, (place.height * height) / 100];
  const photograph = await embed(cropUrl({ store: row.store, index: match.index }, detail));
  return [
    picture(photograph, height),
    `<path d="M0 0H${side}V${height}H0Z M${x} ${y}V${y + h}H${x + w}V${y}Z" fill="#080a12" fill-opacity="${darkness}" fill-rule="evenodd"/>`,
    `<rect x="${x + 1}" y="${y + 1}" width="${w - 2}" height="${h - 2}" fill="none" stroke="#ff7a1a" stroke-width="3"/>`,
    text(0, height + 18, shorten(`${match.rank}. ${match.path ? nameOf(match.path) : `image ${match.index}`}`), 'font-size="13" font-weight="600"'),
    text(0, height + 35, `${match.similarity.toFixed(3)}${match.label ? ` · ${shorten(match.label)}` : ''}`, 'font-size="12" fill="#5f6673"'),
  ].join('');
}

const picture = (source: string, height: number, more = '') => `<image href="${source}" width="${side}" height="${height}" preserveAspectRatio="none" ${more}/>`;

const text = (x: number, y: number, content: string, more: string) => `<text x="${x}" y="${y}" ${more}>${escapeText(content)}</text>`;

const shorten = (name: string) => (name.length > 25 ? `${name.slice(0, 24)}…` : name);

/** Text as it may stand in HTML and XML. */
export const escapeText = (content: string) => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A picture as a data URL, so that the figure needs nothing else. */
async function embed(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The photograph ${address} cannot be read (${response.status}).`);
  const blob = await response.blob();
  return await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
