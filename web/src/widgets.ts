/** The highlight widgets as standard custom elements: load this script and use the tags in any page. */
export { HighlightElement } from './painting/highlight';
export { MultiHighlightElement } from './painting/multi-highlight';
export type { MaskChange } from './painting/highlight';
