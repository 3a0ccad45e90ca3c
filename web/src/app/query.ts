import type { QueryImage, StoreImage } from '../api/client';

/** A photograph that can be painted on. */
export interface Query {
  image: QueryImage;
  title: string;
}

/** A highlight that was kept beside the one that is being painted, to be compared with it. */
export interface Pin extends Query {
  mask: string;
  against: string;
}

/** A file's name as people would write it. */
export const nameOf = (path: string) =>
  path
    .split('/')
    .at(-1)!
    .replace(/\.[a-z]+$/i, '')
    .replaceAll(/[-_]/g, ' ');

export const toQuery = (store: string, image: StoreImage): Query => ({
  image: { store, index: image.index },
  title: image.label ? `${nameOf(image.path)} (${image.label})` : nameOf(image.path),
});

/** One image of each label in turn, so that the front of the strip shows what there is. */
export function interleave<T extends { label?: string }>(images: readonly T[]): T[] {
  const byLabel = Map.groupBy(images, (image) => image.label ?? '');
  const groups = [...byLabel.values()];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, place) => groups.flatMap((group) => group.slice(place, place + 1))).flat();
}
