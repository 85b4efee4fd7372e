import type { ComponentChildren } from "preact";
import "./table.css";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `end` for figures, `actions` for buttons: their title is told to readers alone. */
  readonly kind?: "end" | "actions";
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What it shows is about to be replaced. */
  busy?: boolean;
}

/** Rows of one kind; on a phone each is a card, whose lines say what they are. */
export function Table<Row>({ label, columns, rows, keyOf, busy = false }: TableProps<Row>) {
  return (
    <table class="table" aria-label={label} aria-busy={busy}>
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
            {columns.map(({ title, cell, kind }) => (
              <td key={title} class={kind} data-title={title}>
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
