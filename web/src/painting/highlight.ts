import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { drawCells, type CellMask } from './cell-mask';
import { highlightStyles } from './highlight-styles';
import type { Point } from './mask-canvas';
import { MaskPair } from './mask-pair';
import { toolNames, toolOfKey, tools, type Tool } from './tools';
import { moveBy, toTransform, wholePicture, zoomAround, type Viewport } from './viewport';

/** What `vfs-mask-change` tells: whether anything is painted, and whether the stroke is finished. */
export interface MaskChange {
  isEmpty: boolean;
  isFinal: boolean;
}

/**
 * A photograph to paint on: `<vfs-highlight src="crop.jpg" size="224"></vfs-highlight>`. docs/widgets.md describes its
 * attributes, properties, methods, events, keys and CSS parts.
 */
export class HighlightElement extends LitElement {
  static override properties = {
    src: { type: String },
    alt: { type: String },
    size: { type: Number },
    height: { type: Number },
    radius: { type: Number, reflect: true },
    tool: { type: String, reflect: true },
    maskOpacity: { type: Number, attribute: 'mask-opacity' },
    cells: { attribute: false },
    showsCells: { state: true },
    view: { state: true },
    cursor: { state: true },
    isDown: { state: true },
    failed: { state: true },
  };

  declare src: string;
  declare alt: string;
  declare size: number;
  declare height: number;
  declare radius: number;
  declare tool: Tool;
  declare maskOpacity: number;
  declare cells: CellMask | null | undefined;
  private declare showsCells: boolean;
  private declare view: Viewport;
  private declare cursor: Point | null;
  private declare isDown: boolean;
  private declare failed: boolean;
  private masks: MaskPair | null = null;
  private line: Point[] = [];
  private pointer: number | null = null;
  /** Where the picture was taken hold of to move it, in parts of the stage. */
  private held: Point | null = null;

