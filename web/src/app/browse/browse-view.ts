import { VirtualizerController } from '@tanstack/lit-virtual';
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { Problem, listImages, thumbnailUrl, type Store, type StoreImage } from '../../api/client';
import { nameOf } from '../query';
import { sharedStyles } from '../shared-styles';

const pageSize = 250;
const tile = 132;
const gap = 8;
/** Pages that are kept; further ones are read again when they come into view. */
const maximumPages = 40;

/**
 * All photographs of the dataset, by label and by any condition over its columns. Only what is in view is in the document, so
 * that a hundred thousand are as quick as a hundred. Event: `vfs-pick` with the image.
 */
export class BrowseView extends LitElement {
  static override properties = {
    store: { attribute: false },
    selected: { type: Number },
    label: { state: true },
    where: { state: true },
    total: { state: true },
    perRow: { state: true },
    problem: { state: true },
    focused: { state: true },
  };

  declare store: Store;
  /** The row that is painted on; -1 for none of this store. */
  declare selected: number;
  private declare label: string;
  private declare where: string;
  private declare total: number | null;
  private declare perRow: number;
  private declare problem: Problem | null;
  private declare focused: number;
  private pages = new Map<number, StoreImage[] | null>();

  private readonly sizes = new ResizeObserver(([entry]) => {
    this.perRow = Math.max(2, Math.floor((entry!.contentRect.width + gap) / (tile + gap)));
  });

  private readonly rows = new VirtualizerController<HTMLElement, HTMLElement>(this, {
    count: 0,
    getScrollElement: () => this.renderRoot?.querySelector('.window') ?? null,
    estimateSize: () => tile + gap,
    overscan: 3,
  });

  constructor() {
    super();
    this.selected = -1;
    this.label = '';
    this.where = '';
    this.total = null;
    this.perRow = 6;
    this.problem = null;
    this.focused = 0;
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  override willUpdate(changes: PropertyValues<this>) {
    if (changes.has('store')) {
      this.label = '';
      this.where = '';
      this.restart();
    }
  }

  override firstUpdated() {
    this.sizes.observe(this.renderRoot.querySelector('.window')!);
  }

  override updated() {
    const virtualizer = this.rows.getVirtualizer();
    const count = Math.ceil((this.total ?? 0) / this.perRow);
    if (virtualizer.options.count !== count) {
      virtualizer.setOptions({ ...virtualizer.options, count });
      this.requestUpdate();
    }
    for (const row of virtualizer.getVirtualItems()) {
      for (let place = row.index * this.perRow; place < Math.min((row.index + 1) * this.perRow, this.total ?? 0); place += 1) this.need(Math.floor(place / pageSize));
    }
  }

  override render() {
    const { store, total } = this;
    const virtualizer = this.rows.getVirtualizer();
    return html`
      <div class="choices" role="group" aria-label="Which photographs">
        ${store.labels.length > 0
          ? html`<label>
              <span>Label</span>
              <select
                @change=${(event: Event) => {
                  this.label = (event.target as HTMLSelectElement).value;
                  this.restart();
                }}
              >
                <option value="">all</option>
                ${store.labels.map(
                  (item) => html`<option value=${item.label} ?selected=${item.label === this.label}>${item.label} (${item.images.toLocaleString('en')})</option>`,
                )}
              </select>
            </label>`
          : nothing}
        <label class="condition">
          <span>Condition in SQL over ${['path', 'label', ...store.columns].join(', ')}</span>
          <input
            type="text"
            spellcheck="false"
            placeholder="such as path LIKE '%a%'"
            .value=${this.where}
            @change=${(event: Event) => {
              this.where = (event.target as HTMLInputElement).value.trim();
              this.restart();
            }}
          />
        </label>
        <p class="quiet count" role="status">${total === null ? 'Loading …' : `${total.toLocaleString('en')} ${total === 1 ? 'photograph' : 'photographs'}`}</p>
      </div>
      ${this.problem ? html`<div class="problem" role="alert"><b>${this.problem.message}.</b> ${this.problem.detail}</div>` : nothing}
      ${total === 0 ? html`<p class="quiet">No photograph meets this.</p>` : nothing}
      <div class="window" role="listbox" aria-label="Photographs of ${store.id}" tabindex=${total ? -1 : 0} @keydown=${this.moveByKey}>
        <div role="presentation" style="position:relative;height:${virtualizer.getTotalSize()}px">
          ${virtualizer.getVirtualItems().map(
            (row) => html`<div class="row" role="presentation" style="transform:translateY(${row.start}px);grid-template-columns:repeat(${this.perRow}, minmax(0, 1fr))">
              ${Array.from({ length: Math.max(0, Math.min(this.perRow, (total ?? 0) - row.index * this.perRow)) }, (_, column) => this.renderTile(row.index * this.perRow + column))}
            </div>`,
          )}
        </div>
      </div>
      <p class="quiet">Choose a photograph to paint on it.</p>
    `;
  }

  private renderTile(place: number) {
    const image = this.pages.get(Math.floor(place / pageSize))?.[place % pageSize];
    const name = image ? nameOf(image.path) : '';
    return html`<button
      type="button"
      role="option"
      aria-selected=${image !== undefined && image.index === this.selected}
      aria-posinset=${place + 1}
      aria-setsize=${this.total ?? 0}
      aria-label=${image ? `${name}${image.label ? `, ${image.label}` : ''}` : `photograph ${place + 1}, loading`}
      title=${image ? `${image.path}${image.label ? ` · ${image.label}` : ''}` : ''}
      data-place=${place}
      tabindex=${place === this.focused ? 0 : -1}
      @click=${() => image && this.pick(place, image)}
    >
      ${image ? html`<img src=${thumbnailUrl(this.store.id, image.index, 2 * tile)} alt="" width=${tile} height=${tile} decoding="async" />` : nothing}
    </button>`;
  }

  private pick(place: number, image: StoreImage) {
    this.focused = place;
    this.dispatchEvent(new CustomEvent<StoreImage>('vfs-pick', { detail: image }));
  }

  private restart() {
    this.pages = new Map();
    this.total = null;
    this.problem = null;
    this.focused = 0;
    this.rows.getVirtualizer().scrollToOffset(0);
    this.need(0);
  }

  private need(page: number) {
    if (this.pages.has(page) || this.problem) return;
    const { pages } = this;
    // What was in view longest ago goes first.
    for (const old of pages.keys()) if (pages.size >= maximumPages) pages.delete(old);
    pages.set(page, null);
    const label = this.label && `list_contains(labels, '${this.label.replaceAll("'", "''")}')`;
    const where = label && this.where ? `${label} AND (${this.where}\n)` : label || this.where;
    listImages(this.store.id, page * pageSize, pageSize, where).then(
      (answer) => {
        if (this.pages !== pages) return;
        pages.set(page, answer.images);
        this.total = answer.total;
        this.requestUpdate();
      },
      (error) => {
        if (this.pages !== pages) return;
        this.problem = error instanceof Problem ? error : new Problem(0, 'Something went wrong', String(error));
        this.total = 0;
      },
    );
  }

  private moveByKey(event: KeyboardEvent) {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.perRow, ArrowDown: this.perRow, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined || !this.total) return;
    event.preventDefault();
    this.focused = Math.min(this.total - 1, Math.max(0, this.focused + step));
    this.rows.getVirtualizer().scrollToIndex(Math.floor(this.focused / this.perRow));
    this.focusTile();
  }

