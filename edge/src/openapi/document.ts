import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { Problem } from "@reelway/shared/errors/problem";
import { version } from "@reelway/shared/version";
import type { AppEnv } from "../http/app-env.ts";
import { bearer, browserSession, headers } from "./components.ts";
import { type ApiDocument, type Operation, operationsOf, type Schema } from "./document-types.ts";
import { exampleOf } from "./example-of.ts";
import { operationIdOf } from "./operation-id.ts";
import { codesOf, problemAnswers } from "./problems.ts";
import { tags } from "./tags.ts";

const info = {
  title: "Reelway",
  version,
  description:
    "Turns uploaded video into playable output on hardware that its users own. Times are milliseconds since the epoch, sizes are bytes. Errors are problem details (RFC 9457) with a stable `code`.",
  license: { name: "Proprietary", identifier: "LicenseRef-Proprietary" },
};

/** OpenAPI 3.1 of every route of `app`, made from the schemas that check the requests. */
export function documentOf(app: OpenAPIHono<AppEnv>): ApiDocument {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent("securitySchemes", "bearer", bearer);
  registry.registerComponent("securitySchemes", "browserSession", browserSession);
  for (const [name, header] of Object.entries(headers)) registry.registerComponent("headers", name, header);
  const made: unknown = app.getOpenAPI31Document({ openapi: "3.1.0", info, tags: [...tags], servers: [{ url: "/" }] });
  const document = structuredClone(made) as ApiDocument;
  const { $schema: _dialect, ...problem } = z.toJSONSchema(z.object(Problem.shape));
  document.components.schemas = { Problem: problem, ...document.components.schemas };
  const shared = new Map<string, Schema>();
  for (const { method, path, operation } of operationsOf(document)) {
    operation.operationId ??= operationIdOf(method, path, operation);
    completeAnswers(method, operation, shared);
    addExamples(operation, document.components.schemas);
  }
  document.components.responses = Object.fromEntries([...shared].sort(([a], [b]) => (a < b ? -1 : 1)));
  return document;
}

/** Every answer tells its request id; problems come after what the route itself describes. */
function completeAnswers(method: string, operation: Operation, shared: Map<string, Schema>): void {
  const creates = operation.parameters?.some(({ name }) => name === "idempotency-key") ?? false;
  for (const [status, answer] of Object.entries(operation.responses)) {
    answer.headers = { ...answer.headers, "x-request-id": { $ref: "#/components/headers/x-request-id" } };
    if (creates && status.startsWith("2"))
      answer.headers["idempotency-replayed"] = { $ref: "#/components/headers/idempotency-replayed" };
  }
  // What a route describes by itself goes before: /readyz answers 503 in a form of its own.
  operation.responses = { ...problemAnswers(codesOf(method, operation), shared), ...operation.responses };
  delete operation["x-problems"];
  delete operation.responses.default;
}

function addExamples(operation: Operation, components: Record<string, Schema> = {}): void {
  const contents = [operation.requestBody, ...Object.values(operation.responses)];
  for (const content of contents)
    for (const [type, media] of Object.entries(content?.content ?? {})) {
      if (type !== "application/json" || media.schema === undefined || "example" in media) continue;
      media.example = exampleOf(media.schema, components);
    }
}
