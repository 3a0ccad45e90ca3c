import { LitElement, html, nothing } from 'lit';
import {
  Problem,
  compare,
  cropUrl,
  describe,
  getImage,
  isSameImage,
  listImages,
  listStores,
  mapWindows,
  search,
  uploadPhotograph,
  type Comparison,
  type ComparisonRow,
  type QueryImage,
  type SearchOptions,
  type SearchReport,
  type Store,
  type StoreImage,
  type WindowMap,
} from '../api/client';
import type { CellMask } from '../painting/cell-mask';
import type { MaskChange } from '../painting/highlight';
import type { MultiHighlightElement } from '../painting/multi-highlight';
import { appStyles } from './app-styles';
import './browse/browse-view';
import type { FigureRow } from './keep/figure';
import './keep/keep-bar';
import './keep/saved-queries';
import { fromLink, hashDigits, toLink, type Compare, type LinkState, type View } from './link-state';
import { packMask, unpackMask } from './keep/mask-text';
import { LiveSearch } from './live-search';
import { interleave, toQuery, type Pin, type Query } from './query';
import type { NamedRow, RegionUse } from './results/comparison';
import { conditionOf, noFilter, type Filter } from './results/result-filter';
import './results/results-view';
import './statistics/statistics-view';
import type { AskStatistics, StatisticsChoice } from './statistics/statistics-view';

/** Results at first, and added whenever the end of the list comes into view. */
const resultsStep = 24;
const maximumResults = 1000;
const stripLength = 500;
const noNetwork = 'Another tool wrote it, and it does not say which model it was made with.';

const views: Record<View, string> = { results: 'Results', statistics: 'Statistics', browse: 'Browse the dataset' };

/** What was answered, and to what. */
interface Answer {
  highlight: Pin;
  rows: readonly NamedRow[];
  report: SearchReport;
  comparison: Comparison | null;
}

/** The page: a photograph to paint on, and beside it what is like it, statistics over all photographs, or the dataset. */
export class App extends LitElement {
  static override properties = {
    stores: { state: true },
    store: { state: true },
    layer: { state: true },
    queries: { state: true },
    selected: { state: true },
    view: { state: true },
    answer: { state: true },
    distributions: { state: true },
    askStatistics: { state: true },
    statistics: { state: true },
    problem: { state: true },
    notice: { state: true },
    isSearching: { state: true },
    isUploading: { state: true },
    hasMask: { state: true },
    filter: { state: true },
    compare: { state: true },
    pins: { state: true },
    isBesideInView: { state: true },
  };

  private declare stores: Store[] | null;
  private declare store: Store | null;
  private declare layer: string;
  private declare queries: Query[];
  private declare selected: number;
  private declare view: View;
  private declare answer: Answer | null;
  private declare distributions: Comparison | null;
  private declare askStatistics: AskStatistics | null;
  private declare statistics: StatisticsChoice;
  private declare problem: Problem | null;
  /** What is not as a link promised, though it can be shown. */
  private declare notice: string;
  private declare isSearching: boolean;
  private declare isUploading: boolean;
  private declare hasMask: boolean;
  private declare filter: Filter;
  private declare compare: Compare;
  private declare pins: readonly Pin[];
  private declare isBesideInView: boolean;
  private shown = resultsStep;
  private remembering = 0;
  private readonly besideInView = new IntersectionObserver(([entry]) => (this.isBesideInView = entry!.isIntersecting), { rootMargin: '0px 0px -120px 0px' });
  private observed: Element | null = null;
  /** A link whose uploaded photograph the server no longer has. */
  private awaited: LinkState | null = null;
  private maps = new Map<string, Promise<WindowMap>>();
  private readonly hashes = new Map<string, string>();

  private readonly live = new LiveSearch<Answer>(
    (answer) => {
      this.answer = answer;
      this.maps = new Map();
      this.problem = null;
      this.isSearching = false;
    },
    (error) => this.fail(error),
  );
  private readonly liveDistributions = new LiveSearch<Comparison>(
    (answer) => (this.distributions = answer),
    (error) => this.fail(error),
  );

