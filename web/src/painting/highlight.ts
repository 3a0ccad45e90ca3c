import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import type { Point } from './mask-canvas';
import { MaskPair } from './mask-pair';

/** What `vfs-mask-change` tells: whether anything is painted, and whether the stroke is finished. */
export interface MaskChange {
  isEmpty: boolean;
  isFinal: boolean;
}

const tools = {
  brush: ['Brush', 'Paint what is looked for'],
  box: ['Box', 'Draw a box around what is looked for'],
  against: ['Against', 'Paint what results should not look like'],
  erase: ['Erase', 'Rub out what was painted'],
} as const;

type Tool = keyof typeof tools;

/**
 * A photograph to paint on: `<vfs-highlight src="crop.jpg" size="224"></vfs-highlight>`.
 *
 * Attributes: `src` the picture; `size` width of the mask in pixels (224); `height` of the mask (0: square); `radius` of the brush in pixels of the mask
 * (16); `tool` `brush`, `box`, `against` or `erase`; `alt` what the picture shows.
 * Methods: `toPng()`, `againstPng()`, `undo()`, `redo()`, `reset()`, `paintBox(x, y, width, height)` in parts of the picture, `loadPng(url)`.
 * Property: `isEmpty`.
 * Events: `vfs-mask-change` with a `MaskChange`, also while a stroke grows.
 * CSS parts: `stage`, `toolbar`. Custom properties: `--vfs-brush`, `--vfs-against`, `--vfs-accent`.
 */
export class HighlightElement extends LitElement {
  static override properties = {
    src: { type: String },
    alt: { type: String },
    size: { type: Number },
    height: { type: Number },
    radius: { type: Number, reflect: true },
    tool: { type: String, reflect: true },
    cursor: { state: true },
    failed: { state: true },
  };

  declare src: string;
  declare alt: string;
  declare size: number;
  declare height: number;
  declare radius: number;
  declare tool: Tool;
  private declare cursor: Point | null;
  private declare failed: boolean;
  private masks: MaskPair | null = null;
  private start: Point | null = null;
  private last: Point | null = null;
  private pointer: number | null = null;

  constructor() {
    super();
    this.src = '';
    this.alt = 'The photograph to paint on';
    this.size = 224;
    this.height = 0;
    this.radius = 16;
    this.tool = 'brush';
    this.cursor = null;
    this.failed = false;
  }

  get isEmpty() {
    return this.masks?.wanted.isEmpty ?? true;
  }

  toPng() {
    return this.pair().wanted.toPng();
  }

  /** The mask of what counts against a result, as `toPng`; empty where nothing does. */
  againstPng() {
    const { unwanted } = this.pair();
    return unwanted.isEmpty ? '' : unwanted.toPng();
  }

  undo() {
    this.pair().undo();
    this.changed(true);
  }

  redo() {
    this.pair().redo();
    this.changed(true);
  }

  reset() {
    this.pair().reset();
    this.changed(true);
  }

  /** Replaces the mask by a box, given in parts of the picture, 0 to 1. */
  paintBox(x: number, y: number, width: number, height: number) {
    const masks = this.pair();
    masks.beginStep();
    masks.wanted.clear();
    masks.unwanted.clear();
    masks.wanted.fill(x * masks.width, y * masks.height, width * masks.width, height * masks.height, this.colour('brush'));
    this.changed(true);
  }

  /** Replaces the masks by what `toPng` and `againstPng` gave. */
  async loadPng(url: string, against = '') {
    const [wanted, unwanted] = await Promise.all([url, against].map(decode));
    const masks = this.pair();
    masks.wanted.clear();
    masks.unwanted.clear();
    if (wanted) masks.wanted.load(wanted);
    if (unwanted) masks.unwanted.load(unwanted);
    this.changed(true);
  }

  override willUpdate(changes: PropertyValues<this>) {
    if (changes.has('src') || changes.has('size') || changes.has('height')) {
      const hadMask = this.masks !== null && !this.masks.isEmpty;
      this.masks = null;
      this.failed = false;
      if (hadMask) queueMicrotask(() => this.announce(true));
    }
  }

  override render() {
    const { size, radius } = this;
    const masks = this.pair();
    const { width, height } = masks;
    const percent = (pixels: number, side: number) => `${(100 * pixels) / side}%`;
    return html`
      <div
        part="stage"
        class="stage ${this.tool}"
        style="aspect-ratio:${width}/${height}"
        @pointerdown=${this.startStroke}
        @pointermove=${this.moveStroke}
        @pointerup=${this.endStroke}
        @pointercancel=${this.endStroke}
        @pointerleave=${() => (this.cursor = null)}
        @wheel=${this.turnWheel}
      >
        ${this.src ? html`<img src=${this.src} alt=${this.alt} draggable="false" @error=${() => (this.failed = true)} />` : nothing}
        ${masks.wanted.element}${masks.unwanted.element}
        ${this.failed ? html`<p class="failed" role="alert">This photograph cannot be shown.</p>` : nothing}
        ${this.cursor && this.tool !== 'box'
          ? html`<div
              class="ring"
              style="left:${percent(this.cursor.x, width)};top:${percent(this.cursor.y, height)};width:${percent(2 * radius, width)};height:${percent(2 * radius, height)}"
            ></div>`
          : nothing}
      </div>
      <div part="toolbar" class="toolbar" role="toolbar" aria-label="Painting tools">
        <div class="tools" role="group" aria-label="Tool">
          ${(Object.keys(tools) as Tool[]).map(
            (tool) => html`<button type="button" title=${tools[tool][1]} aria-pressed=${this.tool === tool} @click=${() => (this.tool = tool)}>
              ${tools[tool][0]}
            </button>`,
          )}
        </div>
        <label class="radius">
          <span>Radius</span>
          <input
            type="range"
            min="2"
            max=${Math.round(size / 4)}
            .value=${String(radius)}
            @input=${(event: Event) => (this.radius = Number((event.target as HTMLInputElement).value))}
          />
          <output>${Math.round(radius)} px</output>
        </label>
        <div class="tools">
          <button type="button" ?disabled=${!masks.canUndo} @click=${this.undo}>Undo</button>
          <button type="button" ?disabled=${!masks.canRedo} @click=${this.redo}>Redo</button>
          <button type="button" ?disabled=${masks.isEmpty} @click=${this.reset}>Reset</button>
        </div>
      </div>
    `;
  }