  constructor() {
    super();
    this.src = '';
    this.alt = 'The photograph to paint on';
    this.size = 224;
    this.height = 0;
    this.radius = 16;
    this.tool = 'brush';
    this.maskOpacity = 0.62;
    this.cells = undefined;
    this.showsCells = false;
    this.view = wholePicture;
    this.cursor = null;
    this.isDown = false;
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
      this.view = wholePicture;
      if (hadMask) queueMicrotask(() => this.announce(true));
    }
  }

  override updated() {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.cells');
    if (canvas && this.cells) drawCells(canvas, this.cells, this.colour('brush'));
  }

  override render() {
    const { size, radius } = this;
    const masks = this.pair();
    const { width, height } = masks;
    const showsCells = this.showsCells && !!this.cells;
    for (const { element } of [masks.wanted, masks.unwanted]) element.style.opacity = String(showsCells ? 0 : this.maskOpacity);
    return html`
      <div
        part="stage"
        class="stage ${this.tool} ${this.held ? 'moving' : ''}"
        style="aspect-ratio:${width}/${height}"
        tabindex="0"
        role="application"
        aria-label="${this.alt}. Arrow keys move the ${this.tool}, Space puts it down and lifts it again."
        aria-describedby="keys"
        @pointerdown=${this.startStroke}
        @pointermove=${this.moveStroke}
        @pointerup=${this.endStroke}
        @pointercancel=${this.endStroke}
        @pointerleave=${() => !this.isDown && (this.cursor = null)}
        @keydown=${this.pressKey}
        @blur=${this.leave}
        @wheel=${this.turnWheel}
      >
        <div class="layers" style="transform:${toTransform(this.view)}">
          ${this.src ? html`<img src=${this.src} alt=${this.alt} draggable="false" @error=${() => (this.failed = true)} />` : nothing}
          ${masks.wanted.element}${masks.unwanted.element} ${showsCells ? html`<canvas part="cells" class="cells"></canvas>` : nothing}
          ${this.cursor ? this.renderRing(this.cursor, width, height) : nothing}
        </div>
        ${this.failed ? html`<p class="failed" role="alert">This photograph cannot be shown.</p>` : nothing}
      </div>
      <p id="keys" class="hidden-text">
        Keys: B brush, R box, L lasso, A against, E erase; square brackets change the radius; plus, minus and 0 zoom; Ctrl+Z and Ctrl+Y undo and redo; Delete
        resets.
      </p>
      <div part="toolbar" class="toolbar" role="toolbar" aria-label="Painting tools">
        <div class="tools" role="group" aria-label="Tool">
          ${toolNames.map(
            (tool) => html`<button type="button" title=${tools[tool][1]} aria-pressed=${this.tool === tool} @click=${() => (this.tool = tool)}>
              ${tools[tool][0]}
            </button>`,
          )}
        </div>
        <label class="slider">
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
        <div class="tools" role="group" aria-label="Zoom">
          <button type="button" aria-label="Zoom out" ?disabled=${this.view.zoom === 1} @click=${() => this.zoom(1 / 1.5)}>−</button>
          <button type="button" title="Show the whole photograph" @click=${() => (this.view = wholePicture)}>${Math.round(100 * this.view.zoom)} %</button>
          <button type="button" aria-label="Zoom in" title="Zoom in (Ctrl and the wheel; the middle button moves)" @click=${() => this.zoom(1.5)}>+</button>
        </div>
        <label class="slider">
          <span>Opacity</span>
          <input
            type="range"
            min="0.1"
            max="1"
            step="0.05"
            .value=${String(this.maskOpacity)}
            @input=${(event: Event) => (this.maskOpacity = Number((event.target as HTMLInputElement).value))}
          />
        </label>
        ${this.cells !== undefined
          ? html`<div class="tools">
              <button
                type="button"
                title="Show the mask as the layer sees it${this.cells ? `: ${this.cells.rows} × ${this.cells.columns} cells` : ''}"
                ?disabled=${!this.cells}
                aria-pressed=${this.showsCells}
                @click=${() => (this.showsCells = !this.showsCells)}
              >
                Cells
              </button>
            </div>`
          : nothing}
      </div>
    `;
  }

  private renderRing(place: Point, width: number, height: number) {
    const isRound = this.tool !== 'box' && this.tool !== 'lasso';
    const radius = isRound ? this.radius : 5 / this.view.zoom;
    const percent = (pixels: number, side: number) => `${(100 * pixels) / side}%`;
    return html`<div
      class="ring ${this.isDown ? 'down' : ''}"
      style="left:${percent(place.x, width)};top:${percent(place.y, height)};width:${percent(2 * radius, width)};height:${percent(2 * radius, height)}"
    ></div>`;
  }

  private pair() {
    this.masks ??= new MaskPair(this.size, this.height || this.size);
    return this.masks;
  }

  private startStroke(event: PointerEvent) {
    if (this.pointer !== null || this.failed || (event.button !== 0 && event.button !== 1)) return;
    event.preventDefault();
    this.pointer = event.pointerId;
    const stage = event.currentTarget as HTMLElement;
    stage.setPointerCapture(event.pointerId);
    stage.focus({ preventScroll: true });
    if (event.button === 1) this.held = this.onStage(event);
    else this.putDown(this.place(event));
  }

  private moveStroke(event: PointerEvent) {
    if (this.held && event.pointerId === this.pointer) {
      const now = this.onStage(event);
      this.view = moveBy(this.view, now.x - this.held.x, now.y - this.held.y);
      this.held = now;
      return;
    }
    if (event.pointerType !== 'touch' && (this.pointer !== null || !this.isDown)) this.cursor = this.place(event);
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const step of events.length > 0 ? events : [event]) this.paintTo(this.place(step));
  }

  private endStroke(event: PointerEvent) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    if (this.held) this.held = null;
    else this.lift();
  }

  private putDown(place: Point) {
    this.isDown = true;
    this.line = [];
    this.pair().beginStep();
    this.paintTo(place);
  }

  private lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.line = [];
    this.changed(true);
  }

  private readonly leave = () => {
    if (this.pointer !== null) return;
    this.lift();
    this.cursor = null;
  };

  private turnWheel(event: WheelEvent) {
    event.preventDefault();
    const direction = Math.sign(-event.deltaY);
    if (event.ctrlKey) this.zoom(1.2 ** direction, this.place(event));
    else this.changeRadius(direction);
  }

  private changeRadius(direction: number) {
    this.radius = Math.min(Math.max(2, this.radius + Math.max(1, this.radius * 0.1) * direction), this.size / 4);
  }

  private zoom(factor: number, around: Point = this.cursor ?? { x: this.size / 2, y: (this.height || this.size) / 2 }) {
    this.view = zoomAround(this.view, factor, { x: around.x / this.size, y: around.y / (this.height || this.size) });
  }

  private pressKey(event: KeyboardEvent) {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      const key = event.key.toLowerCase();
      if (key === 'z' && !event.shiftKey) this.undo();
      else if (key === 'y' || key === 'z') this.redo();
      else return;
      event.preventDefault();
      return;
    }
    const step = event.shiftKey ? 1 : Math.max(2, this.radius / 2);
    const moves: Record<string, Point> = { ArrowLeft: { x: -step, y: 0 }, ArrowRight: { x: step, y: 0 }, ArrowUp: { x: 0, y: -step }, ArrowDown: { x: 0, y: step } };
    const move = moves[event.key];
    const tool = toolOfKey(event.key);
    if (move) this.moveByKey(move);
    else if (event.key === ' ') this.pressByKey();
    else if (event.key === 'Escape' && this.isDown) this.lift();
    else if (event.key === '[' || event.key === ']') this.changeRadius(event.key === '[' ? -1 : 1);
    else if (event.key === '+' || event.key === '=') this.zoom(1.5);
    else if (event.key === '-') this.zoom(1 / 1.5);
    else if (event.key === '0') this.view = wholePicture;
    else if (event.key === 'Delete' || event.key === 'Backspace') this.reset();
    else if (tool) this.tool = tool;
    else return;
    event.preventDefault();
  }

  private moveByKey(move: Point) {
    const { x, y } = this.cursor ?? this.middle();
    this.cursor = { x: Math.min(this.size, Math.max(0, x + move.x)), y: Math.min(this.height || this.size, Math.max(0, y + move.y)) };
    if (this.isDown) this.paintTo(this.cursor);
  }

  private pressByKey() {
    this.cursor ??= this.middle();
    if (this.isDown) this.lift();
    else this.putDown(this.cursor);
  }

  private middle(): Point {
    return { x: this.size / 2, y: (this.height || this.size) / 2 };
  }

  private paintTo(point: Point) {
    const masks = this.pair();
    const from = this.line.at(-1) ?? point;
    this.line.push(point);
    if (this.tool === 'box') {
      const { x, y } = this.line[0]!;
      masks.restartStep();
      masks.wanted.fill(Math.min(x, point.x), Math.min(y, point.y), Math.abs(point.x - x), Math.abs(point.y - y), this.colour('brush'));
    } else if (this.tool === 'lasso') {
      masks.restartStep();
      masks.wanted.fillInside(this.line, this.colour('brush'));
    } else if (this.tool === 'erase') {
      for (const mask of [masks.wanted, masks.unwanted]) mask.stroke(from, point, this.radius, true, '#000');
    } else {
      (this.tool === 'brush' ? masks.wanted : masks.unwanted).stroke(from, point, this.radius, false, this.colour(this.tool));
    }
    this.changed(false);
  }

  private colour(tool: 'brush' | 'against') {
    return getComputedStyle(this).getPropertyValue(`--vfs-${tool}`).trim() || (tool === 'brush' ? '#ff7a1a' : '#2b7fff');
  }

  /** Where the pointer is, in pixels of the mask. */
  private place(event: MouseEvent): Point {
    const box = this.renderRoot.querySelector('.layers')!.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * this.size, y: ((event.clientY - box.top) / box.height) * (this.height || this.size) };
  }

  /** Where the pointer is, in parts of the stage. */
  private onStage(event: MouseEvent): Point {
    const box = this.renderRoot.querySelector('.stage')!.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  private changed(isFinal: boolean) {
    this.requestUpdate();
    this.announce(isFinal);
  }

  private announce(isFinal: boolean) {
    const detail: MaskChange = { isEmpty: this.isEmpty, isFinal };
    this.dispatchEvent(new CustomEvent<MaskChange>('vfs-mask-change', { detail, bubbles: true, composed: true }));
  }

  static override styles = highlightStyles;
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
