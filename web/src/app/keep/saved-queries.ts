import { LitElement, css, html, nothing } from 'lit';
import { sharedStyles } from '../shared-styles';
import { ClosesMenu } from './closes-menu';

interface SavedQuery {
  name: string;
  link: string;
  /** When, ISO 8601. */
  saved: string;
}

const key = 'vissearch-queries';

/**
 * The queries that a person saved, in this browser. Property: `current`, the name and link of what is shown, null for nothing.
 * Event: `vfs-open-link` with the link of the one that is opened.
 */
export class SavedQueries extends LitElement {
  static override properties = {
    current: { attribute: false },
    queries: { state: true },
    problem: { state: true },
  };

  /** Tells what is shown now. */
  declare current: () => Promise<{ name: string; link: string } | null>;
  private declare queries: SavedQuery[];
  private declare problem: string;

  constructor() {
    super();
    this.queries = read();
    this.problem = '';
    new ClosesMenu(this);
  }

  override connectedCallback() {
    super.connectedCallback();
    addEventListener('storage', this.refresh);
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('storage', this.refresh);
  }

  override render() {
    return html`<details>
      <summary class="button">Saved queries${this.queries.length > 0 ? ` (${this.queries.length})` : ''}</summary>
      <div class="menu">
        <button class="button" type="button" @click=${this.add}>Save this query</button>
        ${this.problem ? html`<p role="alert">${this.problem}</p>` : nothing}
        ${this.queries.length === 0
          ? html`<p class="quiet">None yet. A saved query keeps the photograph, what is painted and all choices, in this browser.</p>`
          : html`<ul>
              ${this.queries.map(
                (query, place) => html`<li>
                  <button class="open" type="button" @click=${() => this.open(query)}>
                    ${query.name}<small>${new Date(query.saved).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' })}</small>
                  </button>
                  <button class="button" type="button" aria-label="Forget ${query.name}" title="Forget" @click=${() => this.write(this.queries.filter((_, other) => other !== place))}>×</button>
                </li>`,
              )}
            </ul>`}
      </div>
    </details>`;
  }

  private readonly refresh = () => (this.queries = read());

  private async add() {
    const current = await this.current();
    if (!current) {
      this.problem = 'Paint something first.';
      return;
    }
    this.write([{ ...current, saved: new Date().toISOString() }, ...this.queries]);
  }

  private write(queries: SavedQuery[]) {
    try {
      localStorage.setItem(key, JSON.stringify(queries));
      this.queries = queries;
      this.problem = '';
    } catch {
      this.problem = 'The browser does not let this page keep anything: copy the link instead.';
    }
  }

  private open(query: SavedQuery) {
    this.renderRoot.querySelector('details')!.open = false;
    this.dispatchEvent(new CustomEvent<string>('vfs-open-link', { detail: query.link }));
  }

  static override styles = [
    sharedStyles,
    css`
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
        position: absolute;
        z-index: 5;
        right: 0;
        width: min(340px, 88vw);
        max-height: 60vh;
        margin-top: 6px;
        padding: 14px;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: 12px;
        background: var(--card);
        box-shadow: var(--shadow);
      }
      p {
        margin: 10px 0 0;
      }
      ul {
        margin: 10px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        gap: 6px;
        margin-top: 6px;
      }
      .open {
        flex: 1;
        min-width: 0;
        padding: 6px 8px;
        border: 0;
        border-radius: 8px;
        background: none;
        color: inherit;
        font: inherit;
        font-size: 15px;
        text-align: start;
        cursor: pointer;
      }
      .open:hover {
        background: var(--page);
      }
      small {
        display: block;
        font-size: 13px;
      }
      @media (max-width: 800px) {
        /* Beneath the whole bar, which begins where the page does. */
        details {
          position: static;
        }
        .menu {
          right: auto;
          left: 0;
          box-sizing: border-box;
          width: min(340px, 100%);
        }
        .open {
          overflow-wrap: anywhere;
        }
      }
    `,
  ];
}

function read(): SavedQuery[] {
  try {
    const queries: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(queries) ? queries.filter((query) => typeof query?.name === 'string' && typeof query.link === 'string') : [];
  } catch {
    return [];
  }
}

customElements.define('vfs-saved-queries', SavedQueries);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-saved-queries': SavedQueries;
  }
}
