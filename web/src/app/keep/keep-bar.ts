import { LitElement, css, html, nothing } from 'lit';
import type { Store } from '../../api/client';
import { sharedStyles } from '../shared-styles';
import { ClosesMenu } from './closes-menu';
import { toCsv } from './csv';
import { drawFigure, toPng, type FigureRow } from './figure';
import { offer, offerText } from './offer';
import { writeReport } from './report';

/** Copies the link of what is shown, and saves it as tables, as a figure and as a report. */
export class KeepBar extends LitElement {
  static override properties = {
    rows: { attribute: false },
    stores: { attribute: false },
    answer: { attribute: false },
    remember: { attribute: false },
    state: { state: true },
  };

  declare rows: readonly FigureRow[];
  declare stores: readonly Store[];
  /** What the server answered, for JSON. */
  declare answer: unknown;
  /** Brings the address of the page up to date. */
  declare remember: () => Promise<void>;
  private declare state: string;

  constructor() {
    super();
    this.state = '';
    new ClosesMenu(this);
  }

  override render() {
    const choices: [string, () => Promise<void> | void][] = [
      ['Table as CSV', () => offerText('results.csv', 'text/csv', toCsv(this.rows))],
      ['Answer as JSON', () => offerText('results.json', 'application/json', JSON.stringify(this.answer, null, 2))],
      ['Figure as PNG', async () => offer('figure.png', await toPng(await drawFigure(this.rows)))],
      ['Figure as SVG', async () => offerText('figure.svg', 'image/svg+xml', await drawFigure(this.rows))],
      ['Report as HTML', async () => offerText('report.html', 'text/html', await writeReport(this.rows, this.stores, location.href))],
    ];
    return html`
      <button class="button" type="button" @click=${this.copyLink}>Copy link</button>
      <details>
        <summary class="button">Export</summary>
        <div class="menu">${choices.map(([name, run]) => html`<button type="button" @click=${() => this.export(name, run)}>${name}</button>`)}</div>
      </details>
      ${this.state ? html`<span class="state" role="status">${this.state}</span>` : nothing}
    `;
  }

  private async copyLink() {
    await this.remember();
    try {
      await navigator.clipboard.writeText(location.href);
      this.tell('Link copied');
    } catch {
      this.tell('The browser does not allow copying: take the address of the page');
    }
  }

  private async export(name: string, run: () => Promise<void> | void) {
    this.renderRoot.querySelector('details')!.open = false;
    await this.remember();
    this.state = `${name} …`;
    try {
      await run();
      this.tell(`${name}: saved`);
    } catch (error) {
      this.state = `${name}: ${error instanceof Error ? error.message : error}`;
    }
  }

  private tell(state: string) {
    this.state = state;
    setTimeout(() => this.state === state && (this.state = ''), 2500);
  }

  static override styles = [
    sharedStyles,
    css`
      :host {
        display: flex;
        position: relative;
        align-items: center;
        gap: 8px;
      }
      details {
        position: relative;
      }
      summary {
        display: inline-grid;
        align-items: center;
        color: inherit;
        font-weight: 400;
        list-style: none;
      }
      .menu {
        display: grid;
        position: absolute;
        z-index: 5;
        right: 0;
        min-width: 170px;
        margin-top: 6px;
        padding: 6px;
        border: 1px solid var(--line);
        border-radius: 12px;
        background: var(--card);
        box-shadow: var(--shadow);
      }
      .menu button {
        min-height: 38px;
        padding: 0 10px;
        border: 0;
        border-radius: 8px;
        background: none;
        color: inherit;
        font: inherit;
        font-size: 14px;
        text-align: start;
        cursor: pointer;
      }
      .menu button:hover {
        background: var(--page);
      }
      .state {
        position: absolute;
        z-index: 4;
        top: calc(100% + 6px);
        right: 0;
        max-width: 360px;
        padding: 2px 10px;
        border-radius: 8px;
        background: var(--ink);
        color: var(--page);
        font-size: 14px;
      }
    `,
  ];
}

customElements.define('vfs-keep-bar', KeepBar);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-keep-bar': KeepBar;
  }
}
