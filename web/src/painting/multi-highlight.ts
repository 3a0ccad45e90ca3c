import { LitElement, css, html } from 'lit';
import type { CellMask } from './cell-mask';
import './highlight';
import type { HighlightElement } from './highlight';

/** A picture of the strip. */
export interface Picture {
  src: string;
  title: string;
  /** A smaller one for the strip; absent for `src` itself. */
  thumbnail?: string;
}

/**
 * A strip of photographs of which one is painted on: set `pictures`, a list of `{ src, title }`. docs/widgets.md describes its
 * attributes, properties, events, slot and CSS parts.
 */
export class MultiHighlightElement extends LitElement {
  static override properties = {
    pictures: { attribute: false },
    selected: { type: Number },
    size: { type: Number },
    height: { type: Number },
    radius: { type: Number },
    cells: { attribute: false },
  };

  declare pictures: Picture[];
  declare selected: number;
  declare size: number;
  declare height: number;
  declare radius: number;
  declare cells: CellMask | null | undefined;

  constructor() {
    super();
    this.pictures = [];
    this.selected = 0;
    this.size = 224;
    this.height = 0;
    this.radius = 16;
    this.cells = undefined;
  }

  get highlight(): HighlightElement {
    return this.renderRoot.querySelector('vfs-highlight')!;
  }

  override render() {
    const picture = this.pictures[this.selected];
    return html`
      <vfs-highlight
        exportparts="stage, toolbar, cells"
        .src=${picture?.src ?? ''}
        .alt=${picture ? `The photograph to paint on: ${picture.title}` : ''}
        .size=${this.size}
        .height=${this.height}
        .radius=${this.radius}
        .cells=${this.cells}
      ></vfs-highlight>
      <div part="strip" class="strip">
        <slot name="actions"></slot>
        <div class="pictures" role="listbox" aria-label="Query photographs" @keydown=${this.moveByKey}>
          ${this.pictures.map(
            (item, place) => html`<button
              type="button"
              role="option"
              aria-selected=${place === this.selected}
              tabindex=${place === this.selected ? 0 : -1}
              title=${item.title}
              @click=${() => this.choose(place)}
            >
              <img src=${item.thumbnail ?? item.src} alt=${item.title} width="64" height="64" loading="lazy" draggable="false" />
            </button>`,
          )}
        </div>
      </div>
    `;
  }

  private choose(place: number) {
    if (place === this.selected) return;
    this.selected = place;
    this.dispatchEvent(new CustomEvent<number>('vfs-select', { detail: place, bubbles: true, composed: true }));
  }

  private moveByKey(event: KeyboardEvent) {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const place = this.selected + step;
    if (step === 0 || place < 0 || place >= this.pictures.length) return;
    event.preventDefault();
    this.choose(place);
    void this.updateComplete.then(() => {
      const chosen = this.renderRoot.querySelector<HTMLElement>('[aria-selected="true"]');
      chosen?.focus();
      chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
  }

  static override styles = css`
    :host {
      display: block;
    }
    .strip {
      display: flex;
      align-items: stretch;
      gap: 8px;
      margin-top: 14px;
    }
    .pictures {
      display: flex;
      flex: 1;
      gap: 6px;
      min-width: 0;
      padding: 4px;
      overflow-x: auto;
      scrollbar-width: thin;
    }
    button {
      flex: none;
      padding: 0;
      border: 0;
      border-radius: 8px;
      background: none;
      cursor: pointer;
    }
    img {
      display: block;
      border-radius: 8px;
      object-fit: cover;
    }
    button[aria-selected='true'] {
      outline: 3px solid var(--vfs-accent, #b34a08);
      outline-offset: 1px;
    }
    button:focus-visible {
      outline: 3px solid currentColor;
      outline-offset: 1px;
    }
  `;
}

if (!customElements.get('vfs-multi-highlight')) customElements.define('vfs-multi-highlight', MultiHighlightElement);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-multi-highlight': MultiHighlightElement;
  }
}
