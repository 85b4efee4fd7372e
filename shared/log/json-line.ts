/** What JSON.stringify leaves as it is, and terminals and viewers obey: DEL, C1, Unicode's line breaks and the bidirectional controls. */
const OBEYED = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** The same JSON document with these characters escaped: whoever reads it as text sees one line, in its own order. */
export function escapedJson(json: string): string {
  return json.replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
