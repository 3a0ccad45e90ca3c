import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { Problem, type GroupStatistics, type Measure, type Statistics, type Store } from '../../api/client';
import '../charts/distribution-chart';
import { offerText } from '../keep/offer';
import { LiveSearch } from '../live-search';
import { sharedStyles } from '../shared-styles';

/** What is asked of the statistics, and how. */
export type AskStatistics = (by: string, measure: Measure, signal: AbortSignal) => Promise<Statistics>;

export interface StatisticsChoice {
  by: string;
  measure: Measure;
}

const measures: Record<Measure, [string, string]> = {
  highlight: ['What is painted', 'similarity of the best region'],
  contrast: ['What is painted against', 'similarity of the best region to what is painted against'],
  difference: ['The difference of the two', 'difference of the two similarities'],
};

/**
 * How similar all photographs of the dataset are to what is painted, by label or any other column: a chart, its numbers as a
 * table, tests, and what may be concluded. Event: `vfs-statistics-change` with the choice.
 */
export class StatisticsView extends LitElement {
  static override properties = {
    store: { attribute: false },
    ask: { attribute: false },
    hasContrast: { type: Boolean },
    choice: { attribute: false },
    statistics: { state: true },
    problem: { state: true },
    isBusy: { state: true },
  };

  declare store: Store;
  /** Another function whenever something else is painted; null for nothing painted. */
  declare ask: AskStatistics | null;
  declare hasContrast: boolean;
  declare choice: StatisticsChoice;
  private declare statistics: Statistics | null;
  private declare problem: Problem | null;
  private declare isBusy: boolean;

  private readonly live = new LiveSearch<Statistics>(
    (answer) => {
      this.statistics = answer;
      this.problem = null;
      this.isBusy = false;
    },
    (error) => {
      this.problem = error instanceof Problem ? error : new Problem(0, 'Something went wrong', String(error));
      this.isBusy = false;
    },
  );

  constructor() {
    super();
    this.ask = null;
    this.hasContrast = false;
    this.statistics = null;
    this.problem = null;
    this.isBusy = false;
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.live.cancel();
  }

  override willUpdate(changes: PropertyValues<this>) {
    if (!changes.has('ask') && !changes.has('choice') && !changes.has('hasContrast')) return;
    const { ask } = this;
    if (!ask) {
      this.live.cancel();
      this.statistics = null;
      this.isBusy = false;
      return;
    }
    const { by, measure } = this;
    this.isBusy = true;
    this.live.request((signal) => ask(by, measure, signal), true);
  }

  /** A store may lack the column that was chosen for another one. */
  private get by() {
    return this.store.columns.includes(this.choice.by) ? this.choice.by : 'label';
  }

  private get measure() {
    return this.hasContrast ? this.choice.measure : 'highlight';
  }

  override render() {
    if (!this.ask) {
      return html`<div class="empty">
        <h2>Nothing painted yet</h2>
        <p class="quiet">Paint over a part of the photograph. Here you then see how similar every photograph of the dataset is to it, label by label.</p>
      </div>`;
    }
    return html`
      <div class="choices" role="group" aria-label="What is compared">
        <label>
          <span>Groups by</span>
          <select @change=${(event: Event) => this.choose({ by: (event.target as HTMLSelectElement).value })}>
            ${['label', ...this.store.columns].map((column) => html`<option value=${column} ?selected=${column === this.by}>${column}</option>`)}
          </select>
        </label>
        ${this.hasContrast
          ? html`<label>
              <span>Similarity to</span>
              <select @change=${(event: Event) => this.choose({ measure: (event.target as HTMLSelectElement).value as Measure })}>
                ${Object.entries(measures).map(([measure, [title]]) => html`<option value=${measure} ?selected=${measure === this.measure}>${title}</option>`)}
              </select>
            </label>`
          : html`<p class="quiet">Paint a second region with <b>Against</b> to contrast the two.</p>`}
      </div>
      ${this.problem ? html`<div class="problem" role="alert"><b>${this.problem.message}.</b> ${this.problem.detail}</div>` : nothing}
      ${this.statistics
        ? html`<div class=${this.isBusy ? 'stale' : ''} aria-busy=${this.isBusy}>${this.renderStatistics(this.statistics)}</div>`
        : this.isBusy
          ? html`<p class="quiet" role="status">Comparing all photographs …</p>`
          : nothing}
    `;
  }

  private renderStatistics(statistics: Statistics) {
    const { groups, all } = statistics;
    const ordered = groups.toSorted((a, b) => b.distribution.median - a.distribution.median);
    const label = measures[statistics.measure][1];
    return html`
      <h2>${all.count.toLocaleString('en')} photographs by ${statistics.by}</h2>
      <p class="quiet">
        For each photograph the best region counts. Your own photograph takes no part.
        ${statistics.nonFiniteImages > 0 ? `${statistics.nonFiniteImages} photographs are left out for infinities or NaN.` : ''}
        ${statistics.omittedGroups > 0 ? `Only the ${groups.length} largest groups are shown and tested; ${statistics.omittedGroups} smaller ones are not.` : ''}
      </p>
      ${groups.length === 0
        ? html`<p>No photograph has a value in ${statistics.by}: there are no groups to compare.</p>`
        : html`<vfs-distribution-chart .groups=${[{ name: 'all', distribution: all }, ...ordered]} .label=${label}></vfs-distribution-chart>
            ${this.renderTable(statistics, ordered)}`}
      ${statistics.precision ? this.renderPrecision(statistics.precision) : nothing} ${this.renderConclusions(statistics)}
    `;
  }

