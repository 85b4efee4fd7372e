import { z } from "zod";
import { placesIn, type SchemaPlace } from "../support/schema-places.ts";

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
  const isFree = ({ schema }: SchemaPlace) =>
    schema.type === "string" && HOLDING.every((word) => schema[word] === undefined);
  const bodies = Object.values(paths)
    .flatMap((item) => Object.values(item))
    .flatMap(({ operationId, requestBody }) =>
      Object.values(requestBody?.content ?? {}).map(({ schema }) => ({ operationId, schema })),
    );
  return new Set(
    bodies.flatMap(({ operationId, schema }) =>
      placesIn(schema, components.schemas)
        .filter(isFree)
        .map(({ at }) => `${operationId}.${at}`),
    ),
  );
}