  constructor() {
    super();
    this.stores = null;
    this.store = null;
    this.layer = '';
    this.queries = [];
    this.selected = 0;
    this.view = 'results';
    this.answer = null;
    this.distributions = null;
    this.askStatistics = null;
    this.statistics = { by: 'label', measure: 'highlight' };
    this.problem = null;
    this.notice = '';
    this.isSearching = false;
    this.isUploading = false;
    this.hasMask = false;
    this.filter = noFilter;
    this.compare = '';
    this.pins = [];
    this.isBesideInView = true;
  }

  override connectedCallback() {
    super.connectedCallback();
    addEventListener('popstate', this.goToLink);
    void this.start();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('popstate', this.goToLink);
    this.besideInView.disconnect();
    this.observed = null;
  }

  override updated() {
    const beside = this.renderRoot.querySelector('.beside');
    if (beside && beside !== this.observed) {
      this.besideInView.disconnect();
      this.besideInView.observe(beside);
      this.observed = beside;
    }
  }

  override render() {
    return html`
      <header>
        <h1>Visual Feature Search</h1>
        <p>Paint on a photograph: what looks alike <em>to the network</em> appears beside it.</p>
        <div class="keep">
          <vfs-keep-bar
            class=${this.answer ? '' : 'waiting'}
            .rows=${this.answer ? this.figureRows(this.answer) : []}
            .stores=${this.stores ?? []}
            .answer=${this.answer?.comparison ?? this.answer?.report}
            .remember=${this.remember}
          ></vfs-keep-bar>
          <vfs-saved-queries .current=${this.nameCurrent} @vfs-open-link=${(event: CustomEvent<string>) => this.openLink(event.detail)}></vfs-saved-queries>
        </div>
      </header>
      ${this.stores === null && !this.problem ? html`<p class="quiet" role="status">Loading the stores …</p>` : nothing}
      ${this.problem ? html`<div class="problem" role="alert"><b>${this.problem.message}.</b> ${this.problem.detail} ${this.answer ? html`<i>What is shown is still the answer before.</i>` : nothing}</div>` : nothing}
      ${this.notice ? html`<div class="notice" role="status">${this.notice} <button class="button" type="button" @click=${() => (this.notice = '')}>Close</button></div>` : nothing}
      ${this.store ? this.renderWorkplace(this.store) : nothing}
    `;
  }

  private renderWorkplace(store: Store) {
    return html`
      <main>
        <section class="query" aria-label="Your query">
          ${this.renderChoices(store)}
          <vfs-multi-highlight
            .pictures=${this.queries.map((query) => ({ src: cropUrl(query.image, 2), thumbnail: cropUrl(query.image), title: query.title }))}
            .selected=${this.selected}
            .size=${store.inputWidth}
            .height=${store.inputHeight}
            .radius=${Math.round(store.inputWidth / 14)}
            .cells=${this.cells}
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
          <div class="row">
            ${this.depth > 0 ? html`<button class="button" type="button" @click=${() => history.back()}>Back to the query before</button>` : nothing}
            <button class="button" type="button" ?disabled=${!this.hasMask} title="Keep this highlight as a row, and paint another one to compare with it" @click=${this.pin}>
              Pin this highlight
            </button>
          </div>
        </section>
        <section class="beside" aria-label=${views[this.view]} aria-busy=${this.isSearching}>
          <nav aria-label="What is shown beside the photograph">
            ${(Object.keys(views) as View[]).map(
              (view) => html`<button type="button" aria-current=${this.view === view ? 'page' : 'false'} @click=${() => this.chooseView(view)}>${views[view]}</button>`,
            )}
          </nav>
          ${this.renderView(store)}
        </section>
      </main>
      ${this.answer && !this.isBesideInView
        ? html`<button class="button to-results" type="button" @click=${this.showBeside}>${this.isSearching ? 'Searching …' : 'See what is similar ↓'}</button>`
        : nothing}
    `;
  }

  private readonly showBeside = () => {
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.observed?.scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' });
  };

