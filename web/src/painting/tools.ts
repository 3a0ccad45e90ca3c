/** What can be painted with: the name of the button, what it is for, and the key that chooses it. */
export const tools = {
  brush: ['Brush', 'Paint what is looked for (B)', 'b'],
  box: ['Box', 'Draw a box around what is looked for (R)', 'r'],
  lasso: ['Lasso', 'Draw a line around what is looked for (L)', 'l'],
  against: ['Against', 'Paint what results should not look like (A)', 'a'],
  erase: ['Erase', 'Rub out what was painted (E)', 'e'],
} as const;

export type Tool = keyof typeof tools;

export const toolNames = Object.keys(tools) as Tool[];

/** The tool that a key chooses. */
export const toolOfKey = (key: string) => toolNames.find((tool) => tools[tool][2] === key.toLowerCase());
