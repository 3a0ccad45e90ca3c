import type { QueryImage } from '../api/client';
import { noFilter, type Filter } from './result-filter';

/** Everything that decides what the page shows. */
export interface LinkState {
  store: string;
  layer: string;
  image: QueryImage;
  /** The painted mask, a PNG data URL; empty for nothing painted. */
  mask: string;
  /** The mask of what counts against a result; empty for none. */
  against: string;
  filter: Filter;
  /** Whether all layers are compared. */
  compare: boolean;
}

const png = 'data:image/png;base64,';

/** Base64 without the characters that addresses would have to escape. */
const pack = (mask: string) => mask.slice(png.length).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const unpack = (mask: string | null) => (mask ? png + mask.replaceAll('-', '+').replaceAll('_', '/') : '');

/** A state as the part of an address behind #. */
export function toLink(state: LinkState): string {
  const fields = new URLSearchParams({ store: state.store, layer: state.layer });
  if ('index' in state.image) fields.set('image', String(state.image.index));
  else fields.set('upload', state.image.upload);
  const { filter } = state;
  if (filter.label) fields.set('label', filter.label);
  if (filter.unique) fields.set('unique', filter.unique);
  if (filter.where) fields.set('where', filter.where);
  if (filter.least > 0) fields.set('least', String(filter.least));
  if (filter.leaveOutOwn) fields.set('own', 'out');
  if (state.compare) fields.set('compare', 'layers');
  if (state.mask) fields.set('mask', pack(state.mask));
  if (state.against) fields.set('against', pack(state.against));
  return `#${fields}`;
}

/** Reads what {@link toLink} wrote; null where there is no state in it. */
export function fromLink(link: string): LinkState | null {
  const fields = new URLSearchParams(link.replace(/^#/, ''));
  const store = fields.get('store');
  const upload = fields.get('upload');
  const index = Number(fields.get('image') ?? NaN);
  if (!store || (!upload && !Number.isInteger(index))) return null;
  return {
    store,
    layer: fields.get('layer') ?? '',
    image: upload ? { upload } : { index },
    mask: unpack(fields.get('mask')),
    against: unpack(fields.get('against')),
    compare: fields.get('compare') === 'layers',
    filter: {
      ...noFilter,
      label: fields.get('label') ?? '',
      unique: fields.get('unique') ?? '',
      where: fields.get('where') ?? '',
      least: Math.min(Math.max(Number(fields.get('least') ?? 0) || 0, 0), 0.99),
      leaveOutOwn: fields.get('own') === 'out',
    },
  };
}
