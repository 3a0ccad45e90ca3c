/** What the server answers; docs/http-api.md describes it. Addresses are relative, so the page works below any path. */

export interface Grid {
  channels: number;
  height: number;
  width: number;
}

export interface Layer {
  name: string;
  array: string;
  grid: Grid;
  type: string;
}

export interface Store {
  id: string;
  images: number;
  isFinished: boolean;
  layers: Layer[];
  model?: string;
  inputWidth: number;
  inputHeight: number;
  labels: { label: string; images: number }[];
  columns: string[];
}

export interface StoreImage {
  index: number;
  path: string;
  label?: string;
}

export interface Window {
  y: number;
  x: number;
  height: number;
  width: number;
}

export interface Match {
  rank: number;
  index: number;
  path?: string;
  label?: string;
  similarity: number;
  /** With a mask that counts against it: the two similarities that make up the one above. */
  positive?: number;
  negative?: number;
  window: Window;
}

export interface SearchReport {
  query: { store: string; layer: string; grid: Grid; box: Window };
  results: Match[];
  stats: { images: number; milliseconds: number; nonFiniteImages: number; bytesRead: number };
}

/** The answers of several layers to one search, and how much each pair of them agrees. */
export interface Comparison {
  rows: SearchReport[];
  overlaps: { first: string; second: string; depth: number; atDepth: number; rankBiased: number }[];
}

/** The similarity of every window of one image. */
export interface WindowMap {
  index: number;
  rows: number;
  columns: number;
  window: Window;
  grid: Grid;
  similarities?: number[];
}

/** What else is asked of a search; docs/http-api.md describes the fields. */
export interface SearchOptions {
  top: number;
  negativeMask?: string;
  where?: string;
  unique?: string;
  threshold?: number;
  excludeSelf?: boolean;
}

export interface Upload {
  id: string;
  width: number;
  height: number;
}

/** The photograph of a query: a row of the store or an upload. */
export type QueryImage = { index: number } | { upload: string };

/** A problem as the server reports it (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail: string,
  ) {
    super(title);
  }
}

const root = 'api';

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`${root}/${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'The server does not answer', 'Is vissearch still running? Start it again and reload the page.');
  }
  if (response.ok) return (await response.json()) as T;
  const body = await response.json().catch(() => ({}));
  throw new Problem(response.status, body.title ?? `The server answered ${response.status}`, body.detail ?? '');
}

export const listStores = () => ask<Store[]>('stores');

export const listImages = async (store: string, limit: number, offset = 0) =>
  (await ask<{ images: StoreImage[] }>(`stores/${encodeURIComponent(store)}/images?offset=${offset}&limit=${limit}`)).images;

export const uploadPhotograph = (file: Blob) => ask<Upload>('uploads', { method: 'POST', body: file });

const post = <T>(path: string, body: unknown, signal?: AbortSignal) =>
  ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });

export const search = (store: string, image: QueryImage, mask: string, layer: string, options: SearchOptions, signal: AbortSignal) =>
  post<SearchReport>(`stores/${encodeURIComponent(store)}/search`, { image, mask, layer, ...options }, signal);

export const compareLayers = (store: string, image: QueryImage, mask: string, options: SearchOptions, signal: AbortSignal) =>
  post<Comparison>(`stores/${encodeURIComponent(store)}/search/compare`, { search: { image, mask, ...options } }, signal);

export const mapWindows = (store: string, image: QueryImage, mask: string, layer: string, index: number) =>
  post<WindowMap>(`stores/${encodeURIComponent(store)}/search/map`, { image, mask, layer, index });

/** The part that the network sees of a photograph: what is painted on, and what windows refer to. */
export const cropUrl = (store: string, image: QueryImage) =>
  'index' in image
    ? `${root}/stores/${encodeURIComponent(store)}/images/${image.index}/crop`
    : `${root}/stores/${encodeURIComponent(store)}/uploads/${image.upload}/crop`;
