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
  modelSha256?: string;
  inputWidth: number;
  inputHeight: number;
  labels: { label: string; images: number }[];
  columns: string[];
}

export interface StoreImage {
  index: number;
  path: string;
  label?: string;
  columns?: Record<string, string>;
  /** Only where one image alone was asked for. */
  sha256?: string;
}

export interface ImagePage {
  total: number;
  offset: number;
  images: StoreImage[];
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
  /** All windows, best first, where several were asked for. */
  windows?: { similarity: number; window: Window }[];
  columns?: Record<string, string>;
}

/** What was searched for: the layer, its grid, and the mask as the layer sees it, cropped to its box. */
export interface SearchedRegion {
  store: string;
  layer: string;
  grid: Grid;
  box: Window;
  weights: number[];
}

export interface SearchReport {
  query: SearchedRegion;
  results: Match[];
  stats: { images: number; milliseconds: number; nonFiniteImages: number; bytesRead: number };
}

/** How similarities are distributed: a box plot's numbers and the outline of a violin. */
export interface Distribution {
  count: number;
  mean: number;
  minimum: number;
  lowerWhisker: number;
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
  upperWhisker: number;
  maximum: number;
  density: { similarity: number; density: number }[];
}

/** A row of a comparison: what it searches, and with which highlight where that is not the common one. */
export interface ComparisonRow {
  store: string;
  layer?: string;
  image?: QueryImage;
  mask?: string;
  negativeMask?: string;
}

/** The answers of several rows, and how much each pair of them agrees. */
export interface Comparison {
  rows: { store: string; layer: string; report: SearchReport; distribution?: Distribution }[];
  /** The rank correlation is there with distributions. */
  overlaps: { first: number; second: number; depth: number; atDepth: number; rankBiased: number; rankCorrelation?: number }[];
}

/** How alike layers are over the images that their stores have in common, each with each. */
export interface Representations {
  images: number;
  linearCka: (number | null)[][];
}

export type Measure = 'highlight' | 'contrast' | 'difference';

export interface GroupStatistics {
  name: string;
  distribution: Distribution;
  againstOthers?: { difference: number; low: number; high: number };
  test?: { superiority: number; pValue: number; adjustedPValue: number };
}

export interface Statistics {
  query: SearchedRegion;
  by: string;
  measure: Measure;
  nonFiniteImages: number;
  all: Distribution;
  groups: GroupStatistics[];
  omittedGroups: number;
  permutations: number;
  seed: number;
  precision?: { labels: string[]; chance: number; at: { depth: number; share: number }[] };
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
  windows?: number;
  leaveOut?: readonly number[];
  columns?: readonly string[];
}

export interface Upload {
  id: string;
  width: number;
  height: number;
}

/** The photograph of a query: a row of a store or an upload, and the store on whose crop it is painted. */
export type QueryImage = ({ index: number } | { upload: string }) & { store: string };

export const isSameImage = (one: QueryImage, other: QueryImage) =>
  one.store === other.store && ('index' in one ? 'index' in other && one.index === other.index : 'upload' in other && one.upload === other.upload);

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

const under = (store: string) => `stores/${encodeURIComponent(store)}`;

export const listImages = (store: string, offset: number, limit: number, where = '') =>
  ask<ImagePage>(`${under(store)}/images?offset=${offset}&limit=${limit}${where ? `&where=${encodeURIComponent(where)}` : ''}`);

export const getImage = (store: string, index: number) => ask<StoreImage>(`${under(store)}/images/${index}`);

export const uploadPhotograph = (file: Blob) => ask<Upload>('uploads', { method: 'POST', body: file });

const post = <T>(path: string, body: unknown, signal?: AbortSignal) =>
  ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });

export const search = (store: string, image: QueryImage, mask: string, layer: string, options: SearchOptions, signal: AbortSignal) =>
  post<SearchReport>(`${under(store)}/search`, { image, mask, layer, ...options }, signal);

export const compare = (image: QueryImage, mask: string, options: SearchOptions, rows: readonly ComparisonRow[], distributions: boolean, signal: AbortSignal) =>
  post<Comparison>('compare', { search: { image, mask, ...options }, rows, distributions }, signal);

export const compareRepresentations = (rows: readonly { store: string; layer: string }[], signal: AbortSignal) =>
  post<Representations>('compare/representations', { rows }, signal);

export const describe = (
  store: string,
  image: QueryImage,
  mask: string,
  layer: string,
  options: Pick<SearchOptions, 'negativeMask' | 'where'>,
  by: string,
  measure: Measure,
  signal: AbortSignal,
) => post<Statistics>(`${under(store)}/statistics`, { search: { image, mask, layer, ...options }, by, measure }, signal);

export const mapWindows = (store: string, image: QueryImage, mask: string, layer: string, index: number) =>
  post<WindowMap>(`${under(store)}/search/map`, { image, mask, layer, index });

/** The part that the network sees of a photograph: what is painted on, and what windows refer to; enlarged where the photograph has more pixels. */
export const cropUrl = (image: QueryImage, scale = 1) =>
  `${root}/${under(image.store)}/${'index' in image ? `images/${image.index}` : `uploads/${image.upload}`}/crop${scale > 1 ? `?scale=${scale}` : ''}`;

export const thumbnailUrl = (store: string, index: number, size: number) => `${root}/${under(store)}/images/${index}/thumbnail?size=${size}`;
