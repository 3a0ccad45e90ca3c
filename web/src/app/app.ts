import { LitElement, css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import {
  Problem,
  cropUrl,
  listImages,
  listStores,
  search,
  uploadPhotograph,
  type QueryImage,
  type SearchReport,
  type Store,
} from '../api/client';
import type { MaskChange } from '../painting/highlight';
import type { MultiHighlightElement } from '../painting/multi-highlight';
import { LiveSearch } from './live-search';
import './result-card';

interface Query {
  image: QueryImage;
  title: string;
}

const resultsShown = 24;
const stripLength = 500;

/** The page: a photograph to paint on, and the most similar regions of the store. */
export class App extends LitElement {
  static override properties = {
    stores: { state: true },
    store: { state: true },
    layer: { state: true },
    queries: { state: true },
    selected: { state: true },
    report: { state: true },
    problem: { state: true },
    isSearching: { state: true },
    isUploading: { state: true },
  };

  private declare stores: Store[] | null;
  private declare store: Store | null;
  private declare layer: string;
  private declare queries: Query[];
  private declare selected: number;
  private declare report: SearchReport | null;
  private declare problem: Problem | null;
  private declare isSearching: boolean;
  private declare isUploading: boolean;

  private readonly live = new LiveSearch<SearchReport>(
    (report) => {
      this.report = report;
      this.problem = null;
      this.isSearching = false;
    },
    (error) => this.fail(error),
  );

  constructor() {
    super();
    this.stores = null;
    this.store = null;
    this.layer = '';
    this.queries = [];
    this.selected = 0;
    this.report = null;
    this.problem = null;
    this.isSearching = false;
    this.isUploading = false;
  }

  override connectedCallback() {
    super.connectedCallback();
    void this.start();
  }

  override render() {
    return html`
      <header>
        <h1>Visual Feature Search</h1>
        <p>Paint on what interests you. The regions that look most alike <em>to the network</em> appear beside it.</p>
      </header>
      ${this.stores === null && !this.problem ? html`<p class="notice" role="status">Loading the stores …</p>` : nothing}
      ${this.problem ? this.renderProblem(this.problem) : nothing}
      ${this.store ? this.renderWorkplace(this.store) : nothing}
    `;
  }

  private renderWorkplace(store: Store) {
    return html`
      <main>
        <section class="query" aria-label="Your query">
          <div class="choices">
            <label>
              <span>Dataset</span>
              <select @change=${(event: Event) => this.openStore((event.target as HTMLSelectElement).value)}>
                ${this.stores!.map((item) => html`<option value=${item.id} ?selected=${item === store}>${item.id} (${item.images.toLocaleString('en')})</option>`)}
              </select>
            </label>
            <label>
              <span>Layer</span>
              <select @change=${(event: Event) => this.chooseLayer((event.target as HTMLSelectElement).value)}>
                ${store.layers.map(
                  (item) => html`<option value=${item.name} ?selected=${item.name === this.layer}>
                    ${item.grid.height} × ${item.grid.width} · ${item.name}
                  </option>`,
                )}
              </select>
            </label>
          </div>
          <vfs-multi-highlight
            .pictures=${this.queries.map((query) => ({ src: cropUrl(store.id, query.image), title: query.title }))}
            .selected=${this.selected}
            .size=${store.inputWidth}
            .height=${store.inputHeight}
            .radius=${Math.round(store.inputWidth / 14)}
            @vfs-select=${(event: CustomEvent<number>) => this.choosePhotograph(event.detail)}
            @vfs-mask-change=${(event: CustomEvent<MaskChange>) => this.maskChanged(event.detail)}
          >
            <label slot="actions" class="upload">
              <input type="file" accept="image/*" @change=${this.upload} />
              <span>${this.isUploading ? 'Reading …' : 'Upload'}</span>
            </label>
          </vfs-multi-highlight>
          <p class="hint">
            You paint on the part of the photograph that the network sees. ${store.model ? html`Network: <b>${store.model}</b>.` : nothing}
          </p>
        </section>
        <section class="results" aria-label="Most similar regions" aria-busy=${this.isSearching}>${this.renderResults(store)}</section>
      </main>
    `;
  }

  private renderResults(store: Store) {
    const report = this.report;
    if (!report) {
      return html`<div class="empty">
        <h2>Nothing painted yet</h2>
        <p>Choose a photograph, then paint over a part of it: an eye, a wheel, a doorway. Let go, and change it as you like.</p>
        ${this.renderExplanation()}
      </div>`;
    }
    const { stats, query } = report;
    const own = this.queries[this.selected]?.image;
    return html`
      <div class="summary">
        <h2>The ${report.results.length} most similar regions</h2>
        <p>
          of ${stats.images.toLocaleString('en')} photographs, every placement compared, in ${stats.milliseconds.toFixed(1)} ms
          ${stats.nonFiniteImages > 0 ? html`· ${stats.nonFiniteImages} left out for infinities or NaN` : nothing}
        </p>
      </div>
      <div class="grid">
        ${repeat(
          report.results,
          (match) => match.index,
          (match) => html`<vfs-result-card
            data-index=${match.index}
            .match=${match}
            .grid=${query.grid}
            .store=${store.id}
            .aspect=${store.inputWidth / store.inputHeight}
            .isQuery=${own !== undefined && 'index' in own && own.index === match.index}
          ></vfs-result-card>`,
        )}
      </div>
      ${this.renderExplanation()}
    `;
  }

  private renderExplanation() {
    return html`<details>
      <summary>What do the number and the lit region mean?</summary>
      <p>
        The network turns each photograph into a grid of cells, each described by hundreds of numbers. What you paint picks some
        cells of your photograph. That pattern of cells is laid over every place of every other photograph, and the
        <b>similarity</b> is the cosine between the two: 1 means the same to the network, 0 means unrelated. The <b>lit region</b> is
        the place where a photograph is most similar. It is as coarse as the grid of the layer, and each cell also knows something
        of its surroundings.
      </p>
    </details>`;
  }

  private renderProblem(problem: Problem) {
    return html`<div class="problem" role="alert"><b>${problem.message}.</b> ${problem.detail}</div>`;
  }

  private async start() {
    try {
      this.stores = await listStores();
      const first = this.stores[0];
      if (first) await this.openStore(first.id);
    } catch (error) {
      this.fail(error);
    }
  }

  private async openStore(id: string) {
    const store = this.stores!.find((item) => item.id === id)!;
    this.clear();
    this.store = null;
    try {
      if (store.inputWidth === 0) {
        throw new Problem(0, `${store.id} cannot be searched by photographs`, 'Another tool wrote it, and it does not say which model it was made with.');
      }
      const images = await listImages(store.id, stripLength);
      this.queries = interleave(images).map((image) => ({
        image: { index: image.index },
        title: image.label ? `${nameOf(image.path)} (${image.label})` : nameOf(image.path),
      }));
      this.selected = 0;
      this.layer = store.layers.at(-1)!.name;
      this.store = store;
    } catch (error) {
      this.fail(error);
    }
  }

  private chooseLayer(name: string) {
    this.layer = name;
    this.searchNow();
  }

  private choosePhotograph(place: number) {
    this.selected = place;
    this.clear();
  }

  private async upload(event: Event) {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (!file) return;
    this.isUploading = true;
    try {
      const { id } = await uploadPhotograph(file);
      this.clear();
      this.queries = [{ image: { upload: id }, title: file.name }, ...this.queries];
      this.selected = 0;
    } catch (error) {
      this.fail(error);
    } finally {
      this.isUploading = false;
      input.value = '';
    }
  }

  private maskChanged(change: MaskChange) {
    if (change.isEmpty) this.clear();
    else this.searchNow();
  }

  private searchNow() {
    const store = this.store;
    const query = this.queries[this.selected];
    const highlight = this.renderRoot.querySelector<MultiHighlightElement>('vfs-multi-highlight')?.highlight;
    if (!store || !query || !highlight || highlight.isEmpty) return;
    this.isSearching = true;
    this.live.request((signal) => search(store.id, query.image, highlight.toPng(), this.layer, resultsShown, signal));
  }

  private clear() {
    this.live.cancel();
    this.report = null;
    this.problem = null;
    this.isSearching = false;
  }

  private fail(error: unknown) {
    this.isSearching = false;
    this.problem = error instanceof Problem ? error : new Problem(0, 'Something went wrong', String(error));
  }

  static override styles = css`
    :host {
      display: block;
      max-width: 1720px;
      margin: 0 auto;
      padding: 20px clamp(14px, 3vw, 40px) 60px;
      --vfs-accent: var(--accent);
      --vfs-accent-ink: var(--accent-ink);
      --vfs-brush: var(--brush);
    }
    header {
      display: flex;
      flex-wrap: wrap;
      align-items: baseline;
      gap: 2px 18px;
      margin-bottom: 18px;
    }
    h1 {
      margin: 0;
      font-size: 24px;
      letter-spacing: -0.02em;
    }
    header p {
      margin: 0;
      color: var(--quiet);
    }
    main {
      display: grid;
      grid-template-columns: minmax(300px, 440px) minmax(0, 1fr);
      align-items: start;
      gap: 28px;
    }
    .query {
      position: sticky;
      top: 16px;
      box-sizing: border-box;
      min-width: 0;
      padding: 16px;
      border-radius: 16px;
      background: var(--card);
      box-shadow: var(--shadow);
    }
    .choices {
      display: grid;
      grid-template-columns: 1fr 2fr;
      gap: 10px;
      margin-bottom: 14px;
    }
    .choices label {
      min-width: 0;
    }
    .choices span {
      display: block;
      margin-bottom: 2px;
      color: var(--quiet);
      font-size: 13px;
    }
    select {
      width: 100%;
      min-height: 38px;
      padding: 0 8px;
      border: 1px solid var(--line);
      border-radius: 8px;
      background: var(--page);
      color: inherit;
      font: inherit;
      font-size: 14px;
    }
    .upload {
      display: grid;
      flex: none;
      position: relative;
      place-items: center;
      box-sizing: border-box;
      width: 72px;
      height: 72px;
      border: 2px dashed var(--quiet);
      border-radius: 10px;
      font-size: 13px;
      font-weight: 600;
      cursor: pointer;
    }
    .upload:hover {
      border-color: var(--accent);
      color: var(--accent);
    }
    .upload input {
      position: absolute;
      inset: 0;
      opacity: 0;
      cursor: pointer;
    }
    .upload:focus-within,
    select:focus-visible,
    summary:focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: 2px;
    }
    .hint {
      margin: 10px 0 0;
      color: var(--quiet);
      font-size: 13px;
    }
    .summary h2,
    .empty h2 {
      margin: 0;
      font-size: 19px;
    }
    .summary p {
      margin: 2px 0 14px;
      color: var(--quiet);
      font-size: 14px;
      font-variant-numeric: tabular-nums;
    }
    .grid {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(170px, 1fr));
      gap: 16px;
    }
    .empty {
      max-width: 60ch;
      padding: 8vh 0;
    }
    .empty p {
      color: var(--quiet);
    }
    details {
      max-width: 75ch;
      margin-top: 24px;
    }
    summary {
      color: var(--accent);
      font-weight: 600;
      cursor: pointer;
    }
    details p {
      color: var(--ink);
    }
    .problem {
      margin-bottom: 16px;
      padding: 12px 16px;
      border: 1px solid var(--problem);
      border-left-width: 6px;
      border-radius: 8px;
      background: var(--card);
    }
    .problem b {
      color: var(--problem);
    }
    .notice {
      color: var(--quiet);
    }
    @media (max-width: 800px) {
      main {
        grid-template-columns: minmax(0, 1fr);
        gap: 20px;
      }
      .query {
        position: static;
      }
      .grid {
        grid-template-columns: repeat(auto-fill, minmax(140px, 1fr));
        gap: 12px;
      }
    }
  `;
}

const nameOf = (path: string) =>
  path
    .split('/')
    .at(-1)!
    .replace(/\.[a-z]+$/i, '')
    .replaceAll(/[-_]/g, ' ');

/** One image of each label in turn, so that the front of the strip shows what there is. */
function interleave<T extends { label?: string }>(images: T[]): T[] {
  const byLabel = Map.groupBy(images, (image) => image.label ?? '');
  const groups = [...byLabel.values()];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, place) => groups.flatMap((group) => group.slice(place, place + 1))).flat();
}

customElements.define('vfs-app', App);
