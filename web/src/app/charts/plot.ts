import * as Plot from '@observablehq/plot';
import type { Distribution } from '../../api/client';

/** A distribution and what it is of. */
export interface NamedDistribution {
  name: string;
  distribution: Distribution;
}

const violin = 0.46;
const box = 0.13;

/**
 * Draws a violin and a box for each distribution, one below the other. The box spans the middle half, its line is the median,
 * the whiskers reach at most 1.5 boxes further.
 */
export function drawDistributions(groups: readonly NamedDistribution[], width: number, label: string): SVGSVGElement {
  // Every violin is as high as its row: their widths tell shapes, the counts are in the names.
  const outlines = groups.flatMap(({ name, distribution: { density } }) => {
    const most = Math.max(...density.map((point) => point.density));
    return density.map((point) => ({ name, similarity: point.similarity, height: (violin * point.density) / most }));
  });
  const boxes = groups.map(({ name, distribution }) => ({ name, ...distribution }));
  const counts = new Map(groups.map(({ name, distribution }) => [name, distribution.count]));
  const accent = 'var(--accent, #b34a08)';
  const longest = Math.max(...groups.map(({ name }) => name.length));
  const wanted = 60 + longest * 6.2;
  const marginLeft = Math.min(width * 0.4, wanted);
  // Where there is little room, names lose their middle: layers differ in how they end.
  const letters = marginLeft < wanted ? Math.min(34, Math.max(9, Math.floor((marginLeft - 54) / 6.8))) : 34;
  const chart = Plot.plot({
    width,
    height: 54 + groups.length * 34,
    marginLeft,
    marginRight: 18,
    marginTop: 8,
    marginBottom: 44,
    style: { background: 'transparent', color: 'currentColor', fontFamily: 'inherit', fontSize: '12px' },
    fy: { domain: groups.map(({ name }) => name), label: null, axis: 'left', padding: 0.04, tickFormat: (name: string) => `${shorten(name, letters)} (${counts.get(name)!.toLocaleString('en')})` },
    x: { label, labelAnchor: 'center', labelOffset: 40, grid: true, nice: true, labelArrow: 'none' },
    y: { axis: null, domain: [-0.5, 0.5] },
    marks: [
      Plot.areaY(outlines, { fy: 'name', x: 'similarity', y1: (point) => -point.height, y2: 'height', z: 'name', fill: accent, fillOpacity: 0.24 }),
      Plot.ruleY(boxes, { fy: 'name', y: () => 0, x1: 'lowerWhisker', x2: 'upperWhisker', stroke: 'currentColor' }),
      Plot.rect(boxes, { fy: 'name', x1: 'lowerQuartile', x2: 'upperQuartile', y1: () => -box, y2: () => box, fill: accent, fillOpacity: 0.85, title: describe }),
      Plot.ruleX(boxes, { fy: 'name', x: 'median', y1: () => -box * 1.7, y2: () => box * 1.7, stroke: 'currentColor', strokeWidth: 2.5 }),
    ],
  }) as SVGSVGElement;
  // The whole chart has one name and a table beside it; names of its groups are no valid ARIA.
  for (const group of chart.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  return chart;
}

const shorten = (name: string, letters: number) => {
  const half = Math.floor((letters - 1) / 2);
  return name.length > letters ? `${name.slice(0, half)}…${name.slice(-half)}` : name;
};

const describe = ({ name, median, lowerQuartile, upperQuartile, count }: Distribution & { name: string }) =>
  `${name}: median ${median.toFixed(3)}, middle half ${lowerQuartile.toFixed(3)} to ${upperQuartile.toFixed(3)}, ${count.toLocaleString('en')} photographs`;
