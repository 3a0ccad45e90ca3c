import type { Measure, QueryImage } from '../api/client';
import type { Pin } from './query';
import { noFilter, type Filter } from './results/result-filter';

/** What is beside the photograph. */
export type View = 'results' | 'statistics' | 'browse';

/** What the rows of a comparison are; empty for none. */
export type Compare = '' | 'layers' | 'stores' | 'highlights';

/** Everything that decides what the page shows. */
export interface LinkState {
  store: string;
  layer: string;
  image: QueryImage;
  /** The beginning of the SHA-256 of the photograph's file; empty where it is not known. */
  hash: string;
  /** The painted mask as {@link packMask} packs it; empty for nothing painted. */
  mask: string;
  /** The mask of what counts against a result, packed as well; empty for none. */
  against: string;
  filter: Filter;
  compare: Compare;
  /** Pinned highlights, their masks packed. */
  pins: readonly Pin[];
  view: View;
  /** The column that statistics are grouped by. */
  by: string;
  measure: Measure;
}

/** Hexadecimal digits of a photograph's hash in a link: enough to tell photographs from each other. */
export const hashDigits = 16;

const packImage = (image: QueryImage) => ('index' in image ? String(image.index) : image.upload);

/** A row of the store, or the 64 digits of an upload. */
const unpackImage = (store: string, text: string): QueryImage | null =>
  /^[0-9a-f]{64}$/.test(text) ? { store, upload: text } : /^\d+$/.test(text) ? { store, index: Number(text) } : null;

/** A state as the part of an address behind #. */
export function toLink(state: LinkState): string {
  const { filter } = state;
  const fields = new URLSearchParams({ store: state.store, layer: state.layer, image: packImage(state.image) });
  const set = (name: string, value: string | number | false) => value && fields.set(name, String(value));
  set('photo', state.hash.slice(0, hashDigits));
  set('label', filter.label);
  set('unique', filter.unique);
  set('where', filter.where);
  set('least', filter.least);
  set('own', filter.leaveOutOwn && 'out');
  set('windows', filter.windows > 1 && filter.windows);
  set('hidden', filter.hidden.join('.'));
  for (const column of filter.columns) fields.append('column', column);
  set('compare', state.compare);
  set('view', state.view !== 'results' && state.view);
  set('by', state.by !== 'label' && state.by);
  set('measure', state.measure !== 'highlight' && state.measure);
  for (const pin of state.pins) fields.append('pin', [packImage(pin.image), pin.mask, pin.against, pin.title].join('~'));
  set('mask', state.mask);
  set('against', state.against);
  return `#${fields}`;
}

/** Reads what {@link toLink} wrote; null where there is no state in it. */
export function fromLink(link: string): LinkState | null {
  const fields = new URLSearchParams(link.replace(/^#/, ''));
  const text = (name: string) => fields.get(name) ?? '';
  const oneOf = <T extends string>(name: string, values: readonly T[]) => values.find((value) => value === text(name)) ?? values[0]!;
  const store = text('store');
  const image = unpackImage(store, text('image'));
  if (!store || !image) return null;
  return {
    store,
    layer: text('layer'),
    image,
    hash: text('photo'),
    mask: text('mask'),
    against: text('against'),
    compare: oneOf('compare', ['', 'layers', 'stores', 'highlights']),
    view: oneOf('view', ['results', 'statistics', 'browse']),
    by: text('by') || 'label',
    measure: oneOf('measure', ['highlight', 'contrast', 'difference']),
    pins: fields.getAll('pin').flatMap((pin) => {
      const [name, mask, against, ...title] = pin.split('~');
      const pinned = unpackImage(store, name ?? '');
      return pinned && mask ? [{ image: pinned, mask, against: against ?? '', title: title.join('~') }] : [];
    }),
    filter: {
      ...noFilter,
      label: text('label'),
      unique: text('unique'),
      where: text('where'),
      least: Math.min(Math.max(Number(text('least')) || 0, 0), 0.99),
      leaveOutOwn: text('own') === 'out',
      windows: Math.min(Math.max(Number(text('windows')) || 1, 1), 5),
      hidden: text('hidden')
        .split('.')
        .filter((row) => /^\d+$/.test(row))
        .map(Number),
      columns: fields.getAll('column'),
    },
  };
}
