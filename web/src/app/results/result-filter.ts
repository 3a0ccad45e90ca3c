import { LitElement, css, html, nothing } from 'lit';
import type { Store } from '../../api/client';

/** Which images are wanted besides being similar. */
export interface Filter {
  /** Only images with this label; empty for all. */
  label: string;
  /** At most one image for each value of this column; empty for all. */
  unique: string;
  /** A condition in SQL over the columns; empty for none. */
  where: string;
  /** Only images at least this similar; 0 for all. */
  least: number;
  /** Whether the query's own photograph is left out. */
  leaveOutOwn: boolean;
  /** How many windows of each image are shown. */
  windows: number;
  /** Rows that are not to be shown. */
  hidden: readonly number[];
  /** Columns of the manifest that are shown with each result. */
  columns: readonly string[];
}

export const noFilter: Filter = { label: '', unique: '', where: '', least: 0, leaveOutOwn: false, windows: 1, hidden: [], columns: [] };

/** The condition over the columns that a filter's label and its own condition make together; undefined for none. */
export function conditionOf(filter: Filter): string | undefined {
  const label = filter.label && `list_contains(labels, '${filter.label.replaceAll("'", "''")}')`;
  return label && filter.where ? `${label} AND (${filter.where}\n)` : label || filter.where || undefined;
}

/** The bar above the results. Event: `vfs-filter-change` with the new filter. */
export class ResultFilter extends LitElement {
  static override properties = {
    store: { attribute: false },
    value: { attribute: false },
    isOpen: { state: true },
  };

  declare store: Store;
  declare value: Filter;
  /** Whether the choices are shown where the window is too narrow for them to be in view always. */
  private declare isOpen: boolean;

  constructor() {
    super();
    this.isOpen = false;
  }

  override render() {
    const { store, value } = this;
    const columns = ['label', ...store.columns];
    const count = [value.label, value.unique, value.least > 0, value.where, value.windows > 1, value.leaveOutOwn, value.columns.length > 0].filter(Boolean).length;
    return html`
      <button type="button" class="open" aria-expanded=${this.isOpen} @click=${() => (this.isOpen = !this.isOpen)}>
        ${this.isOpen ? 'Hide the filters' : 'Filters'}${count > 0 ? ` (${count} set)` : ''}
      </button>
      <div class="bar ${this.isOpen ? 'opened' : ''}" role="group" aria-label="Which photographs are wanted">
        ${store.labels.length > 0
          ? html`<label>
              <span>Label</span>
              <select @change=${(event: Event) => this.change({ label: (event.target as HTMLSelectElement).value })}>
                <option value="">all</option>
                ${store.labels.map(
                  (item) => html`<option value=${item.label} ?selected=${item.label === value.label}>${item.label} (${item.images.toLocaleString('en')})</option>`,
                )}
              </select>
            </label>`
          : nothing}
        <label>
          <span>One for each</span>
          <select @change=${(event: Event) => this.change({ unique: (event.target as HTMLSelectElement).value })}>
            <option value="">photograph</option>
            ${columns.map((column) => html`<option value=${column} ?selected=${column === value.unique}>${column}</option>`)}
          </select>
        </label>
        <label class="least">
          <span>Similarity at least <b>${value.least > 0 ? value.least.toFixed(2) : 'any'}</b></span>
          <input
            type="range"
            min="0"
            max="0.99"
            step="0.01"
            .value=${String(value.least)}
            @input=${(event: Event) => this.change({ least: Number((event.target as HTMLInputElement).value) })}
          />
        </label>
        <label class="condition">
          <span>Condition in SQL</span>
          <input
            type="text"
            spellcheck="false"
            placeholder=${`such as label <> '${store.labels[0]?.label ?? 'cat'}'`}
            .value=${value.where}
            @change=${(event: Event) => this.change({ where: (event.target as HTMLInputElement).value.trim() })}
          />
        </label>
        <label>
          <span>Regions each</span>
          <select @change=${(event: Event) => this.change({ windows: Number((event.target as HTMLSelectElement).value) })}>
            ${[1, 2, 3, 5].map((count) => html`<option value=${count} ?selected=${count === value.windows}>${count === 1 ? 'the best' : `up to ${count}`}</option>`)}
          </select>
        </label>
        ${store.columns.length > 0
          ? html`<details class="columns">
              <summary>Show columns${value.columns.length > 0 ? ` (${value.columns.length})` : ''}</summary>
              <div>
                ${store.columns.map(
                  (column) => html`<label class="own">
                    <input type="checkbox" .checked=${value.columns.includes(column)} @change=${(event: Event) => this.showColumn(column, (event.target as HTMLInputElement).checked)} />
                    <span>${column}</span>
                  </label>`,
                )}
              </div>
            </details>`
          : nothing}
        <label class="own">
          <input type="checkbox" .checked=${value.leaveOutOwn} @change=${(event: Event) => this.change({ leaveOutOwn: (event.target as HTMLInputElement).checked })} />
          <span>Leave out this photograph</span>
        </label>
        ${value.hidden.length > 0
          ? html`<button type="button" @click=${() => this.change({ hidden: [] })}>Show ${value.hidden.length} hidden</button>`
          : nothing}
      </div>
    `;
  }

