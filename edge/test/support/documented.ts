import { exports } from "cloudflare:workers";
import { Validator } from "@cfworker/json-schema";
import { z } from "zod";

const Answers = z.record(
  z.string(),
  z.object({
    $ref: z.string().optional(),
    content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()).optional() })).optional(),
  }),
);
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ responses: Answers }))),
  components: z.object({ schemas: z.record(z.string(), z.unknown()), responses: Answers }),
});
type Document = z.infer<typeof Document>;

/** Outside the document: the document itself, its page, and paths that don't exist. */
const UNDOCUMENTED = /^\/api\/v1\/(openapi\.json|docs|docs\.css)$/;

let document: Promise<Document> | undefined;

/**
 * Throws when an answer is not as the served document says: a status or a type that it does not name, or a body that
 * does not pass its schema. Every request of these tests goes through it.
 */
export async function requireDocumented(method: string, path: string, response: Response): Promise<void> {
  document ??= served();
  const { paths, components } = await document;
  const templates = Object.keys(paths).filter((one) => patternOf(one).test(path));
  const template = templates.find((one) => one === path) ?? templates.find((one) => paths[one]?.[verbOf(method)]);
  if (template === undefined || UNDOCUMENTED.test(path)) return;
  const operation = paths[template]?.[verbOf(method)];
  if (operation === undefined) return;

  const name = `${method} ${template} → ${response.status}`;
  const stated = operation.responses[String(response.status)];
  if (stated === undefined) throw new Error(`${name} is not documented: ${await response.clone().text()}`);
  const answer = stated.$ref === undefined ? stated : components.responses[stated.$ref.split("/").at(-1) ?? ""];
  const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (answer?.content === undefined || method === "HEAD" || response.status === 101) return;
  const content = answer.content[type];
  if (content === undefined) throw new Error(`${name}: the type "${type}" is not documented`);
  if (!/json$/.test(type) || content.schema === undefined) return;
  const body: unknown = await response.clone().json();
  const { valid, errors } = new Validator({ ...content.schema, components }, "2020-12").validate(body);
  if (!valid) throw new Error(`${name} does not pass its schema: ${JSON.stringify(errors.slice(-3))}`);
}

async function served(): Promise<Document> {
  return Document.parse(await (await exports.default.fetch("https://reelway.test/api/v1/openapi.json")).json());
}

function verbOf(method: string): string {
  return method === "HEAD" ? "get" : method.toLowerCase();
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replace(/[.]/g, "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`);
}
