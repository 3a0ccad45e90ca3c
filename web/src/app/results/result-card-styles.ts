import { css } from 'lit';

/** How a result looks. */
export const resultCardStyles = css`
  :host {
    display: block;
  }
  figure {
    margin: 0;
    overflow: hidden;
    border-radius: 12px;
    background: var(--card);
    box-shadow: var(--shadow);
  }
  .picture {
    position: relative;
    overflow: hidden;
    background: #8882;
  }
  img {
    display: block;
    width: 100%;
    height: 100%;
  }
  .window {
    position: absolute;
    box-sizing: border-box;
    border: 2px solid #fff;
    border-radius: 4px;
    outline: 2px solid var(--brush);
    box-shadow: 0 0 0 100vmax rgb(8 10 18 / 58%);
  }
  .lit-mask .window {
    border-color: transparent;
    outline: 0;
  }
  .mapped .window,
  .lit-mask .window {
    box-shadow: none;
  }
  .further {
    position: absolute;
    z-index: 1;
    box-sizing: border-box;
    border: 2px dashed #fff;
    border-radius: 4px;
    outline: 1px solid #000a;
  }
  .further span {
    position: absolute;
    right: 0;
    bottom: 0;
    padding: 0 4px;
    background: #000b;
    color: #fff;
    font-size: 11px;
  }
  canvas.mask {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .map {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    pointer-events: none;
  }
  .range {
    display: flex;
    position: absolute;
    top: 8px;
    right: 8px;
    align-items: center;
    gap: 5px;
    padding: 1px 8px;
    border-radius: 99px;
    background: #000b;
    color: #fff;
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .range i {
    width: 36px;
    height: 6px;
    border-radius: 3px;
    background: linear-gradient(90deg, rgb(44 28 110), rgb(219 74 104), rgb(252 228 120));
  }
  .actions {
    display: flex;
    position: absolute;
    z-index: 2;
    inset: auto 8px 8px;
    gap: 6px;
  }
  .actions button {
    min-height: 34px;
    padding: 0 8px;
    border: 0;
    border-radius: 8px;
    background: #000c;
    color: #fff;
    font: inherit;
    font-size: 13px;
    font-weight: 600;
    cursor: pointer;
    opacity: 0;
    transition: opacity 0.1s;
  }
  .use {
    flex: 1;
  }
  .actions .hide {
    min-width: 34px;
    font-size: 18px;
  }
  figure:hover .actions button,
  .actions:focus-within button {
    opacity: 1;
  }
  .actions button:focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: -3px;
  }
  @media (hover: none) {
    .actions button {
      opacity: 1;
    }
  }
  .note {
    position: absolute;
    bottom: 8px;
    left: 8px;
    padding: 1px 8px;
    border-radius: 99px;
    background: var(--accent);
    color: var(--accent-ink);
    font-size: 12px;
    font-weight: 600;
  }
  @media (hover: none) {
    /* Above the buttons, which are always there. */
    .note {
      bottom: 50px;
    }
  }
  figure:hover .note {
    display: none;
  }
  .rank,
  .self {
    position: absolute;
    top: 8px;
    padding: 1px 8px;
    border-radius: 99px;
    background: #000b;
    color: #fff;
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .rank {
    left: 8px;
  }
  .self {
    right: 8px;
  }
  figcaption {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 2px 8px;
    padding: 10px 12px 12px;
    font-size: 14px;
  }
  .name {
    grid-column: 1 / -1;
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .similarity {
    font-variant-numeric: tabular-nums;
    font-weight: 600;
  }
  .label {
    overflow: hidden;
    min-height: 1.45em;
    color: var(--quiet);
    font-size: 13px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .bar {
    grid-column: 1 / -1;
    height: 4px;
    margin-top: 4px;
    overflow: hidden;
    border-radius: 3px;
    background: var(--line);
  }
  .bar span {
    display: block;
    height: 100%;
    background: var(--brush);
  }
  dl {
    grid-column: 1 / -1;
    margin: 4px 0 0;
    font-size: 12px;
  }
  dl div {
    display: flex;
    gap: 6px;
    overflow: hidden;
    white-space: nowrap;
  }
  dt {
    color: var(--quiet);
  }
  dd {
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
  }
`;
