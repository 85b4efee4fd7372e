const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

/** What a track is called: a name of its own, or its language in words. A stream without names says "en", "en 2". */
export function trackLabel({ name, lang }: { name?: string; lang?: string }, index: number): string {
  if (!lang) return name || `${index + 1}`;
  if (!name) return languageOf(lang);
  return name === lang || name.startsWith(`${lang} `) ? languageOf(lang) + name.slice(lang.length) : name;
}

function languageOf(tag: string): string {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    // Not a tag of BCP 47.
    return tag;
  }
}
