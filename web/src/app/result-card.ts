import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { cropUrl, type Grid, type Match, type WindowMap } from '../api/client';
import { drawHeatMap, rangeOf } from './heat-map';

/**
 * A match: the crop that the network saw, its best window lit up, the similarity and the label. Under the pointer, or with
 * the focus, the similarity of every window. Event: `vfs-use-region`, to search with the matching region.
 */
export class ResultCard extends LitElement {
  static override properties = {
    match: { attribute: false },
    grid: { attribute: false },
    store: { type: String },
    isQuery: { type: Boolean },
    aspect: { type: Number },
    note: { type: String },
    loadMap: { attribute: false },
    map: { state: true },
  };

  declare match: Match;
  declare grid: Grid;
  declare store: string;
  declare isQuery: boolean;
  declare aspect: number;
  declare note: string;
  declare loadMap: (index: number) => Promise<WindowMap>;
  private declare map: WindowMap | null;
  private wanted = false;

  constructor() {
    super();
    this.map = null;
  }

  override willUpdate(changes: PropertyValues<this>) {
    // Another stroke, another map.
    if (changes.has('match')) {
      this.map = null;
      if (this.wanted) void this.showMap();
    }
  }

  override updated() {
    const canvas = this.renderRoot.querySelector('canvas');
    if (canvas && this.map) drawHeatMap(canvas, this.map);
  }

  override render() {
    const { match, grid } = this;
    const { window } = match;
    const left = (100 * window.x) / grid.width;
    const top = (100 * window.y) / grid.height;
    const name = match.path?.split('/').at(-1)?.replace(/\.[a-z]+$/i, '').replaceAll(/[-_]/g, ' ') ?? `image ${match.index}`;
    return html`
      <figure
        @pointerenter=${() => this.want(true)}
        @pointerleave=${() => this.want(false)}
        @focusin=${() => this.want(true)}
        @focusout=${() => this.want(false)}
      >
        <div class="picture ${this.map ? 'mapped' : ''}" style="aspect-ratio:${this.aspect || 1}">
          <img src=${cropUrl(this.store, { index: match.index })} alt=${name} width="224" height=${Math.round(224 / (this.aspect || 1))} loading="lazy" />
          <div
            class="window"
            style="left:${left}%;top:${top}%;width:${(100 * window.width) / grid.width}%;height:${(100 * window.height) / grid.height}%"
          ></div>
          ${this.map ? this.renderMap(this.map) : nothing}
          <span class="rank">${match.rank}</span>
          ${this.isQuery && !this.map ? html`<span class="self">your photograph</span>` : nothing}
          ${this.note ? html`<span class="note">${this.note}</span>` : nothing}
          <button type="button" class="use" @click=${this.use} aria-label="Use the lit region of ${name} as query">Use as query</button>
        </div>
        <figcaption>
          <span class="name" title=${match.path ?? ''}>${name}</span>
          <span class="similarity" title=${match.negative === undefined ? `Similarity ${match.similarity}` : `${match.positive!.toFixed(3)} for, ${match.negative.toFixed(3)} against`}>${match.similarity.toFixed(3)}</span>
          <span class="label">${match.label ?? ''}</span>
          <span class="bar"><span style="width:${100 * Math.min(1, Math.max(0, match.similarity))}%"></span></span>
        </figcaption>
      </figure>
    `;
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

  private use() {
    this.dispatchEvent(new CustomEvent<Match>('vfs-use-region', { detail: this.match }));
  }

  static override styles = css`
    :host {
      display: block;
    }
    figure {
      margin: 0;
      overflow: hidden;
      border-radius: 12px;
      background: var(--card);
      box-shadow: var(--shadow);
    }
    .picture {
      position: relative;
      overflow: hidden;
      background: #8882;
    }
    img {
      display: block;
      width: 100%;
      height: 100%;
    }
    .window {
      position: absolute;
      box-sizing: border-box;
      border: 2px solid #fff;
      border-radius: 4px;
      outline: 2px solid var(--brush);
      box-shadow: 0 0 0 100vmax rgb(8 10 18 / 58%);
    }
    .mapped .window {
      box-shadow: none;
    }
    .map {
      position: absolute;
      inset: 0;
      width: 100%;
      height: 100%;
      pointer-events: none;
    }
    .range {
      display: flex;
      position: absolute;
      top: 8px;
      right: 8px;
      align-items: center;
      gap: 5px;
      padding: 1px 8px;
      border-radius: 99px;
      background: #000b;
      color: #fff;
      font-size: 12px;
      font-variant-numeric: tabular-nums;
    }
    .range i {
      width: 36px;
      height: 6px;
      border-radius: 3px;
      background: linear-gradient(90deg, rgb(44 28 110), rgb(219 74 104), rgb(252 228 120));
    }
    .use {
      position: absolute;
      inset: auto 8px 8px;
      min-height: 34px;
      padding: 0 8px;
      border: 0;
      border-radius: 8px;
      background: #000c;
      color: #fff;
      font: inherit;
      font-size: 13px;
      font-weight: 600;
      cursor: pointer;
      opacity: 0;
      transition: opacity 0.1s;
    }
    figure:hover .use,
    .use:focus-visible {
      opacity: 1;
    }
    .use:focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: -3px;
    }
    @media (hover: none) {
      .use {
        opacity: 1;
      }
    }
    .note {
      position: absolute;
      bottom: 8px;
      left: 8px;
      padding: 1px 8px;
      border-radius: 99px;
      background: var(--accent);
      color: var(--accent-ink);
      font-size: 12px;
      font-weight: 600;
    }
    figure:hover .note {
      display: none;
    }
    .rank,
    .self {
      position: absolute;
      top: 8px;
      padding: 1px 8px;
      border-radius: 99px;
      background: #000b;
      color: #fff;
      font-size: 12px;
      font-variant-numeric: tabular-nums;
    }
    .rank {
      left: 8px;
    }
    .self {
      right: 8px;
    }
    figcaption {
      display: grid;
      grid-template-columns: 1fr auto;
      gap: 2px 8px;
      padding: 10px 12px 12px;
      font-size: 14px;
    }
    .name {
      overflow: hidden;
      font-weight: 600;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .similarity {
      font-variant-numeric: tabular-nums;
      font-weight: 600;
    }
    .label {
      overflow: hidden;
      min-height: 1.45em;
      color: var(--quiet);
      font-size: 13px;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .bar {
      align-self: center;
      width: 56px;
      height: 5px;
      overflow: hidden;
      border-radius: 3px;
      background: var(--line);
    }
    .bar span {
      display: block;
      height: 100%;
      background: var(--brush);
    }
  `;
}

customElements.define('vfs-result-card', ResultCard);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-result-card': ResultCard;
  }
}
