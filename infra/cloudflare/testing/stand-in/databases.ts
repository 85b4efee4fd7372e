import { type Account, type Asked, jsonOf, NOT_FOUND } from "./account.ts";
import { StandInDatabase } from "./database.ts";

/** Dumps are fetched and sent outside the API, by URLs that it hands out. */
export const FILES = "/files/";

/** D1: the answer to a request below the account; undefined where it is about something else. */
export function databases({ databases: all }: Account, method: string, path: string, asked: Asked): unknown {
  if (path === "/d1/database" && method === "GET") {
    const name = asked.query.get("name");
    return [...all.values()].filter((database) => name === null || database.name === name).map(shownDatabase);
  }
  if (path === "/d1/database" && method === "POST") {
    const uuid = `0000000${all.size + 1}-0000-4000-8000-000000000000`;
    const made = new StandInDatabase(uuid, String(jsonOf(asked).name), jsonOf(asked));
    all.set(uuid, made);
    return shownDatabase(made);
  }
  const [, uuid = "", action] = /^\/d1\/database\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (!path.startsWith("/d1/database/")) return undefined;
  const database = all.get(uuid);
  if (database === undefined) return NOT_FOUND;
  if (action === undefined) return shownDatabase(database);
  if (action === "time_travel/bookmark") return { bookmark: "bookmark-1" };
  if (action === "query") return database.query(String(jsonOf(asked).sql));
  const files = `${asked.origin}${FILES}${uuid}`;
  if (action === "export")
    return { success: true, status: "complete", messages: [], result: { filename: "dump.sql", signed_url: files } };
  if (action !== "import") return undefined;
  if (jsonOf(asked).action === "init") return { success: true, upload_url: files, filename: "dump.sql", messages: [] };
  database.takeUpload();
  return {
    success: true,
    status: "complete",
    messages: [],
    at_bookmark: "b",
    type: "import",
    result: {
      num_queries: 1,
      final_bookmark: "b",
      meta: { duration: 1, rows_read: 0, rows_written: 0, size_after: 0 },
    },
  };
}

function shownDatabase({ uuid, name }: StandInDatabase) {
  return { uuid, name, version: "production" };
}
