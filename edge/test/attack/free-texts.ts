import { z } from "zod";

const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
  allOf: z.array(z.unknown()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});
const Operation = z.looseObject({
  operationId: z.string(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) }).optional(),
});
/** What of the API's document says what requests hold. */
export const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

/** What says of a text which texts it can be. */
const HOLDING = ["enum", "const", "pattern", "format"];

/**
 * The places in requests' bodies at which the document allows any text: `createJob.metadata{}` for the values of a record,
 * `createBatch.sources[].sourceUrl` for a field of a list's entries.
 */
export function freeTexts({ paths, components }: z.infer<typeof Document>): Set<string> {
  const found = new Set<string>();

  const walk = (value: unknown, place: string): void => {
    const read = Schema.safeParse(value);
    if (!read.success) return;
    const schema = read.data;
    if (schema.$ref !== undefined) walk(components.schemas[schema.$ref.split("/").at(-1) ?? ""], place);
    if (schema.type === "string" && HOLDING.every((word) => schema[word] === undefined)) found.add(place);
    for (const one of [...schema.anyOf, ...schema.oneOf, ...schema.allOf]) walk(one, place);
    for (const [name, property] of Object.entries(schema.properties)) walk(property, `${place}.${name}`);
    walk(schema.items, `${place}[]`);
    walk(schema.additionalProperties, `${place}{}`);
  };

  for (const { operationId, requestBody } of Object.values(paths).flatMap((item) => Object.values(item)))
    for (const { schema } of Object.values(requestBody?.content ?? {})) walk(schema, operationId);
  return found;
}
