/** The end of an id, by which people tell it from others: "…x7k2m9". */
export function idEnd(id: string): string {
  return `…${id.split("_")[1]?.slice(-6) ?? id}`;
}
