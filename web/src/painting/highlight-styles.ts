import { css } from 'lit';

/** How `vfs-highlight` looks. */
export const highlightStyles = css`
  :host {
    display: block;
    --accent-colour: var(--vfs-accent, #b34a08);
  }
  .stage {
    position: relative;
    overflow: hidden;
    border-radius: 12px;
    background: #8883;
    touch-action: none;
    user-select: none;
    cursor: none;
  }
  .layers {
    position: absolute;
    inset: 0;
    transform-origin: 0 0;
  }
  .layers img,
  .layers canvas {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    pointer-events: none;
  }
  .layers canvas.cells {
    opacity: 1;
  }
  .ring {
    position: absolute;
    translate: -50% -50%;
    box-sizing: border-box;
    border: 2px solid #fff;
    border-radius: 50%;
    box-shadow:
      0 0 0 1px #0009,
      inset 0 0 0 1px #0006;
    pointer-events: none;
  }
  .stage:focus-visible {
    outline: 3px solid var(--accent-colour);
    outline-offset: 2px;
  }
  .box .ring,
  .lasso .ring {
    border-radius: 0;
    rotate: 45deg;
  }
  .stage.moving {
    cursor: grabbing;
  }
  .erase .ring {
    border-style: dashed;
  }
  .against .ring {
    border-color: var(--vfs-against, #2b7fff);
  }
  .ring.down {
    border-width: 4px;
  }
  .failed {
    position: absolute;
    inset: 0;
    display: grid;
    place-items: center;
    margin: 0;
    background: #000a;
    color: #fff;
  }
  .toolbar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 10px 14px;
    margin-top: 12px;
  }
  .tools {
    display: inline-flex;
  }
  button {
    min-height: 36px;
    padding: 0 11px;
    border: 1px solid #8886;
    background: transparent;
    color: inherit;
    font: inherit;
    font-size: 14px;
    cursor: pointer;
  }
  button + button {
    border-left: 0;
  }
  button:first-child {
    border-radius: 8px 0 0 8px;
  }
  button:last-child {
    border-radius: 0 8px 8px 0;
  }
  button:only-child {
    border-radius: 8px;
  }
  button[aria-pressed='true'] {
    background: var(--accent-colour);
    color: var(--vfs-accent-ink, #fff);
    border-color: var(--accent-colour);
  }
  button:disabled {
    opacity: 0.45;
    cursor: default;
  }
  button:focus-visible,
  input:focus-visible {
    outline: 3px solid var(--accent-colour);
    outline-offset: 2px;
  }
  .slider {
    display: flex;
    flex: 1 1 140px;
    align-items: center;
    gap: 8px;
    font-size: 14px;
  }
  .slider input {
    flex: 1;
    min-width: 50px;
    accent-color: var(--accent-colour);
  }
  .slider output {
    min-width: 42px;
    font-variant-numeric: tabular-nums;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
