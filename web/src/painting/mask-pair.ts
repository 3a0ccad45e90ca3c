import { MaskCanvas } from './mask-canvas';

interface Step {
  wanted: ImageData;
  unwanted: ImageData;
}

/** The mask of what is looked for and the mask of what counts against a result, with one history. */
export class MaskPair {
  private static readonly maximumHistory = 40;

  readonly wanted: MaskCanvas;
  readonly unwanted: MaskCanvas;
  private readonly past: Step[] = [];
  private readonly future: Step[] = [];

  constructor(width: number, height: number) {
    this.wanted = new MaskCanvas(width, height);
    this.unwanted = new MaskCanvas(width, height);
  }

  get width() {
    return this.wanted.element.width;
  }

  get height() {
    return this.wanted.element.height;
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  get isEmpty() {
    return this.wanted.isEmpty && this.unwanted.isEmpty;
  }

  /** Remembers the masks as they are, so that what follows can be undone in one step. */
  beginStep() {
    this.past.push(this.read());
    if (this.past.length > MaskPair.maximumHistory) this.past.shift();
    this.future.length = 0;
  }

  /** Goes back to where the step under way began, and stays in it. */
  restartStep() {
    const start = this.past.at(-1);
    if (start) this.write(start);
  }

  undo() {
    this.step(this.past, this.future);
  }

  redo() {
    this.step(this.future, this.past);
  }

  reset() {
    if (this.isEmpty) return;
    this.beginStep();
    this.wanted.clear();
    this.unwanted.clear();
  }

  private step(from: Step[], to: Step[]) {
    const state = from.pop();
    if (!state) return;
    to.push(this.read());
    this.write(state);
  }

  private read(): Step {
    return { wanted: this.wanted.read(), unwanted: this.unwanted.read() };
  }

  private write(state: Step) {
    this.wanted.write(state.wanted);
    this.unwanted.write(state.unwanted);
  }
}
