import { LitElement, css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { compareRepresentations, cropUrl, type Comparison, type Match, type QueryImage, type Representations, type SearchReport, type WindowMap } from '../../api/client';
import '../charts/distribution-chart';
import type { NamedDistribution } from '../charts/plot';
import type { Pin } from '../query';
import { sharedStyles } from '../shared-styles';
import './result-card';
import type { Lit } from './result-card';

/** What a row's card was asked for. */
export interface RegionUse {
  match: Match;
  report: SearchReport;
  store: string;
}

/** A row of the comparison: what it searches, with which highlight, and what it is called. */
export interface NamedRow {
  layer: string;
  store: string;
  title: string;
  highlight: Pin;
  isPinned: boolean;
}

/**
 * Several searches side by side: a row for each, what they share marked, how much they agree, and how similar all photographs
 * are in each. Events: `vfs-use-region`, `vfs-unpin` with the place of a row.
 */
export class ComparisonView extends LitElement {
  static override properties = {
    comparison: { attribute: false },
    rows: { attribute: false },
    distributions: { attribute: false },
    own: { attribute: false },
    aspects: { attribute: false },
    lit: { type: String },
    loadMap: { attribute: false },
    alike: { state: true },
  };

  declare comparison: Comparison;
  declare rows: readonly NamedRow[];
  /** The rows' distributions; null while they are not known. */
  declare distributions: Comparison | null;
  declare own: QueryImage | undefined;
  /** Width by height of what the network of a store sees. */
  declare aspects: (store: string) => number;
  declare lit: Lit;
  declare loadMap: (store: string, layer: string, index: number, highlight: Pin) => Promise<WindowMap>;

  /** How alike the rows' layers are over all photographs; null while that is not known or cannot be. */
  private declare alike: Representations | null;
  private asked = '';
  private asking: AbortController | null = null;

  constructor() {
    super();
    this.alike = null;
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.asking?.abort();
    this.asked = '';
  }

  /** That two layers are alike does not depend on what is painted: it is asked for once for the same rows. */
  override updated() {
    const rows = this.comparison.rows.map(({ store, layer }) => ({ store, layer }));
    const key = JSON.stringify(rows);
    if (key !== this.asked) {
      this.asked = '';
      this.alike = null;
      this.asking?.abort();
    }
    // After the searches and the distributions, which belong to what was just painted.
    if (key === this.asked || !this.distributions) return;
    this.asked = key;
    const { signal } = (this.asking = new AbortController());
    if (new Set(rows.map((row) => JSON.stringify(row))).size < 2) return;
    compareRepresentations(rows, signal).then(
      (alike) => signal.aborted || (this.alike = alike),
      // Stores of different photographs have nothing over which layers could be compared.
      () => undefined,
    );
  }

  override render() {
    const { rows } = this.comparison;
    const rowsWith = new Map<string, number>();
    const key = (match: Match) => match.path ?? String(match.index);
    for (const row of rows) for (const match of row.report.results) rowsWith.set(key(match), (rowsWith.get(key(match)) ?? 0) + 1);
    return html`
      ${rows.map((row, place) => {
        const named = this.rows[place];
        if (!named) return nothing;
        const { report } = row;
        const { grid } = report.query;
        return html`<section class="row" aria-label=${named.title}>
          <header>
            ${named.isPinned || this.rows.some((other) => other.isPinned)
              ? html`<span class="highlight"><img src=${cropUrl(named.highlight.image)} alt="" width="56" height="56" /><img src=${named.highlight.mask} alt="" width="56" height="56" /></span>`
              : nothing}
            <h3>${place + 1}. ${named.title} <small>${grid.height} × ${grid.width} cells, ${grid.channels} channels</small></h3>
            ${named.isPinned ? html`<button class="button" type="button" aria-label="Remove ${named.title}" @click=${() => this.tell('vfs-unpin', place)}>Remove</button>` : nothing}
          </header>
          <div class="strip" tabindex="0" role="group" aria-label="The most similar regions: ${named.title}">
            ${repeat(
              report.results,
              (match) => match.index,
              (match) => html`<vfs-result-card
                data-index=${match.index}
                .match=${match}
                .query=${report.query}
                .store=${row.store}
                .aspect=${this.aspects(row.store)}
                .lit=${this.lit}
                .isQuery=${isOwn(named.highlight.image, row.store, match)}
                .note=${rowsWith.get(key(match))! > 1 ? `in ${rowsWith.get(key(match))} of ${rows.length} rows` : ''}
                .loadMap=${(index: number) => this.loadMap(row.store, row.layer, index, named.highlight)}
                @vfs-use-region=${(event: CustomEvent<Match>) => this.tell<RegionUse>('vfs-use-region', { match: event.detail, report, store: row.store })}
                @vfs-hide=${(event: CustomEvent<Match>) => this.tell<Match>('vfs-hide', event.detail)}
              ></vfs-result-card>`,
            )}
          </div>
        </section>`;
      })}
      ${this.renderAgreement()} ${this.renderDistributions()}
    `;
  }

  private renderAgreement() {
    const { overlaps } = this.comparison;
    if (overlaps.length === 0) return nothing;
    const title = (place: number) => this.rows[place]?.title ?? '';
    const all = this.distributions?.overlaps ?? [];
    const correlation = (first: number, second: number) => all.find((pair) => pair.first === first && pair.second === second)?.rankCorrelation;
    return html`<p class="quiet" id="agreement">
        How much the rows agree. <b>Shared</b>: photographs that both rows have. <b>Rank-biased overlap</b>: the same, with the first places counting most; 1
        means the same order, 0 nothing in common. <b>Rank correlation</b>: whether all photographs come in the same order, 1 for the same and 0 for unrelated.
        ${this.alike
          ? html`<b>Layers alike</b>: linear CKA of the two layers over ${this.alike.images.toLocaleString('en')} photographs, whatever is painted; 1 for the same but for
              rotation and scale.`
          : nothing}
      </p>
      <div class="scroll" tabindex="0" role="group" aria-label="How much the rows agree">
        <table aria-describedby="agreement">
        <thead>
          <tr>
            <th scope="col">Rows</th>
            <th scope="col">Shared</th>
            <th scope="col">Rank-biased overlap</th>
            <th scope="col">Rank correlation</th>
            ${this.alike ? html`<th scope="col">Layers alike</th>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${overlaps.map(
            (pair) => html`<tr>
              <th scope="row" title="${title(pair.first)} and ${title(pair.second)}">${pair.first + 1} and ${pair.second + 1}</th>
              <td>${Math.round(pair.atDepth * pair.depth)} of ${pair.depth}</td>
              <td>${pair.rankBiased.toFixed(2)}</td>
              <td>${correlation(pair.first, pair.second)?.toFixed(2) ?? (this.distributions ? '–' : '…')}</td>
              ${this.alike ? html`<td>${this.alike.linearCka[pair.first]?.[pair.second]?.toFixed(2) ?? '–'}</td>` : nothing}
            </tr>`,
          )}
        </tbody>
        </table>
      </div>`;
  }

  private renderDistributions() {
    const known = this.distributions?.rows;
    if (!known || known.length !== this.rows.length) return html`<p class="quiet distributions" role="status">Comparing all photographs …</p>`;
    const groups: NamedDistribution[] = known.flatMap(({ distribution }, place) => (distribution ? [{ name: `${place + 1}. ${this.rows[place]!.title}`, distribution }] : []));
    return html`<section class="distributions" aria-label="Similarities of all photographs">
      <h3>Similarities of all photographs, row by row</h3>
      <p class="quiet">
        Each violin is the shape of all similarities, the box their middle half, the line in it the median. Layers and networks have similarities of their own
        size: a higher violin alone does not mean a better match.
      </p>
      <vfs-distribution-chart .groups=${groups} label="similarity of the best region"></vfs-distribution-chart>
    </section>`;
  }

  private tell<T>(name: string, detail: T) {
    this.dispatchEvent(new CustomEvent<T>(name, { detail }));
  }

  static override styles = [
    sharedStyles,
    css`
      .row {
        margin-bottom: 22px;
      }
      .row header {
        display: flex;
        align-items: center;
        gap: 12px;
        margin-bottom: 8px;
      }
      .row h3 {
        flex: 1;
        margin: 0;
      }
      .highlight {
        position: relative;
        flex: none;
        width: 56px;
        height: 56px;
        overflow: hidden;
        border-radius: 8px;
      }
      .highlight img {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      .highlight img + img {
        opacity: 0.7;
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
        border-radius: 12px;
      }
      .scroll {
        overflow-x: auto;
      }
      .scroll th,
      .scroll td {
        overflow-wrap: normal;
      }
      .distributions {
        margin-top: 24px;
      }
    `,
  ];
}

const isOwn = (image: QueryImage, store: string, match: Match) => 'index' in image && image.store === store && image.index === match.index;

customElements.define('vfs-comparison', ComparisonView);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-comparison': ComparisonView;
  }
}
