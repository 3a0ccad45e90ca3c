import { LitElement, css, html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Comparison, Match, QueryImage, SearchReport, WindowMap } from '../api/client';
import './result-card';

/** What a row's card was asked for. */
export interface RegionUse {
  match: Match;
  report: SearchReport;
}

/** One search at several layers: a row for each, what they share marked, and how much they agree. Event: `vfs-use-region`. */
export class ComparisonView extends LitElement {
  static override properties = {
    comparison: { attribute: false },
    store: { type: String },
    own: { attribute: false },
    aspect: { type: Number },
    loadMap: { attribute: false },
  };

  declare comparison: Comparison;
  declare store: string;
  declare own: QueryImage | undefined;
  declare aspect: number;
  declare loadMap: (index: number, layer: string) => Promise<WindowMap>;

  override render() {
    const { rows, overlaps } = this.comparison;
    const rowsWith = new Map<number, number>();
    for (const row of rows) for (const { index } of row.results) rowsWith.set(index, (rowsWith.get(index) ?? 0) + 1);
    return html`
      ${rows.map(
        (row) => html`<section class="row" aria-label=${row.query.layer}>
          <h3>${row.query.layer} <small>${row.query.grid.height} × ${row.query.grid.width} cells, ${row.query.grid.channels} channels</small></h3>
          <div class="strip" tabindex="0" role="group" aria-label="The regions most similar at ${row.query.layer}">
            ${repeat(
              row.results,
              (match) => match.index,
              (match) => html`<vfs-result-card
                data-index=${match.index}
                .match=${match}
                .grid=${row.query.grid}
                .store=${this.store}
                .aspect=${this.aspect}
                .isQuery=${this.own !== undefined && 'index' in this.own && this.own.index === match.index}
                .note=${rows.length > 1 && rowsWith.get(match.index)! > 1 ? `in ${rowsWith.get(match.index)} of ${rows.length} rows` : ''}
                .loadMap=${(index: number) => this.loadMap(index, row.query.layer)}
                @vfs-use-region=${(event: CustomEvent<Match>) => this.use({ match: event.detail, report: row })}
              ></vfs-result-card>`,
            )}
          </div>
        </section>`,
      )}
      ${overlaps.length > 0
        ? html`<table>
            <caption>
              How much the rows agree. <b>Shared</b>: photographs that both rows have. <b>Rank-biased overlap</b>: the same, with the first places
              counting most; 1 means the same order, 0 nothing in common.
            </caption>
            <thead>
              <tr>
                <th scope="col">Layers</th>
                <th scope="col">Shared</th>
                <th scope="col">Rank-biased overlap</th>
              </tr>
            </thead>
            <tbody>
              ${overlaps.map(
                (pair) => html`<tr>
                  <th scope="row">${pair.first} and ${pair.second}</th>
                  <td>${Math.round(pair.atDepth * pair.depth)} of ${pair.depth}</td>
                  <td>${pair.rankBiased.toFixed(2)}</td>
                </tr>`,
              )}
            </tbody>
          </table>`
        : ''}
    `;
  }

  private use(detail: RegionUse) {
    this.dispatchEvent(new CustomEvent<RegionUse>('vfs-use-region', { detail }));
  }

  static override styles = css`
    .row {
      margin-bottom: 22px;
    }
    h3 {
      margin: 0 0 8px;
      overflow-wrap: anywhere;
      font-size: 16px;
    }
    small {
      color: var(--quiet);
      font-size: 13px;
      font-weight: 400;
    }
    .strip {
      display: grid;
      grid-auto-columns: 168px;
      grid-auto-flow: column;
      gap: 12px;
      padding: 2px 2px 12px;
      overflow-x: auto;
    }
    .strip:focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: 2px;
      border-radius: 12px;
    }
    table {
      border-collapse: collapse;
      font-size: 14px;
      font-variant-numeric: tabular-nums;
    }
    caption {
      max-width: 70ch;
      padding-bottom: 6px;
      color: var(--quiet);
      text-align: start;
    }
    th,
    td {
      padding: 5px 18px 5px 0;
      border-top: 1px solid var(--line);
      overflow-wrap: anywhere;
      text-align: start;
    }
    tbody th {
      font-weight: 400;
    }
  `;
}

customElements.define('vfs-comparison', ComparisonView);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-comparison': ComparisonView;
  }
}
