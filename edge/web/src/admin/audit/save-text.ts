/** Gives the person a file that the page has made. */
export function saveText(name: string, type: string, pieces: string[]): void {
  const url = URL.createObjectURL(new Blob(pieces, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then, and holds the bytes by itself.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
