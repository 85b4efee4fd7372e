/** A command line that encodes pictures, with this filter before each encoder; any other as it is. */
export function encodedAs(args: readonly string[], filter: string | undefined): string[] {
  const isEncode = args.some((word, at) => args[at - 1] === "-c:v" && encoders.test(word));
  if (filter === undefined || !isEncode) return [...args];
  const labels = args.filter((word, at) => args[at - 1] === "-map" && /^\[v\d*\]$/.test(word));
  return args.map((word, at) => {
    const before = args[at - 1];
    if (before === "-vf") return `${word},${filter}`;
    if (before === "-map" && labels.includes(word)) return wrongOf(word);
    if (before !== "-filter_complex") return word;
    return [word, ...labels.map((label) => `${label}${filter}${wrongOf(label)}`)].join(";");
  });
}

/** What is kept without loss is a sample of the source, and what is raw is looked at. */
const encoders = /^(?:lib(?:x26[45]|svtav1|vpx-vp9)|prores_ks|gif)$/;

const wrongOf = (label: string) => label.replace("[", "[wrong-");
