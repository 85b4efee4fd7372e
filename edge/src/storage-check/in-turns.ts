const atOnce = 6;

/** What comes of each, in their order: a few are looked at side by side, for a request may not ask for all at once. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  look: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += atOnce)
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(look))));
  return results;
}
