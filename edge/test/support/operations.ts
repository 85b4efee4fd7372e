import { exports } from "cloudflare:workers";
import { z } from "zod";
import { placesIn } from "./schema-places.ts";

const Parameter = z.object({ name: z.string(), in: z.string(), schema: z.unknown() });
const Operation = z.object({
  "x-permission": z.string().optional(),
  security: z.array(z.unknown()).optional(),
  parameters: z.array(Parameter).optional(),
  requestBody: z.object({ content: z.object({ "application/json": z.object({ schema: z.unknown() }) }) }).optional(),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
const ID = /^\^([a-z]{3})_/;

/** Where a request names a thing by its id, such as `query tenantId` or `body sources[].assetId`. */
export interface IdPlace {
  readonly in: string;
  readonly at: string;
  /** What is named: the first three letters of its id. */
  readonly prefix: string;
}

export interface ServedOperation {
  readonly method: string;
  /** With `{names}` of its parameters. */
  readonly path: string;
  readonly permission: string | undefined;
  /** Nobody may without a credential. */
  readonly secured: boolean;
  readonly hasBody: boolean;
  readonly ids: readonly IdPlace[];
}

/** Every operation of the document that this Worker serves. */
export async function servedOperations(): Promise<ServedOperation[]> {
  const response = await exports.default.fetch("https://reelway.test/api/v1/openapi.json");
  const { paths, components } = Document.parse(await response.json());

  const idsIn = (schema: unknown): { at: string; prefix: string }[] =>
    placesIn(schema, components.schemas).flatMap(({ at, schema: { pattern } }) => {
      const [, prefix] = (typeof pattern === "string" && ID.exec(pattern)) || [];
      return prefix === undefined ? [] : [{ at, prefix }];
    });

  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security, parameters = [], requestBody, ...operation }]) => ({
      method: method.toUpperCase(),
      path,
      permission: operation["x-permission"],
      secured: security !== undefined,
      hasBody: requestBody !== undefined,
      ids: [
        ...parameters.flatMap(({ name, schema, ...parameter }) =>
          idsIn(schema).map(({ at, prefix }) => ({ in: parameter.in, at: `${name}${at}`, prefix })),
        ),
        ...idsIn(requestBody?.content["application/json"].schema).map((id) => ({ in: "body", ...id })),
      ],
    })),
  );
}
