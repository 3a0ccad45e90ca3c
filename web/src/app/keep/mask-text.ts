/**
 * Masks as short text for addresses: the alpha of every pixel, deflated, in base64 without the characters that addresses would
 * have to escape. A third of the same mask's PNG, and exactly the same mask.
 */
export async function packMask(png: string): Promise<string> {
  if (!png) return '';
  const image = new Image();
  image.src = png;
  await image.decode();
  const context = newContext(image.width, image.height);
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const alpha = Uint8Array.from({ length: data.length / 4 }, (_, pixel) => data[4 * pixel + 3]!);
  const packed = await through(alpha, new CompressionStream('deflate-raw'));
  return btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** A mask as a PNG data URL again; empty where the text is of no mask of this size. */
export async function unpackMask(text: string, width: number, height: number, colour: readonly [number, number, number]): Promise<string> {
  if (!text) return '';
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
    const alpha = await through(bytes, new DecompressionStream('deflate-raw'));
    if (alpha.length !== width * height) return '';
    const context = newContext(width, height);
    const image = context.createImageData(width, height);
    alpha.forEach((value, pixel) => image.data.set([...colour, value], 4 * pixel));
    context.putImageData(image, 0, 0);
    return context.canvas.toDataURL('image/png');
  } catch {
    return '';
  }
}

function newContext(width: number, height: number) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
