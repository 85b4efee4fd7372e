import { DatabaseSync } from "node:sqlite";

/** A D1 database of the stand-in: real SQLite, so that migrations and dumps are really run. */
export class StandInDatabase {
  readonly uuid: string;
  readonly name: string;
  /** What it was made with. */
  readonly request: unknown;
  readonly sqlite = new DatabaseSync(":memory:");
  #uploaded = "";

  constructor(uuid: string, name: string, request: unknown) {
    this.uuid = uuid;
    this.name = name;
    this.request = request;
  }

  /** One result per statement, as D1 answers. */
  query(sql: string): unknown[] {
    const meta = { duration: 1, changes: 0, rows_read: 0, rows_written: 0, last_row_id: 0 };
    const reads = /^\s*(select|pragma)/i.test(sql);
    if (!reads) this.sqlite.exec(sql);
    return [{ results: reads ? this.sqlite.prepare(sql).all() : [], success: true, meta }];
  }

  upload(sql: string): void {
    this.#uploaded = sql;
  }

  takeUpload(): void {
    this.sqlite.exec(this.#uploaded);
  }

  dump(): string {
    const objects = this.sqlite
      .prepare(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table' DESC",
      )
      .all();
    const rows = objects
      .filter(({ type }) => type === "table")
      .flatMap(({ name }) =>
        this.sqlite
          .prepare(`SELECT * FROM "${name}"`)
          .all()
          .map((row) => insertOf(String(name), row)),
      );
    const tables = objects.filter(({ type }) => type === "table").map(({ sql }) => `${sql};`);
    const others = objects.filter(({ type }) => type !== "table").map(({ sql }) => `${sql};`);
    return ["PRAGMA defer_foreign_keys=TRUE;", ...tables, ...rows, ...others].join("\n");
  }
}

function insertOf(table: string, row: Record<string, unknown>): string {
  const values = Object.values(row).map((value) => {
    if (value === null) return "NULL";
    return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  });
  return `INSERT INTO "${table}" (${Object.keys(row)
    .map((column) => `"${column}"`)
    .join(",")}) VALUES (${values.join(",")});`;
}
