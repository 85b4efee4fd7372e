/** A sentence of the error catalogue, with what stands between backticks set as code. */
export function Words({ text }: { text: string }) {
  return (
    <>{text.split("`").map((piece, at) => (at % 2 === 1 ? <code key={`${at} ${piece}`}>{piece}</code> : piece))}</>
  );
}