  private renderChoices(store: Store) {
    const others = this.stores!.filter((item) => item.inputWidth > 0);
    const comparisons: [Compare, string, boolean][] = [
      ['', 'nothing', true],
      ['layers', `all ${store.layers.length} layers`, store.layers.length > 1],
      ['stores', `all ${others.length} datasets, every layer`, others.length > 1],
      ['highlights', `with ${this.pins.length} pinned ${this.pins.length === 1 ? 'highlight' : 'highlights'}`, this.pins.length > 0],
    ];
    return html`<div class="choices">
      <label>
        <span>Dataset</span>
        <select @change=${(event: Event) => this.openStore((event.target as HTMLSelectElement).value)}>
          ${this.stores!.map((item) => html`<option value=${item.id} ?selected=${item === store} ?disabled=${item.inputWidth === 0} title=${item.inputWidth === 0 ? noNetwork : nothing}>${item.id} (${item.inputWidth === 0 ? 'no network' : item.images.toLocaleString('en')})</option>`)}
        </select>
      </label>
      <label>
        <span>Compare</span>
        <select title=${comparisons.find(([value]) => value === this.compare)?.[1] ?? nothing} @change=${(event: Event) => this.change({ compare: (event.target as HTMLSelectElement).value as Compare })}>
          ${comparisons.filter(([, , isThere]) => isThere).map(([value, title]) => html`<option value=${value} ?selected=${value === this.compare}>${title}</option>`)}
        </select>
      </label>
      <label class="wide">
        <span>Layer</span>
        <select title=${this.layer} @change=${(event: Event) => this.change({ layer: (event.target as HTMLSelectElement).value })}>
          ${store.layers.map(
            (item) => html`<option value=${item.name} ?selected=${item.name === this.layer}>${item.grid.height} × ${item.grid.width} · ${item.name}</option>`,
          )}
        </select>
      </label>
    </div>`;
  }

  private renderView(store: Store) {
    const image = this.queries[this.selected]?.image;
    switch (this.view) {
      case 'statistics':
        return html`<vfs-statistics
          .store=${store}
          .ask=${this.askStatistics}
          .hasContrast=${this.hasContrast}
          .choice=${this.statistics}
          @vfs-statistics-change=${(event: CustomEvent<StatisticsChoice>) => {
            this.statistics = event.detail;
            this.rememberSoon();
          }}
        ></vfs-statistics>`;
      case 'browse':
        return html`<vfs-browse
          .store=${store}
          .selected=${image && 'index' in image ? image.index : -1}
          @vfs-pick=${(event: CustomEvent<StoreImage>) => this.pick(event.detail)}
        ></vfs-browse>`;
      default:
        return html`<vfs-results
          .store=${store}
          .stores=${this.stores}
          .filter=${this.filter}
          .report=${this.answer?.report ?? null}
          .comparison=${this.answer?.comparison ?? null}
          .rows=${this.answer?.rows ?? []}
          .distributions=${this.distributions}
          .highlight=${this.answer?.highlight ?? null}
          .hasMore=${this.hasMore}
          .loadMap=${this.loadMap}
          @vfs-filter-change=${(event: CustomEvent<Filter>) => this.change({ filter: event.detail })}
          @vfs-use-region=${(event: CustomEvent<RegionUse>) => this.useRegion(event.detail)}
          @vfs-unpin=${(event: CustomEvent<number>) => this.unpin(event.detail)}
          @vfs-more=${this.showMore}
        ></vfs-results>`;
    }
  }

  /** The mask as the layer sees it, from the last answer. */
  private get cells(): CellMask | null {
    if (!this.answer) return null;
    const { grid, box, weights } = this.answer.report.query;
    const whole = new Array<number>(grid.height * grid.width).fill(0);
    weights.forEach((weight, at) => (whole[(box.y + Math.floor(at / box.width)) * grid.width + box.x + (at % box.width)] = weight));
    return { rows: grid.height, columns: grid.width, weights: whole };
  }

  private get highlight() {
    return this.renderRoot.querySelector<MultiHighlightElement>('vfs-multi-highlight')?.highlight ?? null;
  }

