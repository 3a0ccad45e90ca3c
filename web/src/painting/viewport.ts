import type { Point } from './mask-canvas';

/** What is seen of a picture: how much it is enlarged, and which part of it is at the left and the top edge, 0 to 1. */
export interface Viewport {
  zoom: number;
  left: number;
  top: number;
}

export const wholePicture: Viewport = { zoom: 1, left: 0, top: 0 };

const maximumZoom = 8;

/** Enlarges or reduces around a place of the picture, in parts of it, which stays where it is. */
export function zoomAround(view: Viewport, factor: number, place: Point): Viewport {
  const zoom = Math.min(maximumZoom, Math.max(1, view.zoom * factor));
  return clamp({
    zoom,
    left: place.x - ((place.x - view.left) * view.zoom) / zoom,
    top: place.y - ((place.y - view.top) * view.zoom) / zoom,
  });
}

/** Moves the picture by parts of the stage. */
export const moveBy = (view: Viewport, x: number, y: number): Viewport => clamp({ ...view, left: view.left - x / view.zoom, top: view.top - y / view.zoom });

/** The same as CSS, for an element as large as the stage whose origin is its upper left corner. */
export const toTransform = ({ zoom, left, top }: Viewport) => `scale(${zoom}) translate(${-100 * left}%, ${-100 * top}%)`;

/** No edge of the picture comes inside the stage. */
function clamp({ zoom, left, top }: Viewport): Viewport {
  const most = 1 - 1 / zoom;
  return { zoom, left: Math.min(most, Math.max(0, left)), top: Math.min(most, Math.max(0, top)) };
}
