/** 1 task, 3 tasks: of nouns that take an "s". `written` is the figure as it is shown. */
export function counted(count: number, noun: string, written = String(count)): string {
  return `${written} ${noun}${count === 1 ? "" : "s"}`;
}
