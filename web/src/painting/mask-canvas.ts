/** A brush mask: a canvas whose alpha is what was painted. */
export class MaskCanvas {
  readonly element = document.createElement('canvas');
  private readonly context: CanvasRenderingContext2D;

  constructor(width: number, height: number) {
    this.element.width = width;
    this.element.height = height;
    this.context = this.element.getContext('2d', { willReadFrequently: true })!;
    this.context.lineCap = 'round';
    this.context.lineJoin = 'round';
  }

  get isEmpty() {
    const { data } = this.read();
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) return false;
    return true;
  }

  /** Paints from one point to another, in pixels of the mask. */
  stroke(from: Point, to: Point, radius: number, erase: boolean, colour: string) {
    const { context } = this;
    context.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
    context.strokeStyle = colour;
    context.lineWidth = radius * 2;
    context.beginPath();
    context.moveTo(from.x, from.y);
    // A dot is a line of no length, which only some browsers draw.
    context.lineTo(to.x, from.x === to.x && from.y === to.y ? to.y + 0.01 : to.y);
    context.stroke();
  }

  /** Paints a box, in pixels of the mask. */
  fill(x: number, y: number, width: number, height: number, colour: string) {
    this.context.globalCompositeOperation = 'source-over';
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
  }

  /** Paints what a closed line surrounds, in pixels of the mask. */
  fillInside(line: readonly Point[], colour: string) {
    const { context } = this;
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = colour;
    context.beginPath();
    for (const { x, y } of line) context.lineTo(x, y);
    context.fill();
  }

  /** Replaces the mask. */
  load(image: CanvasImageSource) {
    this.context.globalCompositeOperation = 'source-over';
    this.context.clearRect(0, 0, this.element.width, this.element.height);
    this.context.drawImage(image, 0, 0, this.element.width, this.element.height);
  }

  /** The mask as a PNG data URL; its alpha is the brush. */
  toPng() {
    return this.element.toDataURL('image/png');
  }

  /** The mask as it is, to be put back by {@link write}. */
  read() {
    return this.context.getImageData(0, 0, this.element.width, this.element.height);
  }

  write(state: ImageData) {
    this.context.putImageData(state, 0, 0);
  }

  clear() {
    this.context.clearRect(0, 0, this.element.width, this.element.height);
  }
}

export interface Point {
  x: number;
  y: number;
}
