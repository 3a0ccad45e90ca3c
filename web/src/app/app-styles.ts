import { css } from 'lit';
import { sharedStyles } from './shared-styles';

/** How the page is laid out. */
export const appStyles = [
  sharedStyles,
  css`
    :host {
      display: block;
      max-width: 2600px;
      margin: 0 auto;
      padding: 20px clamp(14px, 3vw, 40px) 60px;
      --vfs-accent: var(--accent);
      --vfs-accent-ink: var(--accent-ink);
      --vfs-brush: var(--brush);
      --vfs-against: var(--against);
    }
    header {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 18px;
      margin-bottom: 18px;
    }
    h1 {
      margin: 0;
      font-size: 24px;
      letter-spacing: -0.02em;
    }
    header p {
      flex: 1 1 300px;
      margin: 0;
      color: var(--quiet);
      text-wrap: balance;
    }
    .keep {
      display: flex;
      position: relative;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px;
      min-height: 40px;
    }
    /* Its room is kept, so that nothing moves when there is something to keep. */
    .waiting {
      visibility: hidden;
    }
    main {
      display: grid;
      grid-template-columns: clamp(330px, 27vw, 620px) minmax(0, 1fr);
      align-items: start;
      gap: 28px;
    }
    .query {
      position: sticky;
      top: 16px;
      box-sizing: border-box;
      min-width: 0;
      max-height: calc(100vh - 32px);
      padding: 16px;
      overflow: hidden auto;
      border-radius: 16px;
      background: var(--card);
      box-shadow: var(--shadow);
      scrollbar-width: thin;
    }
    .choices {
      display: grid;
      grid-template-columns: 1fr 1fr;
      gap: 8px 10px;
      margin-bottom: 14px;
    }
    .choices label {
      min-width: 0;
    }
    .choices .wide {
      grid-column: 1 / -1;
    }
    .choices span {
      display: block;
      margin-bottom: 2px;
      color: var(--quiet);
      font-size: 13px;
    }
    .choices select {
      width: 100%;
      padding: 0 8px;
      background: var(--page);
    }
    .upload {
      display: grid;
      flex: none;
      position: relative;
      place-items: center;
      box-sizing: border-box;
      width: 72px;
      height: 72px;
      border: 2px dashed var(--quiet);
      border-radius: 10px;
      font-size: 13px;
      font-weight: 600;
      cursor: pointer;
    }
    .upload:hover {
      border-color: var(--accent);
      color: var(--accent);
    }
    .upload input {
      position: absolute;
      inset: 0;
      opacity: 0;
      cursor: pointer;
    }
    .upload:focus-within {
      outline: 3px solid var(--accent);
      outline-offset: 2px;
    }
    .hint {
      margin: 10px 0 0;
      color: var(--quiet);
      font-size: 13px;
    }
    .row {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      margin-top: 10px;
    }
    .button:disabled {
      opacity: 0.45;
      cursor: default;
    }
    .beside {
      min-width: 0;
      min-height: 80vh;
    }
    nav {
      display: flex;
      gap: 4px;
      margin-bottom: 16px;
      border-bottom: 1px solid var(--line);
    }
    nav button {
      padding: 8px 14px;
      border: 0;
      border-bottom: 3px solid transparent;
      background: none;
      color: var(--quiet);
      font: inherit;
      cursor: pointer;
    }
    nav button:hover {
      color: var(--ink);
    }
    nav [aria-current='page'] {
      border-color: var(--accent);
      color: var(--ink);
      font-weight: 600;
    }
    .problem,
    .notice {
      margin-bottom: 16px;
      padding: 12px 16px;
      border: 1px solid var(--accent);
      border-left-width: 6px;
      border-radius: 8px;
      background: var(--card);
    }
    /* In sight wherever the page is scrolled to: what went wrong may have been asked for far down. */
    .problem {
      position: sticky;
      z-index: 5;
      top: 8px;
      border-color: var(--problem);
    }
    .problem b {
      color: var(--problem);
    }
    /* On a phone the answer appears below what is in sight. */
    .to-results {
      position: fixed;
      z-index: 6;
      bottom: 14px;
      left: 50%;
      border-color: var(--accent);
      border-radius: 99px;
      background: var(--accent);
      color: var(--accent-ink);
      font-weight: 600;
      box-shadow: var(--shadow);
      translate: -50%;
    }
    @media (max-width: 800px) {
      main {
        grid-template-columns: minmax(0, 1fr);
        gap: 20px;
      }
      .query {
        position: static;
        max-height: none;
        padding: 12px;
      }
      nav button {
        padding: 8px;
      }
    }
  `,
];