  private get hasContrast() {
    return (this.hasMask && this.highlight?.againstPng() !== '') || false;
  }

  private get hasMore() {
    return !this.answer?.comparison && this.answer?.report.results.length === this.shown && this.shown < maximumResults;
  }

  /** Steps back that the browser can go within this page. */
  private get depth(): number {
    return history.state?.depth ?? 0;
  }

  /** What is painted now; null for nothing. */
  private currentPin(): Pin | null {
    const query = this.queries[this.selected];
    const highlight = this.highlight;
    return query && highlight && !highlight.isEmpty ? { ...query, mask: highlight.toPng(), against: highlight.againstPng() } : null;
  }

  private rowsFor(current: Pin): NamedRow[] {
    const store = this.store!;
    switch (this.compare) {
      case 'layers':
        return store.layers.map((layer) => ({ store: store.id, layer: layer.name, title: layer.name, highlight: current, isPinned: false }));
      case 'stores':
        return this.stores!.filter((item) => item.inputWidth > 0).flatMap((item) =>
          item.layers.map((layer) => ({ store: item.id, layer: layer.name, title: `${item.id}, ${item.model}: ${layer.name}`, highlight: current, isPinned: false })),
        );
      case 'highlights':
        return [current, ...this.pins].map((highlight, place) => ({ store: store.id, layer: this.layer, title: highlight.title, highlight, isPinned: place > 0 }));
      default:
        return [{ store: store.id, layer: this.layer, title: `${store.id}, ${store.model ?? ''}: ${this.layer}`, highlight: current, isPinned: false }];
    }
  }

  private figureRows({ rows, report, comparison }: Answer): FigureRow[] {
    const aspect = (id: string) => {
      const store = this.stores!.find((item) => item.id === id)!;
      return store.inputWidth / store.inputHeight;
    };
    return rows.map((row, place) => ({
      title: row.title,
      highlight: row.highlight,
      store: row.store,
      report: comparison?.rows[place]?.report ?? report,
      aspect: aspect(row.store),
      ownAspect: aspect(row.highlight.image.store),
    }));
  }

  private readonly nameCurrent = async () => {
    await this.remember();
    const current = this.currentPin();
    return current ? { name: `${current.title}, ${this.layer}`, link: location.hash } : null;
  };

