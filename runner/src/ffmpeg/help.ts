/** What `ffmpeg -h encoder=…` or `-h filter=…` lists: options without dashes, each with the words that it takes for values. */
export type ComponentHelp = ReadonlyMap<string, ReadonlySet<string>>;

const OPTION = /^ {2,3}-?([A-Za-z][\w-]*) +<\w+>/;
const CONSTANT = /^ {5}(\S+) +(?:-?\d+ +)?[E.][D.]/;

/** Null where ffmpeg says that it has no such component: it answers so with a good exit code. */
export function parseHelp(text: string): ComponentHelp | null {
  if (!/^(Encoder|Filter) /m.test(text)) return null;
  const options = new Map<string, Set<string>>();
  let constants = new Set<string>();
  for (const line of text.split("\n")) {
    const option = OPTION.exec(line)?.[1];
    if (option !== undefined) {
      constants = options.get(option) ?? new Set();
      options.set(option, constants);
      continue;
    }
    const constant = CONSTANT.exec(line)?.[1];
    if (constant !== undefined) constants.add(constant);
  }
  return options;
}
