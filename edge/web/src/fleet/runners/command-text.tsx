import "./command-text.css";

/** A command for a shell: its lines break between words, and within one only where it is longer than a line. */
export function CommandText({ text, label }: { text: string; label: string }) {
  return (
    /* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */
    <section class="command-text" tabIndex={0} aria-label={label}>
      <pre>
        {text.split(/(\s+)/).map((piece, at) => (at % 2 === 1 ? piece : <span key={`${at} ${piece}`}>{piece}</span>))}
      </pre>
    </section>
  );
}
