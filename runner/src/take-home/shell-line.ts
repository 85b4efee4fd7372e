/** Words that mean the same to every POSIX shell without quotes. */
const plain = /^[\w@%+=:,./-]+$/;

/** A command as one line for a POSIX shell (XCU 2.2): nothing in it is expanded, whatever the words hold. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}