  /** The tile comes into the document only after it was scrolled to. */
  private focusTile(tries = 10) {
    const found = this.renderRoot.querySelector<HTMLElement>(`[data-place="${this.focused}"]`);
    if (found) found.focus();
    else if (tries > 0) requestAnimationFrame(() => this.focusTile(tries - 1));
  }

  static override styles = [
    sharedStyles,
    css`
      .choices {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 10px 16px;
        margin-bottom: 12px;
      }
      label span {
        display: block;
        margin-bottom: 2px;
        color: var(--quiet);
        font-size: 13px;
      }
      .condition {
        flex: 1 1 220px;
        max-width: 480px;
      }
      .condition input {
        width: 100%;
      }
      .count {
        margin: 0;
        line-height: 38px;
        font-variant-numeric: tabular-nums;
      }
      .window {
        height: min(72vh, 1400px);
        overflow-y: auto;
        border-radius: 12px;
        scrollbar-gutter: stable;
      }
      .row {
        display: grid;
        position: absolute;
        top: 0;
        left: 0;
        gap: 8px;
        width: 100%;
        height: 132px;
      }
      .row button {
        min-width: 0;
        padding: 0;
        overflow: hidden;
        border: 0;
        border-radius: 10px;
        background: var(--line);
        cursor: pointer;
      }
      img {
        display: block;
        width: 100%;
        height: 132px;
        object-fit: cover;
      }
      .row button:focus-visible {
        outline-offset: -4px;
      }
      [aria-selected='true'] {
        outline: 4px solid var(--accent);
        outline-offset: -4px;
      }
      .problem {
        margin-bottom: 12px;
        padding: 12px 16px;
        border: 1px solid var(--problem);
        border-left-width: 6px;
        border-radius: 8px;
        background: var(--card);
      }
    `,
  ];
}

customElements.define('vfs-browse', BrowseView);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-browse': BrowseView;
  }
}
