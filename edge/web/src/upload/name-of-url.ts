/** What a source is called until it is fetched: the last part of its address, as people write it. */
export function nameOfUrl(url: string): string {
  const last = new URL(url).pathname.split("/").at(-1) || url;
  try {
    return decodeURIComponent(last);
  } catch {
    // A % that stands for itself.
    return last;
  }
}
