import type { ComponentChildren } from "preact";
import "./table.css";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `end` for figures, `actions` for buttons: their title is told to readers alone. */
  readonly kind?: "end" | "actions";
  /**
   * Where it stands on a phone, in a table whose rows are cards of two lines there: at the left, the first line with what
   * is at its end, the second line likewise, or nowhere. What has actions has them at the right.
   */
  readonly onPhone?: "choice" | "lead" | "mark" | "first" | "second" | "hidden";
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What it shows is about to be replaced. */
  busy?: boolean;
}

/** Rows of one kind; on a phone each is a card: of lines that say what they are, or of two that need no words for it. */
export function Table<Row>({ label, columns, rows, keyOf, busy = false }: TableProps<Row>) {
  const isShort = columns.some(({ onPhone }) => onPhone !== undefined);
  return (
    <table class={isShort ? "table short" : "table"} aria-label={label} aria-busy={busy}>
      <thead>
        <tr>
          {columns.map(({ title, kind }) => (
            <th key={title} scope="col" class={kind}>
              <span class={kind === "actions" ? "unseen" : undefined}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, cell, kind, onPhone }) => (
              <td key={title} class={classOf(kind, onPhone && `at-${onPhone}`)} data-title={title}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function classOf(...names: readonly (string | undefined)[]): string | undefined {
  return names.filter((name) => name !== undefined).join(" ") || undefined;
}
