import { LitElement, css, html } from 'lit';
import { offerText } from '../keep/offer';
import { sharedStyles } from '../shared-styles';
import type { NamedDistribution } from './plot';

/** Violins and boxes of several distributions. The charting library is loaded when the first chart is shown. */
export class DistributionChart extends LitElement {
  static override properties = {
    groups: { attribute: false },
    label: { type: String },
  };

  declare groups: readonly NamedDistribution[];
  declare label: string;
  private width = 0;
  private readonly sizes = new ResizeObserver(([entry]) => {
    const width = Math.round(entry!.contentRect.width);
    if (width === this.width || width === 0) return;
    this.width = width;
    void this.draw();
  });

  constructor() {
    super();
    this.groups = [];
    this.label = 'similarity';
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  override firstUpdated() {
    this.sizes.observe(this.renderRoot.querySelector('.chart')!);
  }

  override updated() {
    if (this.width > 0) void this.draw();
  }

  override render() {
    return html`
      <div class="chart" role="img" aria-label="Distribution of the ${this.label}: ${this.groups.map(({ name, distribution }) => `${name} with the median ${distribution.median.toFixed(2)}`).join(', ')}" style="min-height:${54 + this.groups.length * 34}px"></div>
      <button class="button" type="button" @click=${this.save}>Save chart as SVG</button>
    `;
  }

  private async draw() {
    const { drawDistributions } = await import('./plot');
    if (this.groups.length === 0) return;
    this.renderRoot.querySelector('.chart')!.replaceChildren(drawDistributions(this.groups, this.width, this.label));
  }

  private save() {
    const drawn = this.renderRoot.querySelector('.chart svg');
    if (!drawn) return;
    // Outside of the page there is no accent colour, and the text is black.
    const text = new XMLSerializer().serializeToString(drawn).replaceAll(/var\(--accent, (#[0-9a-f]+)\)/g, '$1');
    offerText('similarities.svg', 'image/svg+xml', text.replace('<svg ', '<svg color="#1a1d24" font-family="system-ui, sans-serif" '));
  }

  static override styles = [
    sharedStyles,
    css`
      :host {
        display: block;
      }
      .chart {
        margin-bottom: 8px;
      }
    `,
  ];
}

customElements.define('vfs-distribution-chart', DistributionChart);

declare global {
  interface HTMLElementTagNameMap {
    'vfs-distribution-chart': DistributionChart;
  }
}