  private async start() {
    try {
      this.stores = await listStores();
      const link = fromLink(location.hash);
      if (link && this.stores.some((store) => store.id === link.store)) await this.show(link);
      else {
        if (link) this.notice = `This link is about the dataset ${link.store}, which is not served here.`;
        const first = this.stores.find((item) => item.inputWidth > 0) ?? this.stores[0];
        if (first) await this.openStore(first.id);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  private async openStore(id: string) {
    const store = this.stores!.find((item) => item.id === id)!;
    this.clear();
    this.store = null;
    this.filter = noFilter;
    this.pins = [];
    if (this.compare === 'highlights') this.compare = '';
    try {
      if (store.inputWidth === 0) {
        throw new Problem(0, `${store.id} cannot be searched by photographs`, noNetwork);
      }
      const { images } = await listImages(store.id, 0, stripLength);
      this.queries = interleave(images).map((image) => toQuery(store.id, image));
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
    this.notice = '';
    this.layer = this.store.layers.some((layer) => layer.name === link.layer) ? link.layer : this.layer;
    this.filter = link.filter;
    this.compare = link.compare;
    this.pins = await Promise.all(link.pins.map(async (pin) => ({ ...pin, ...(await this.unpack(pin)) })));
    this.view = link.view;
    this.statistics = { by: link.by, measure: link.measure };
    if (!(await this.isThere(link))) return;
    await this.selectImage(link.image);
    const { mask, against } = await this.unpack(link);
    if (mask) await (await this.painter())?.loadPng(mask, against);
    else if (link.mask) this.notice = 'What was painted cannot be read from this link: it was cut off, or made for another network.';
  }

  private async unpack({ mask, against }: { mask: string; against: string }) {
    const { inputWidth, inputHeight } = this.store!;
    return {
      mask: await unpackMask(mask, inputWidth, inputHeight, [255, 122, 26]),
      against: await unpackMask(against, inputWidth, inputHeight, [43, 127, 255]),
    };
  }

  /** Whether a link's photograph is the one that it was made with; where not, says so. */
  private async isThere(link: LinkState) {
    const { image } = link;
    if ('index' in image) {
      const hash = await this.learnHash(image);
      if (link.hash && !hash.startsWith(link.hash)) this.notice = 'The photograph of this link has changed since the link was made: results may differ.';
      return true;
    }
    const isKept = (await fetch(cropUrl(image))).ok;
    this.awaited = isKept ? null : link;
    if (!isKept) this.notice = 'The uploaded photograph of this link is not on the server any more: upload the same file again, and the query comes back.';
    return isKept;
  }

  private async learnHash(image: QueryImage) {
    if ('upload' in image) return image.upload;
    const key = `${image.store}/${image.index}`;
    let hash = this.hashes.get(key);
    if (hash === undefined) {
      hash = (await getImage(image.store, image.index)).sha256 ?? '';
      this.hashes.set(key, hash);
    }
    return hash;
  }

  private readonly goToLink = () => {
    const link = fromLink(location.hash);
    if (link) void this.show(link).catch((error) => this.fail(error));
  };

  private async openLink(link: string) {
    await this.push();
    history.replaceState(history.state, '', link);
    this.goToLink();
  }

  /** Makes a photograph the one that is painted on; one that the strip does not have is put in front. */
  private async selectImage(image: QueryImage) {
    let place = this.queries.findIndex((query) => isSameImage(query.image, image));
    if (place < 0) {
      const query = 'index' in image ? toQuery(image.store, await getImage(image.store, image.index)) : { image, title: 'an uploaded photograph' };
      this.queries = [query, ...this.queries];
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
  private async useRegion({ match, report, store }: RegionUse) {
    const { grid } = report.query;
    const { window } = match;
    await this.push();
    this.clear();
    if (store !== this.store?.id) {
      await this.openStore(store);
      this.layer = report.query.layer;
    }
    await this.selectImage({ store, index: match.index });
    (await this.painter())?.paintBox(window.x / grid.width, window.y / grid.height, window.width / grid.width, window.height / grid.height);
    scrollTo({ top: 0 });
  }

  private async pick(image: StoreImage) {
    await this.push();
    this.clear();
    await this.selectImage({ store: this.store!.id, index: image.index });
    if (matchMedia('(max-width: 800px)').matches) scrollTo({ top: 0 });
  }

  private readonly pin = () => {
    const current = this.currentPin();
    if (!current) return;
    this.pins = [...this.pins, current];
    this.change({ compare: 'highlights' });
  };

  private unpin(place: number) {
    this.pins = this.pins.filter((_, other) => other !== place - 1);
    this.change({ compare: this.pins.length > 0 ? 'highlights' : '' });
  }

  private readonly loadMap = (store: string, layer: string, index: number, highlight: Pin) => {
    const key = [store, layer, index, highlight.title, highlight.mask.length].join('/');
    let map = this.maps.get(key);
    if (!map) {
      map = mapWindows(store, highlight.image, highlight.mask, layer, index);
      this.maps.set(key, map);
    }
    return map;
  };

  /** Takes a choice and searches anew. */
  private change(choice: Partial<{ layer: string; filter: Filter; compare: Compare }>) {
    Object.assign(this, choice);
    this.shown = resultsStep;
    this.searchNow(true);
  }

  private chooseView(view: View) {
    this.view = view;
    this.rememberSoon();
  }

  private readonly showMore = () => {
    if (!this.hasMore || this.live.isBusy) return;
    this.shown = Math.min(this.shown + resultsStep, maximumResults);
    this.searchNow(false);
  };

  private async choosePhotograph(place: number) {
    if (this.hasMask) await this.push();
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
      const link = this.awaited;
      if (link && 'upload' in link.image && link.image.upload === id) {
        this.awaited = null;
        await this.show(link);
        return;
      }
      if (this.hasMask) await this.push();
      this.clear();
      this.queries = [{ image: { store: this.store!.id, upload: id }, title: file.name }, ...this.queries];
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
    this.hasMask = !change.isEmpty;
    if (change.isEmpty) this.clear();
    else this.searchNow(change.isFinal);
  }

  /** Searches with what is painted. Statistics and distributions look at all photographs: they wait for the end of a stroke. */
  private searchNow(isFinal: boolean) {
    const current = this.currentPin();
    if (!this.store || !current) return;
    this.isSearching = true;
    const { store, layer, filter, compare: mode } = this;
    const rows = this.rowsFor(current);
    const options: SearchOptions = {
      top: this.shown,
      negativeMask: current.against || undefined,
      where: conditionOf(filter),
      unique: filter.unique || undefined,
      threshold: filter.least || undefined,
      excludeSelf: filter.leaveOutOwn,
      windows: filter.windows > 1 ? filter.windows : undefined,
      leaveOut: filter.hidden.length > 0 ? filter.hidden : undefined,
      columns: filter.columns.length > 0 ? filter.columns : undefined,
    };
    const ask = async (signal: AbortSignal): Promise<Answer> => {
      if (!mode) return { highlight: current, rows, comparison: null, report: await search(store.id, current.image, current.mask, layer, options, signal) };
      const comparison = await compare(current.image, current.mask, options, rows.map(toRow), false, signal);
      const own = comparison.rows.find((row) => row.store === store.id && row.layer === layer) ?? comparison.rows[0]!;
      return { highlight: current, rows, comparison, report: own.report };
    };
    this.live.request(ask, isFinal);
    if (isFinal) {
      const { where, negativeMask } = options;
      this.askStatistics = (by, measure, signal) => describe(store.id, current.image, current.mask, layer, { where, negativeMask }, by, measure, signal);
      this.distributions = null;
      if (mode) this.liveDistributions.request((signal) => compare(current.image, current.mask, { top: 1, where }, rows.map(toRow), true, signal), true);
    }
    this.rememberSoon();
  }

  /** Browsers refuse addresses that change with every step of a stroke. */
  private rememberSoon() {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => void this.remember(), 250);
  }

  /** The address names what is shown, so that it can be kept or sent. */
  private readonly remember = async () => {
    clearTimeout(this.remembering);
    const current = this.currentPin();
    if (!this.store || !current) return;
    const { image, mask, against } = current;
    const state = { store: this.store.id, layer: this.layer, image, filter: this.filter, compare: this.compare, view: this.view, ...this.statistics };
    const [hash, packed, packedAgainst, pins] = await Promise.all([
      this.learnHash(image).catch(() => ''),
      packMask(mask),
      packMask(against),
      Promise.all(this.pins.map(async (pin) => ({ ...pin, mask: await packMask(pin.mask), against: await packMask(pin.against) }))),
    ]);
    // Meanwhile another photograph may have been chosen.
    if (this.currentPin()?.mask !== mask) return;
    history.replaceState(history.state, '', toLink({ ...state, hash: hash.slice(0, hashDigits), mask: packed, against: packedAgainst, pins }));
  };

  /** A step that the browser's button for going back undoes. */
  private async push() {
    await this.remember();
    history.pushState({ depth: this.depth + 1 }, '', location.href);
  }

  private clear() {
    clearTimeout(this.remembering);
    this.live.cancel();
    this.liveDistributions.cancel();
    this.answer = null;
    this.distributions = null;
    this.askStatistics = null;
    this.problem = null;
    this.isSearching = false;
  }

  private fail(error: unknown) {
    this.isSearching = false;
    this.problem = error instanceof Problem ? error : new Problem(0, 'Something went wrong', String(error));
  }

  static override styles = appStyles;
}

/** A row as the server is asked for it. */
const toRow = ({ store, layer, highlight, isPinned }: NamedRow): ComparisonRow =>
  isPinned ? { store, layer, image: highlight.image, mask: highlight.mask, negativeMask: highlight.against || undefined } : { store, layer };

customElements.define('vfs-app', App);