  private pair() {
    this.masks ??= new MaskPair(this.size, this.height || this.size);
    return this.masks;
  }

  private startStroke(event: PointerEvent) {
    if (event.button !== 0 || this.pointer !== null || this.failed) return;
    event.preventDefault();
    this.pointer = event.pointerId;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.pair().beginStep();
    this.start = this.place(event);
    this.paintTo(this.start);
  }

  private moveStroke(event: PointerEvent) {
    if (event.pointerType !== 'touch') this.cursor = this.place(event);
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const step of events.length > 0 ? events : [event]) this.paintTo(this.place(step));
  }

  private endStroke(event: PointerEvent) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.last = null;
    this.changed(true);
  }

  private turnWheel(event: WheelEvent) {
    event.preventDefault();
    const step = Math.max(1, this.radius * 0.1) * Math.sign(-event.deltaY);
    this.radius = Math.min(Math.max(2, this.radius + step), this.size / 4);
  }

  private paintTo(point: Point) {
    const masks = this.pair();
    const from = this.last ?? point;
    if (this.tool === 'box') {
      const { x, y } = this.start!;
      masks.restartStep();
      masks.wanted.fill(Math.min(x, point.x), Math.min(y, point.y), Math.abs(point.x - x), Math.abs(point.y - y), this.colour('brush'));
    } else if (this.tool === 'erase') {
      for (const mask of [masks.wanted, masks.unwanted]) mask.stroke(from, point, this.radius, true, '#000');
    } else {
      (this.tool === 'brush' ? masks.wanted : masks.unwanted).stroke(from, point, this.radius, false, this.colour(this.tool));
    }
    this.last = point;
    this.changed(false);
  }

  private colour(tool: 'brush' | 'against') {
    return getComputedStyle(this).getPropertyValue(`--vfs-${tool}`).trim() || (tool === 'brush' ? '#ff7a1a' : '#2b7fff');
  }

  private place(event: PointerEvent): Point {
    const box = this.renderRoot.querySelector('.stage')!.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * this.size, y: ((event.clientY - box.top) / box.height) * (this.height || this.size) };
  }

  private changed(isFinal: boolean) {
    this.requestUpdate();
    this.announce(isFinal);
  }

  private announce(isFinal: boolean) {
    const detail: MaskChange = { isEmpty: this.isEmpty, isFinal };
    this.dispatchEvent(new CustomEvent<MaskChange>('vfs-mask-change', { detail, bubbles: true, composed: true }));
  }

  static override styles = css`
    :host {
      display: block;
      --accent-colour: var(--vfs-accent, #c2510a);
    }
    .stage {
      position: relative;
      overflow: hidden;
      border-radius: 12px;
      background: #8883;
      touch-action: none;
      user-select: none;
      cursor: none;
    }
    .stage img,
    .stage canvas {
      position: absolute;
      inset: 0;
      width: 100%;
      height: 100%;
      pointer-events: none;
    }
    .stage canvas {
      opacity: 0.62;
    }
    .ring {
      position: absolute;
      translate: -50% -50%;
      box-sizing: border-box;
      border: 2px solid #fff;
      border-radius: 50%;
      box-shadow:
        0 0 0 1px #0009,
        inset 0 0 0 1px #0006;
      pointer-events: none;
    }
    .stage.box {
      cursor: crosshair;
    }
    .erase .ring {
      border-style: dashed;
    }
    .against .ring {
      border-color: var(--vfs-against, #2b7fff);
    }
    .failed {
      position: absolute;
      inset: 0;
      display: grid;
      place-items: center;
      margin: 0;
      background: #000a;
      color: #fff;
    }
    .toolbar {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 10px 14px;
      margin-top: 12px;
    }
    .tools {
      display: inline-flex;
    }
    button {
      min-height: 36px;
      padding: 0 12px;
      border: 1px solid #8886;
      background: transparent;
      color: inherit;
      font: inherit;
      font-size: 14px;
      cursor: pointer;
    }
    button + button {
      border-left: 0;
    }
    button:first-child {
      border-radius: 8px 0 0 8px;
    }
    button:last-child {
      border-radius: 0 8px 8px 0;
    }
    button[aria-pressed='true'] {
      background: var(--accent-colour);
      color: var(--vfs-accent-ink, #fff);
      border-color: var(--accent-colour);
    }
    button:disabled {
      opacity: 0.45;
      cursor: default;
    }
    button:focus-visible,
    input:focus-visible {
      outline: 3px solid var(--accent-colour);
      outline-offset: 2px;
    }
    .radius {
      display: flex;
      flex: 1 1 150px;
      align-items: center;
      gap: 8px;
      font-size: 14px;
    }
    .radius input {
      flex: 1;
      min-width: 60px;
      accent-color: var(--accent-colour);
    }
    .radius output {
      min-width: 44px;
      font-variant-numeric: tabular-nums;
    }
  `;
}

async function decode(url: string) {
  if (!url) return null;
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

if (!customElements.get('vfs-highlight')) customElements.define('vfs-highlight', HighlightElement);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-highlight': HighlightElement;
  }
}
