import type { Style } from "./style.ts";
import { padEnd, padStart, widthOf } from "./width.ts";

export interface Column<Row> {
  title: string;
  /** The cell's text, already free of control characters; may be painted. */
  cell(row: Row): string;
  align?: "right";
}

/** Rows under dimmed titles, columns aligned, two spaces between them. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((row) => widthOf(row[index] ?? ""))),
  );
  const lineOf = (texts: readonly string[]) =>
    columns
      .map((column, index) => (column.align === "right" ? padStart : padEnd)(texts[index] ?? "", widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return [style.dim(lineOf(columns.map(({ title }) => title))), ...cells.map(lineOf)].join("\n");
}

/** `name  value` lines, names dimmed and aligned; entries without a value are left out. */
export function renderFields(fields: readonly (readonly [string, string | null | undefined])[], style: Style): string {
  const shown = fields.filter(([, value]) => value !== null && value !== undefined && value !== "");
  const width = Math.max(...shown.map(([name]) => widthOf(name)));
  return shown.map(([name, value]) => `${style.dim(padEnd(name, width))}  ${value}`).join("\n");
}
