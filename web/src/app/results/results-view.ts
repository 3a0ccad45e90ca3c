import { LitElement, css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Comparison, Match, QueryImage, SearchReport, Store, WindowMap } from '../../api/client';
import { explanation } from '../explanation';
import type { Pin } from '../query';
import { sharedStyles } from '../shared-styles';
import './comparison';
import type { NamedRow, RegionUse } from './comparison';
import './result-card';
import type { Lit } from './result-card';
import './result-filter';
import type { Filter } from './result-filter';

/**
 * The answer to what is painted: a grid of results, or rows of them side by side. Events: `vfs-filter-change`,
 * `vfs-use-region`, `vfs-more` when the end of the list comes into view, `vfs-unpin`.
 */
export class ResultsView extends LitElement {
  static override properties = {
    store: { attribute: false },
    stores: { attribute: false },
    filter: { attribute: false },
    report: { attribute: false },
    comparison: { attribute: false },
    distributions: { attribute: false },
    rows: { attribute: false },
    highlight: { attribute: false },
    hasMore: { type: Boolean },
    loadMap: { attribute: false },
    lit: { state: true },
  };

  declare store: Store;
  declare stores: readonly Store[];
  declare filter: Filter;
  declare report: SearchReport | null;
  declare comparison: Comparison | null;
  declare distributions: Comparison | null;
  declare rows: readonly NamedRow[];
  /** What the report answers. */
  declare highlight: Pin | null;
  declare hasMore: boolean;
  declare loadMap: (store: string, layer: string, index: number, highlight: Pin) => Promise<WindowMap>;
  declare lit: Lit;
  private readonly end = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.tell('vfs-more', null), { rootMargin: '200px' });

  constructor() {
    super();
    this.lit = 'window';
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.end.disconnect();
  }

  override updated() {
    this.end.disconnect();
    const mark = this.renderRoot.querySelector('.end');
    if (mark) this.end.observe(mark);
  }

  override render() {
    const { report, comparison } = this;
    if (!report) {
      return html`<div class="empty">
        <h2>Nothing painted yet</h2>
        <p class="quiet">Choose a photograph, then paint over a part of it: an eye, a wheel, a doorway. Let go, and change it as you like.</p>
        ${explanation}
      </div>`;
    }
    const reports = comparison?.rows.map((row) => row.report) ?? [report];
    return html`
      <vfs-result-filter .store=${this.store} .value=${this.filter} @vfs-filter-change=${(event: CustomEvent<Filter>) => this.tell('vfs-filter-change', event.detail)}></vfs-result-filter>
      <div class="summary">
        <div>
          <h2>${comparison ? `The most similar regions in ${comparison.rows.length} rows` : this.titleOf(report)}</h2>
          ${report.stats.images === 0
            ? html`<p class="quiet">So there is nothing to compare. Change the label or the condition above.</p>`
            : html`<p class="quiet">
                of ${report.stats.images.toLocaleString('en')} ${report.stats.images === 1 ? 'photograph' : 'photographs'}, every placement compared, in
                ${reports.reduce((sum, row) => sum + row.stats.milliseconds, 0).toFixed(1)} ms
                ${report.stats.nonFiniteImages > 0 ? html`· ${report.stats.nonFiniteImages} left out for infinities or NaN` : nothing}
              </p>`}
        </div>
        <div class="lit" role="group" aria-label="What is lit up">
          ${(['window', 'mask'] as const).map(
            (lit) => html`<button type="button" class="button" aria-pressed=${this.lit === lit} @click=${() => (this.lit = lit)}>${lit === 'window' ? 'Box' : 'Soft mask'}</button>`,
          )}
        </div>
      </div>
      ${comparison ? this.renderComparison(comparison) : this.renderGrid(report)} ${explanation}
    `;
  }

  private titleOf(report: SearchReport) {
    if (report.stats.images === 0) return 'No photograph meets the conditions';
    if (report.results.length === 0) return 'No photograph is as similar as wanted';
    return report.results.length === 1 ? 'The most similar region' : `The ${report.results.length} most similar regions`;
  }

  private renderComparison(comparison: Comparison) {
    return html`<vfs-comparison
      .comparison=${comparison}
      .rows=${this.rows}
      .distributions=${this.distributions}
      .aspects=${this.aspectOf}
      .lit=${this.lit}
      .loadMap=${this.loadMap}
      @vfs-use-region=${(event: CustomEvent<RegionUse>) => this.tell('vfs-use-region', event.detail)}
      @vfs-hide=${(event: CustomEvent<Match>) => this.hide(event.detail)}
      @vfs-unpin=${(event: CustomEvent<number>) => this.tell('vfs-unpin', event.detail)}
    ></vfs-comparison>`;
  }

  private renderGrid(report: SearchReport) {
    const { store, highlight } = this;
    const own: QueryImage | undefined = highlight?.image;
    return html`<div class="grid">
        ${repeat(
          report.results,
          (match) => match.index,
          (match) => html`<vfs-result-card
            data-index=${match.index}
            .match=${match}
            .query=${report.query}
            .store=${store.id}
            .aspect=${this.aspectOf(store.id)}
            .lit=${this.lit}
            .isQuery=${own !== undefined && 'index' in own && own.index === match.index}
            .loadMap=${(index: number) => this.loadMap(store.id, report.query.layer, index, highlight!)}
            @vfs-use-region=${(event: CustomEvent<Match>) => this.tell<RegionUse>('vfs-use-region', { match: event.detail, report, store: store.id })}
            @vfs-hide=${(event: CustomEvent<Match>) => this.hide(event.detail)}
          ></vfs-result-card>`,
        )}
      </div>
      ${this.hasMore ? html`<div class="end"></div>` : nothing}`;
  }

  private readonly aspectOf = (id: string) => {
    const store = this.stores.find((item) => item.id === id);
    return store ? store.inputWidth / store.inputHeight : 1;
  };

  private hide(match: Match) {
    this.tell<Filter>('vfs-filter-change', { ...this.filter, hidden: [...this.filter.hidden, match.index] });
  }

  private tell<T>(name: string, detail: T) {
    this.dispatchEvent(new CustomEvent<T>(name, { detail }));
  }

  static override styles = [
    sharedStyles,
    css`
      .summary {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        align-items: start;
        gap: 8px 16px;
        margin-bottom: 14px;
      }
      .summary p {
        margin: 2px 0 0;
        font-variant-numeric: tabular-nums;
      }
      .lit {
        display: inline-flex;
      }
      .lit .button:first-child {
        border-radius: 8px 0 0 8px;
      }
      .lit .button:last-child {
        border-left: 0;
        border-radius: 0 8px 8px 0;
      }
      .button[aria-pressed='true'] {
        border-color: var(--accent);
        background: var(--accent);
        color: var(--accent-ink);
      }
      .grid {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(clamp(140px, 11vw, 230px), 1fr));
        gap: 16px;
      }
      .end {
        height: 1px;
      }
      .empty {
        max-width: 60ch;
        padding: 8vh 0;
      }
      .explanation {
        max-width: 75ch;
        margin-top: 24px;
      }
      @media (max-width: 800px) {
        .grid {
          gap: 12px;
        }
      }
    `,
  ];
}

customElements.define('vfs-results', ResultsView);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-results': ResultsView;
  }
}
