import { LitElement, css, html, nothing } from 'lit';
import { cropUrl, type Grid, type Match } from '../api/client';

/** A match: the crop that the network saw, its best window lit up, the similarity and the label. */
export class ResultCard extends LitElement {
  static override properties = {
    match: { attribute: false },
    grid: { attribute: false },
    store: { type: String },
    isQuery: { type: Boolean },
    aspect: { type: Number },
  };

  declare match: Match;
  declare grid: Grid;
  declare store: string;
  declare isQuery: boolean;
  declare aspect: number;

  override render() {
    const { match, grid } = this;
    const { window } = match;
    const left = (100 * window.x) / grid.width;
    const top = (100 * window.y) / grid.height;
    const name = match.path?.split('/').at(-1)?.replace(/\.[a-z]+$/i, '').replaceAll(/[-_]/g, ' ') ?? `image ${match.index}`;
    return html`
      <figure>
        <div class="picture" style="aspect-ratio:${this.aspect || 1}">
          <img src=${cropUrl(this.store, { index: match.index })} alt=${name} width="224" height=${Math.round(224 / (this.aspect || 1))} loading="lazy" />
          <div
            class="window"
            style="left:${left}%;top:${top}%;width:${(100 * window.width) / grid.width}%;height:${(100 * window.height) / grid.height}%"
          ></div>
          <span class="rank">${match.rank}</span>
          ${this.isQuery ? html`<span class="self">your photograph</span>` : nothing}
        </div>
        <figcaption>
          <span class="name" title=${match.path ?? ''}>${name}</span>
          <span class="similarity" title="Similarity ${match.similarity}">${match.similarity.toFixed(3)}</span>
          <span class="label">${match.label ?? ''}</span>
          <span class="bar"><span style="width:${100 * Math.min(1, Math.max(0, match.similarity))}%"></span></span>
        </figcaption>
      </figure>
    `;
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
