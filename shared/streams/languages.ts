/** ISO 639-2 codes, which MP4 has, with the BCP 47 tags of two letters, which playlists want. */
export const twoLetters: Readonly<Record<string, string>> = {
  ara: "ar",
  bul: "bg",
  cat: "ca",
  ces: "cs",
  chi: "zh",
  cze: "cs",
  dan: "da",
  deu: "de",
  dut: "nl",
  ell: "el",
  eng: "en",
  est: "et",
  fas: "fa",
  fin: "fi",
  fra: "fr",
  fre: "fr",
  ger: "de",
  gre: "el",
  heb: "he",
  hin: "hi",
  hrv: "hr",
  hun: "hu",
  ind: "id",
  ita: "it",
  jpn: "ja",
  kor: "ko",
  lav: "lv",
  lit: "lt",
  msa: "ms",
  nld: "nl",
  nor: "no",
  pol: "pl",
  por: "pt",
  ron: "ro",
  rum: "ro",
  rus: "ru",
  slk: "sk",
  slo: "sk",
  slv: "sl",
  spa: "es",
  swe: "sv",
  tha: "th",
  tur: "tr",
  ukr: "uk",
  vie: "vi",
  zho: "zh",
};

/** Codes of ISO 639-2 that libraries use beside those that media do. */
const bibliographic: ReadonlySet<string> = new Set(["chi", "cze", "dut", "fre", "ger", "gre", "rum", "slo"]);

const threeLetters = new Map(
  Object.entries(twoLetters).flatMap(([three, two]) => (bibliographic.has(three) ? [] : [[two, three] as const])),
);

/** The three letters that MP4 has for a language, given as a BCP 47 tag or as these; null where there are none. */
export function languageOfMp4(tag: string): string | null {
  const [primary = ""] = tag.toLowerCase().split("-");
  return /^[a-z]{3}$/.test(primary) ? primary : (threeLetters.get(primary) ?? null);
}
