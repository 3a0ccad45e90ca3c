import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { cropUrl, type Match, type SearchedRegion, type Window, type WindowMap } from '../../api/client';
import { nameOf } from '../query';
import { drawHeatMap, rangeOf } from './heat-map';
import { drawRegion, placeOf } from './region-overlay';
import { resultCardStyles } from './result-card-styles';

/** What of a result is lit up: the box of its window, or the mask as it lies there. */
export type Lit = 'window' | 'mask';

/**
 * A match: the crop that the network saw, its best window lit up, the similarity and the label. Under the pointer, or with
 * the focus, the similarity of every window. Events: `vfs-use-region`, to search with the matching region, and `vfs-hide`.
 */
export class ResultCard extends LitElement {
  static override properties = {
    match: { attribute: false },
    query: { attribute: false },
    store: { type: String },
    isQuery: { type: Boolean },
    aspect: { type: Number },
    lit: { type: String },
    note: { type: String },
    loadMap: { attribute: false },
    map: { state: true },
  };

  declare match: Match;
  declare query: SearchedRegion;
  declare store: string;
  declare isQuery: boolean;
  declare aspect: number;
  declare lit: Lit;
  declare note: string;
  declare loadMap: (index: number) => Promise<WindowMap>;
  private declare map: WindowMap | null;
  private wanted = false;

  constructor() {
    super();
    this.map = null;
    this.lit = 'window';
    this.aspect = 1;
  }

  override willUpdate(changes: PropertyValues<this>) {
    // Another stroke, another map.
    if (changes.has('match')) {
      this.map = null;
      if (this.wanted) void this.showMap();
    }
  }

  override updated() {
    const map = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.map');
    if (map && this.map) drawHeatMap(map, this.map);
    const mask = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.mask');
    if (mask) drawRegion(mask, this.query, this.match.window);
  }

  override render() {
    const { match, aspect } = this;
    const name = match.path ? nameOf(match.path) : `image ${match.index}`;
    return html`
      <figure
        @pointerenter=${() => this.want(true)}
        @pointerleave=${() => this.want(false)}
        @focusin=${() => this.want(true)}
        @focusout=${() => this.want(false)}
      >
        <div class="picture ${this.map ? 'mapped' : ''} lit-${this.lit}" style="aspect-ratio:${aspect}">
          <img src=${cropUrl({ store: this.store, index: match.index })} alt=${name} width="224" height=${Math.round(224 / aspect)} loading="lazy" />
          ${this.lit === 'mask' && !this.map ? html`<canvas class="mask"></canvas>` : nothing}
          ${match.windows?.slice(1).map(({ window, similarity }) => this.renderWindow(window, 'further', similarity.toFixed(2)))}
          ${this.renderWindow(match.window, 'window')} ${this.map ? this.renderMap(this.map) : nothing}
          <span class="rank">${match.rank}</span>
          ${this.isQuery && !this.map ? html`<span class="self">your photograph</span>` : nothing}
          ${this.note ? html`<span class="note">${this.note}</span>` : nothing}
          <div class="actions">
            <button type="button" class="use" @click=${() => this.tell('vfs-use-region')} aria-label="Use the lit region of ${name} as query">Use as query</button>
            <button type="button" class="hide" @click=${() => this.tell('vfs-hide')} aria-label="Hide ${name}" title="Hide this photograph">×</button>
          </div>
        </div>
        <figcaption>
          <span class="name" title=${match.path ?? ''}>${name}</span>
          <span class="label" title=${match.label ?? ''}>${match.label ?? ''}</span>
          <span class="similarity" title=${match.negative === undefined ? `Similarity ${match.similarity}` : `${match.positive!.toFixed(3)} for, ${match.negative.toFixed(3)} against`}>${match.similarity.toFixed(3)}</span>
          <span class="bar"><span style="width:${100 * Math.min(1, Math.max(0, match.similarity))}%"></span></span>
          ${match.columns
            ? html`<dl>
                ${Object.entries(match.columns).map(([column, value]) => html`<div title="${column}: ${value}"><dt>${column}</dt><dd>${value || '–'}</dd></div>`)}
              </dl>`
            : nothing}
        </figcaption>
      </figure>
    `;
  }

  private renderWindow(window: Window, kind: string, text = '') {
    const { left, top, width, height } = placeOf(window, this.query.grid);
    return html`<div class=${kind} style="left:${left}%;top:${top}%;width:${width}%;height:${height}%">${text ? html`<span>${text}</span>` : nothing}</div>`;
  }

  private renderMap(map: WindowMap) {
    const range = rangeOf(map);
    if (!range) return nothing;
    return html`<canvas class="map" role="img" aria-label="Similarity of every place of this photograph"></canvas>
      <span class="range">${range.least.toFixed(2)} <i></i> ${range.most.toFixed(2)}</span>`;
  }

  private want(wanted: boolean) {
    this.wanted = wanted;
    if (!wanted) this.map = null;
    else void this.showMap();
  }

  private async showMap() {
    const { match } = this;
    try {
      const map = await this.loadMap(match.index);
      if (this.wanted && this.match === match) this.map = map;
    } catch {
      // The map is a help: without it the match is still shown.
    }
  }

  private tell(name: 'vfs-use-region' | 'vfs-hide') {
    this.dispatchEvent(new CustomEvent<Match>(name, { detail: this.match }));
  }

  static override styles = resultCardStyles;
}

customElements.define('vfs-result-card', ResultCard);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-result-card': ResultCard;
  }
}
