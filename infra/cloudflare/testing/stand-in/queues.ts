import { type Account, type Asked, jsonOf } from "./account.ts";

/** Queues: the answer to a request below the account; undefined where it is about something else. */
export function queues({ queues: all }: Account, method: string, path: string, asked: Asked): unknown {
  const shown = (name: string) => ({
    queue_id: all.get(name)?.id,
    queue_name: name,
    consumers: all.get(name)?.consumers ?? [],
    producers: [],
    settings: {},
  });
  if (path === "/queues" && method === "GET") {
    const names = asked.query.getAll("name");
    return [...all.keys()].filter((one) => names.length === 0 || names.includes(one)).map(shown);
  }
  if (path === "/queues" && method === "POST") {
    const name = String(jsonOf(asked).queue_name);
    all.set(name, { id: `q${all.size + 1}`, consumers: [] });
    return shown(name);
  }
  const [, id = "", consumer] = /^\/queues\/([^/]+)(?:\/(consumers)(?:\/.+)?)?$/.exec(path) ?? [];
  const entry = [...all].find(([, queue]) => queue.id === id);
  if (entry === undefined) return undefined;
  if (consumer !== undefined && method !== "GET") entry[1].consumers.push({ ...jsonOf(asked), consumer_id: "c" });
  return consumer === undefined ? shown(entry[0]) : entry[1].consumers;
}
