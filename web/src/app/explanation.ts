import { html } from 'lit';

/** What a similarity and the lit region are, for someone who reads only the page. */
export const explanation = html`<details class="explanation">
  <summary>What do the number and the lit region mean?</summary>
  <p>
    The network turns each photograph into a grid of cells, each described by hundreds of numbers. What you paint picks some cells of your photograph.
    That pattern of cells is laid over every place of every other photograph, and the <b>similarity</b> is the cosine between the two: 1 means the same to
    the network, 0 means unrelated. The <b>lit region</b> is the place where a photograph is most similar. It is as coarse as the grid of the layer, and each
    cell also knows something of its surroundings. Point at a result to see how similar <b>every</b> place of it is: from violet, the least similar one of
    that photograph, to yellow, the most similar one. What is painted with <b>Against</b> counts against a photograph: how similar its best place is to that
    is taken off.
  </p>
</details>`;