  private showColumn(column: string, isShown: boolean) {
    const others = this.value.columns.filter((name) => name !== column);
    this.change({ columns: isShown ? [...others, column] : others });
  }

  private change(part: Partial<Filter>) {
    const detail = { ...this.value, ...part };
    this.dispatchEvent(new CustomEvent<Filter>('vfs-filter-change', { detail }));
  }

  static override styles = css`
    .bar {
      display: flex;
      flex-wrap: wrap;
      align-items: end;
      gap: 10px 14px;
      margin-bottom: 16px;
    }
    label {
      display: grid;
      min-width: 0;
    }
    label > span {
      display: block;
      margin-bottom: 2px;
      color: var(--quiet);
      font-size: 13px;
      font-variant-numeric: tabular-nums;
    }
    label > span b {
      color: var(--ink);
      font-weight: 600;
    }
    select,
    input[type='text'] {
      box-sizing: border-box;
      max-width: 150px;
      min-height: 38px;
      padding: 0 8px;
      border: 1px solid var(--line);
      border-radius: 8px;
      background: var(--card);
      color: inherit;
      font: inherit;
      font-size: 14px;
    }
    input[type='range'] {
      width: 150px;
      height: 38px;
      margin: 0;
      accent-color: var(--accent);
    }
    .condition {
      flex: 1 1 190px;
      max-width: 320px;
    }
    .condition input {
      width: 100%;
      max-width: none;
    }
    .own {
      display: flex;
      align-items: center;
      gap: 6px;
      min-height: 38px;
    }
    .own span {
      margin: 0;
      color: inherit;
      font-size: 14px;
    }
    .own input {
      width: 18px;
      height: 18px;
      margin: 0;
      accent-color: var(--accent);
    }
    button {
      min-height: 38px;
      padding: 0 12px;
      border: 1px solid var(--line);
      border-radius: 8px;
      background: var(--card);
      color: inherit;
      font: inherit;
      font-size: 14px;
      cursor: pointer;
    }
    .open {
      display: none;
      margin-bottom: 12px;
    }
    @media (max-width: 800px) {
      .open {
        display: block;
      }
      .bar:not(.opened) {
        display: none;
      }
    }
    .columns {
      position: relative;
      min-height: 38px;
      font-size: 14px;
      line-height: 38px;
    }
    .columns summary {
      cursor: pointer;
    }
    .columns div {
      position: absolute;
      z-index: 2;
      min-width: 180px;
      max-height: 260px;
      padding: 4px 14px;
      overflow: auto;
      border: 1px solid var(--line);
      border-radius: 10px;
      background: var(--card);
      box-shadow: var(--shadow);
    }
    :focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: 2px;
    }
  `;
}

customElements.define('vfs-result-filter', ResultFilter);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-result-filter': ResultFilter;
  }
}
