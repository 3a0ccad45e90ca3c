import { LiveSearch } from './app/live-search';
// All of the widgets, as the page imports them: else the build would cut widgets.js into pieces, and other sites load that one file.
import './widgets';
import type { MaskChange } from './widgets';

/**
 * Makes the highlights of an article's page paintable: what is painted is answered by the server, whose HTML takes the place of
 * the cells that belong to the highlight. Without this script the page shows the article's own highlights and answers.
 */

interface PaintedCells {
  cells: Record<string, string>;
}

async function answer(highlight: string, mask: string, negativeMask: string | undefined, isFinal: boolean, signal: AbortSignal): Promise<PaintedCells> {
  const response = await fetch('article/cells', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ highlight, mask, negativeMask, isFinal }),
    signal,
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `The server answered ${response.status}.`);
  return body as PaintedCells;
}

async function makePaintable(figure: HTMLElement) {
  const { name, title, crop, mask, width, height } = figure.dataset as Record<string, string>;
  const picture = figure.querySelector<HTMLElement>('.picture')!;
  const painter = document.createElement('vfs-highlight');
  Object.assign(painter, { src: crop, alt: title, size: Number(width), height: Number(height), radius: Math.round(Number(width) / 14) });
  const tools = document.createElement('div');
  tools.className = 'tools';
  const back = document.createElement('button');
  back.type = 'button';
  back.textContent = "The article's highlight";
  back.disabled = true;
  const state = document.createElement('span');
  state.setAttribute('role', 'status');
  state.textContent = 'Paint another highlight: what follows from it below changes with it.';
  tools.append(back, state);

  const live = new LiveSearch<PaintedCells>(
    ({ cells }) => {
      for (const [place, html] of Object.entries(cells)) {
        const cell = document.getElementById(`cell-${place}`);
        if (cell) cell.outerHTML = html;
      }
      state.textContent = isOwn ? "The answers below are for the article's highlight." : 'The answers below are for what you painted.';
    },
    (error) => (state.textContent = error instanceof Error ? error.message : String(error)),
  );
  /** Whether what is painted is the article's highlight. */
  let isOwn = true;
  let isLoading = false;
  // The article's own highlight is answered in the page already.
  let isAnswered = true;
  painter.addEventListener('vfs-mask-change', (event) => {
    const { isEmpty, isFinal } = (event as CustomEvent<MaskChange>).detail;
    if (isAnswered) {
      isAnswered = false;
      return;
    }
    back.disabled = isOwn = isLoading;
    isLoading = false;
    if (isEmpty) {
      live.cancel();
      state.textContent = 'Nothing is painted: the answers below are those of before.';
      return;
    }
    const painted = painter.toPng();
    const against = painter.againstPng() || undefined;
    state.textContent = 'Searching …';
    live.request((signal) => answer(name!, painted, against, isFinal, signal), isFinal);
  });
  back.addEventListener('click', () => {
    isLoading = true;
    void painter.loadPng(mask!);
  });

  picture.replaceWith(painter);
  figure.append(tools);
  await painter.updateComplete;
  await painter.loadPng(mask!);
}

for (const figure of document.querySelectorAll<HTMLElement>('.cell.highlight')) void makePaintable(figure);
