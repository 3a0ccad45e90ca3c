/** Offers something as a file to save. */
export function offer(name: string, content: Blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Offers a text as a file to save. */
export const offerText = (name: string, type: string, text: string) => offer(name, new Blob([text], { type }));
