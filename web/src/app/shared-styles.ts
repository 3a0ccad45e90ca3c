import { css } from 'lit';

/** What all parts of the page have in common: buttons, choices, tables, quiet text. */
export const sharedStyles = css`
  .button,
  select,
  input[type='text'] {
    box-sizing: border-box;
    min-height: 38px;
    padding: 0 12px;
    border: 1px solid var(--line);
    border-radius: 8px;
    background: var(--card);
    color: inherit;
    font: inherit;
    font-size: 14px;
  }
  .button {
    cursor: pointer;
  }
  .button:hover {
    border-color: var(--accent);
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  h2 {
    margin: 0;
    font-size: 19px;
  }
  h3 {
    margin: 0 0 8px;
    overflow-wrap: anywhere;
    font-size: 16px;
  }
  small,
  .quiet {
    color: var(--quiet);
    font-size: 14px;
    font-weight: 400;
  }
  table {
    border-collapse: collapse;
    font-size: 14px;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 5px 16px 5px 0;
    border-top: 1px solid var(--line);
    overflow-wrap: anywhere;
    text-align: start;
  }
  tbody th {
    font-weight: 400;
  }
  summary {
    color: var(--accent);
    font-weight: 600;
    cursor: pointer;
  }
`;
