import { LitElement, css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import {
  Problem,
  compareLayers,
  cropUrl,
  listImages,
  listStores,
  mapWindows,
  search,
  uploadPhotograph,
  type Comparison,
  type Match,
  type QueryImage,
  type SearchReport,
  type Store,
  type StoreImage,
  type WindowMap,
} from '../api/client';
import type { MaskChange } from '../painting/highlight';
import type { MultiHighlightElement } from '../painting/multi-highlight';
import './comparison';
import type { RegionUse } from './comparison';
import { fromLink, toLink, type LinkState } from './link-state';
import { LiveSearch } from './live-search';
import './result-card';
import { conditionOf, noFilter, type Filter } from './result-filter';
import { offer, toCsv } from './save';

interface Query {
  image: QueryImage;
  title: string;
}

/** Results at first, and added whenever the end of the list comes into view. */
const resultsStep = 24;
const maximumResults = 1000;
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
    filter: { state: true },
    compare: { state: true },
    comparison: { state: true },
    isCopied: { state: true },
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
  private declare filter: Filter;
  private declare compare: boolean;
  private declare comparison: Comparison | null;
  private declare isCopied: boolean;
  private shown = resultsStep;
  private remembering = 0;
  private maps = new Map<string, Promise<WindowMap>>();
  private readonly end = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.showMore(), { rootMargin: '600px' });

  private readonly live = new LiveSearch<SearchReport | Comparison>(
    (answer) => {
      this.comparison = 'rows' in answer ? answer : null;
      this.report = 'rows' in answer ? answer.rows.find((row) => row.query.layer === this.layer) ?? answer.rows[0]! : answer;
      this.maps = new Map();
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
    this.filter = noFilter;
    this.compare = false;
    this.comparison = null;
    this.isCopied = false;
  }

  override connectedCallback() {
    super.connectedCallback();
    addEventListener('popstate', this.goToLink);
    void this.start();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('popstate', this.goToLink);
    this.end.disconnect();
  }

  override updated() {
    this.end.disconnect();
    const mark = this.renderRoot.querySelector('.end');
    if (mark) this.end.observe(mark);
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
            ${store.layers.length > 1
              ? html`<label class="compare">
                  <input type="checkbox" .checked=${this.compare} @change=${(event: Event) => this.chooseComparison((event.target as HTMLInputElement).checked)} />
                  <span>Compare all ${store.layers.length} layers</span>
                </label>`
              : nothing}
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
        <section class="results" aria-label="Most similar regions" aria-busy=${this.isSearching}>
          ${this.report ? html`<vfs-result-filter .store=${store} .value=${this.filter} @vfs-filter-change=${(event: CustomEvent<Filter>) => this.chooseFilter(event.detail)}></vfs-result-filter>` : nothing}
          ${this.renderResults(store)}
        </section>
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
    const { stats } = report;
    const own = this.queries[this.selected]?.image;
    return html`
      <div class="summary">
        <h2>${this.comparison ? `The most similar regions at ${this.comparison.rows.length} layers` : report.results.length === 0 ? 'No photograph is like this' : `The ${report.results.length} most similar regions`}</h2>
        <p>
          of ${stats.images.toLocaleString('en')} photographs, every placement compared, in
          ${this.reports.reduce((sum, row) => sum + row.stats.milliseconds, 0).toFixed(1)} ms
          ${stats.nonFiniteImages > 0 ? html`· ${stats.nonFiniteImages} left out for infinities or NaN` : nothing}
        </p>
        <div class="keep" role="group" aria-label="Keep and share">
          <button type="button" @click=${this.copyLink}>${this.isCopied ? 'Link copied' : 'Copy link'}</button>
          <button type="button" @click=${() => offer('results.csv', 'text/csv', toCsv(this.reports))}>Save CSV</button>
          <button type="button" @click=${() => offer('results.json', 'application/json', JSON.stringify(this.comparison ?? this.report, null, 2))}>Save JSON</button>
        </div>
      </div>
      ${this.comparison ? this.renderComparison(store, this.comparison, own) : this.renderGrid(store, report, own)}
      ${this.renderExplanation()}
    `;
  }

  /** The answer, or those of all layers that were compared. */
  private get reports() {
    return this.comparison?.rows ?? [this.report!];
  }

  private async copyLink() {
    this.remember();
    await navigator.clipboard.writeText(location.href);
    this.isCopied = true;
    setTimeout(() => (this.isCopied = false), 2000);
  }

  private renderComparison(store: Store, comparison: Comparison, own: QueryImage | undefined) {
    return html`<vfs-comparison
      .comparison=${comparison}
      .store=${store.id}
      .own=${own}
      .aspect=${store.inputWidth / store.inputHeight}
      .loadMap=${this.loadMap}
      @vfs-use-region=${(event: CustomEvent<RegionUse>) => this.useRegion(event.detail.match, event.detail.report)}
    ></vfs-comparison>`;
  }

  private renderGrid(store: Store, report: SearchReport, own: QueryImage | undefined) {
    return html`<div class="grid">
        ${repeat(
          report.results,
          (match) => match.index,
          (match) => html`<vfs-result-card
            data-index=${match.index}
            .match=${match}
            .grid=${report.query.grid}
            .store=${store.id}
            .aspect=${store.inputWidth / store.inputHeight}
            .isQuery=${own !== undefined && 'index' in own && own.index === match.index}
            .loadMap=${(index: number) => this.loadMap(index, report.query.layer)}
            @vfs-use-region=${(event: CustomEvent<Match>) => this.useRegion(event.detail, report)}
          ></vfs-result-card>`,
        )}
      </div>
      ${report.results.length === this.shown && this.shown < maximumResults ? html`<div class="end"></div>` : nothing}`;
  }

  private renderExplanation() {
    return html`<details>
      <summary>What do the number and the lit region mean?</summary>
      <p>
        The network turns each photograph into a grid of cells, each described by hundreds of numbers. What you paint picks some
        cells of your photograph. That pattern of cells is laid over every place of every other photograph, and the
        <b>similarity</b> is the cosine between the two: 1 means the same to the network, 0 means unrelated. The <b>lit region</b> is
        the place where a photograph is most similar. It is as coarse as the grid of the layer, and each cell also knows something
        of its surroundings. Point at a result to see how similar <b>every</b> place of it is: from violet, the least similar one of that photograph, to
        yellow, the most similar one. What is painted with <b>Against</b> counts against a photograph: how similar its best place is
        to that is taken off.
      </p>
    </details>`;
  }

  private renderProblem(problem: Problem) {
    return html`<div class="problem" role="alert"><b>${problem.message}.</b> ${problem.detail}</div>`;
  }

  private async start() {
    try {
      this.stores = await listStores();
      const link = fromLink(location.hash);
      if (link && this.stores.some((store) => store.id === link.store)) await this.show(link);
      else if (this.stores[0]) await this.openStore(this.stores[0].id);
    } catch (error) {
      this.fail(error);
    }
  }

  private async openStore(id: string) {
    const store = this.stores!.find((item) => item.id === id)!;
    this.clear();
    this.store = null;
    this.filter = noFilter;
    try {
      if (store.inputWidth === 0) {
        throw new Problem(0, `${store.id} cannot be searched by photographs`, 'Another tool wrote it, and it does not say which model it was made with.');
      }
      this.queries = interleave(await listImages(store.id, stripLength)).map(toQuery);
      this.selected = 0;
      this.layer = store.layers.at(-1)!.name;
      this.store = store;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Shows what a link says: the store, the photograph, the mask and what is wanted. */
  private async show(link: LinkState) {
    if (this.store?.id !== link.store) await this.openStore(link.store);
    if (!this.store) return;
    this.clear();
    this.layer = this.store.layers.some((layer) => layer.name === link.layer) ? link.layer : this.layer;
    this.filter = link.filter;
    this.compare = link.compare;
    await this.selectImage(link.image);
    if (link.mask) await (await this.painter())?.loadPng(link.mask, link.against);
  }

  private readonly goToLink = () => {
    const link = fromLink(location.hash);
    if (link) void this.show(link).catch((error) => this.fail(error));
  };

  /** Makes a photograph the one that is painted on; one that the strip does not have is put in front. */
  private async selectImage(image: QueryImage) {
    const same = (other: QueryImage) => ('index' in image ? 'index' in other && other.index === image.index : 'upload' in other && other.upload === image.upload);
    let place = this.queries.findIndex((query) => same(query.image));
    if (place < 0) {
      const [found] = 'index' in image ? await listImages(this.store!.id, 1, image.index) : [];
      this.queries = [found ? toQuery(found) : { image, title: 'an uploaded photograph' }, ...this.queries];
      place = 0;
    }
    this.selected = place;
  }

  private async painter() {
    await this.updateComplete;
    const multi = this.renderRoot.querySelector<MultiHighlightElement>('vfs-multi-highlight');
    await multi?.updateComplete;
    await multi?.highlight.updateComplete;
    return multi?.highlight ?? null;
  }

  /** Searches with the region of a result: its photograph and, as the mask, its window. */
  private async useRegion(match: Match, report: SearchReport) {
    const { grid } = report.query;
    const { window } = match;
    this.remember();
    history.pushState(null, '', location.href);
    this.clear();
    await this.selectImage({ index: match.index });
    (await this.painter())?.paintBox(window.x / grid.width, window.y / grid.height, window.width / grid.width, window.height / grid.height);
    scrollTo({ top: 0 });
  }

  private readonly loadMap = (index: number, layer: string) => {
    const query = this.queries[this.selected]!;
    const highlight = this.renderRoot.querySelector<MultiHighlightElement>('vfs-multi-highlight')!.highlight;
    const key = `${layer}/${index}`;
    let map = this.maps.get(key);
    if (!map) {
      map = mapWindows(this.store!.id, query.image, highlight.toPng(), layer, index);
      this.maps.set(key, map);
    }
    return map;
  };

  private chooseFilter(filter: Filter) {
    this.filter = filter;
    this.shown = resultsStep;
    this.searchNow();
  }

  private chooseComparison(compare: boolean) {
    this.compare = compare;
    this.shown = resultsStep;
    this.searchNow();
  }

  private showMore() {
    if (this.comparison || this.report?.results.length !== this.shown || this.live.isBusy) return;
    this.shown = Math.min(this.shown + resultsStep, maximumResults);
    this.searchNow();
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
    this.shown = resultsStep;
    if (change.isEmpty) this.clear();
    else this.searchNow();
  }

  private searchNow() {
    const store = this.store;
    const query = this.queries[this.selected];
    const highlight = this.renderRoot.querySelector<MultiHighlightElement>('vfs-multi-highlight')?.highlight;
    if (!store || !query || !highlight || highlight.isEmpty) return;
    this.isSearching = true;
    const { layer, filter } = this;
    const options = {
      top: this.shown,
      negativeMask: highlight.againstPng() || undefined,
      where: conditionOf(filter),
      unique: filter.unique || undefined,
      threshold: filter.least || undefined,
      excludeSelf: filter.leaveOutOwn,
    };
    this.live.request((signal) =>
      this.compare
        ? compareLayers(store.id, query.image, highlight.toPng(), options, signal)
        : search(store.id, query.image, highlight.toPng(), layer, options, signal),
    );
    // Browsers refuse addresses that change with every step of a stroke.
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => this.remember(), 250);
  }

  /** The address names what is shown, so that it can be kept or sent. */
  private remember() {
    clearTimeout(this.remembering);
    const highlight = this.renderRoot.querySelector<MultiHighlightElement>('vfs-multi-highlight')?.highlight;
    const image = this.queries[this.selected]?.image;
    if (!this.store || !image || !highlight || highlight.isEmpty) return;
    history.replaceState(null, '', toLink({ store: this.store.id, layer: this.layer, image, mask: highlight.toPng(), against: highlight.againstPng(), filter: this.filter, compare: this.compare }));
  }

  private clear() {
    clearTimeout(this.remembering);
    this.live.cancel();
    this.report = null;
    this.comparison = null;
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
      --vfs-against: var(--against);
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
    .choices .compare {
      display: flex;
      grid-column: 1 / -1;
      align-items: center;
      gap: 6px;
    }
    .choices .compare input {
      width: 18px;
      height: 18px;
      margin: 0;
      accent-color: var(--accent);
    }
    .choices .compare span {
      margin: 0;
      color: inherit;
      font-size: 14px;
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
    .summary {
      display: grid;
      grid-template-columns: 1fr auto;
      align-items: start;
      gap: 0 16px;
    }
    .summary p {
      grid-row: 2;
    }
    .keep {
      display: flex;
      flex-wrap: wrap;
      grid-row: 1 / 3;
      grid-column: 2;
      justify-content: end;
      gap: 8px;
    }
    .keep button {
      min-height: 36px;
      padding: 0 12px;
      border: 1px solid var(--line);
      border-radius: 8px;
      background: var(--card);
      color: inherit;
      font: inherit;
      font-size: 14px;
      cursor: pointer;
    }
    .keep button:focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: 2px;
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
    .end {
      height: 1px;
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
      .summary {
        grid-template-columns: 1fr;
      }
      .keep {
        grid-row: auto;
        grid-column: auto;
        justify-content: start;
        margin-bottom: 14px;
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

const toQuery = (image: StoreImage): Query => ({
  image: { index: image.index },
  title: image.label ? `${nameOf(image.path)} (${image.label})` : nameOf(image.path),
});

/** One image of each label in turn, so that the front of the strip shows what there is. */
function interleave<T extends { label?: string }>(images: T[]): T[] {
  const byLabel = Map.groupBy(images, (image) => image.label ?? '');
  const groups = [...byLabel.values()];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, place) => groups.flatMap((group) => group.slice(place, place + 1))).flat();
}

customElements.define('vfs-app', App);