  private renderTable(statistics: Statistics, ordered: readonly GroupStatistics[]) {
    return html`<p class="quiet" id="numbers">
        Each group against all other photographs. <b>Difference</b>: of the medians, with the 95 % bootstrap interval. <b>Wins</b>: how often a photograph of the
        group is more similar than another one; 50 % is no difference. <b>p</b>: how often chance alone gives such a difference in any of the ${ordered.length}
        groups (${statistics.permutations.toLocaleString('en')} permutations); <b>alone</b>: in this group, had no others been looked at.
      </p>
      <div class="scroll" tabindex="0" role="group" aria-label="The numbers of the groups">
        <table aria-describedby="numbers">
          <thead>
            <tr>
              <th scope="col">${statistics.by}</th>
              <th scope="col">Photographs</th>
              <th scope="col">Median</th>
              <th scope="col">Middle half</th>
              <th scope="col">Difference</th>
              <th scope="col">95 % interval</th>
              <th scope="col">Wins</th>
              <th scope="col">p</th>
              <th scope="col">alone</th>
            </tr>
          </thead>
          <tbody>
            ${ordered.map(
              ({ name, distribution, againstOthers, test }) => html`<tr class=${test && test.adjustedPValue < 0.05 ? 'sure' : ''}>
                <th scope="row" title=${name}>${name}</th>
                <td>${distribution.count.toLocaleString('en')}</td>
                <td>${distribution.median.toFixed(3)}</td>
                <td>${distribution.lowerQuartile.toFixed(3)} to ${distribution.upperQuartile.toFixed(3)}</td>
                <td>${againstOthers ? signed(againstOthers.difference) : '–'}</td>
                <td>${againstOthers ? `${signed(againstOthers.low)} to ${signed(againstOthers.high)}` : '–'}</td>
                <td>${test ? `${(100 * test.superiority).toFixed(0)} %` : '–'}</td>
                <td class="p">${test ? formatP(test.adjustedPValue) : '–'}</td>
                <td>${test ? formatP(test.pValue) : '–'}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <button class="button" type="button" @click=${() => offerText('statistics.json', 'application/json', JSON.stringify(statistics, null, 2))}>Save numbers as JSON</button>`;
  }

  private renderPrecision(precision: NonNullable<Statistics['precision']>) {
    return html`<p class="quiet precision" id="precision">
        Precision: the share of the most similar photographs that are labelled <b>${precision.labels.join(' or ')}</b>, as yours is. Chance alone would give
        ${(100 * precision.chance).toFixed(1)} %.
      </p>
      <div class="scroll" tabindex="0" role="group" aria-label="Precision">
        <table aria-describedby="precision">
          <thead>
            <tr>
              <th scope="col">Of the first</th>
              ${precision.at.map(({ depth }) => html`<th scope="col">${depth}</th>`)}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Precision</th>
              ${precision.at.map(({ share }) => html`<td>${(100 * share).toFixed(0)} %</td>`)}
            </tr>
          </tbody>
        </table>
      </div>`;
  }

  private renderConclusions(statistics: Statistics) {
    return html`<section class="conclusions" aria-label="What may be concluded">
      <h3>What may and may not be concluded</h3>
      <p>
        A small <b>p</b> says that, for this highlight at the layer ${statistics.query.layer}, the photographs of a group are more or less similar than others by
        more than chance would give. It does not say that the network uses this region to tell the group apart, nor that the label causes it: groups may also differ
        in background, camera or place. One photograph with one highlight is one observation: repeat it with others before you speak of the whole network. Who
        tries many highlights until one of them gives a small p has not found anything yet. A p that is not small does not show that there is no difference; the
        interval tells how large it may be. Photographs of the same scene or person are not independent of each other, which makes p too small.
      </p>
    </section>`;
  }

  private choose(part: Partial<StatisticsChoice>) {
    this.dispatchEvent(new CustomEvent<StatisticsChoice>('vfs-statistics-change', { detail: { ...this.choice, ...part } }));
  }

  static override styles = [
    sharedStyles,
    css`
      .choices {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 10px 16px;
        margin-bottom: 16px;
      }
      .choices p {
        margin: 8px 0;
      }
      label span {
        display: block;
        margin-bottom: 2px;
        color: var(--quiet);
        font-size: 13px;
      }
      p {
        max-width: 85ch;
        margin: 4px 0 14px;
      }
      .empty {
        max-width: 60ch;
        padding: 8vh 0;
      }
      .stale {
        opacity: 0.55;
      }
      #numbers {
        margin-top: 18px;
      }
      .scroll {
        margin-bottom: 8px;
        overflow-x: auto;
      }
      .scroll th,
      .scroll td {
        white-space: nowrap;
      }
      .scroll tbody th {
        position: sticky;
        left: 0;
        max-width: 17ch;
        overflow: hidden;
        background: var(--page);
        text-overflow: ellipsis;
      }
      .sure .p {
        color: var(--accent);
        font-weight: 700;
      }
      .precision {
        margin-top: 22px;
      }
      .conclusions {
        margin-top: 26px;
      }
      .problem {
        margin-bottom: 16px;
        padding: 12px 16px;
        border: 1px solid var(--problem);
        border-left-width: 6px;
        border-radius: 8px;
        background: var(--card);
      }
    `,
  ];
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

const formatP = (p: number) => (p < 0.0001 ? '< 0.0001' : p < 0.1 ? p.toFixed(4) : p.toFixed(2));

customElements.define('vfs-statistics', StatisticsView);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-statistics': StatisticsView;
  }
}
