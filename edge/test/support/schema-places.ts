import { z } from "zod";

const Schema = z.looseObject({
  $ref: z.string().optional(),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
  allOf: z.array(z.unknown()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
});

/** A schema that stands somewhere within another one. */
export interface SchemaPlace {
  /** `sources[].sourceUrl` for a field of a list's entries, `metadata{}` for the values of a record, `` for the whole. */
  readonly at: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A schema of the API's document with all that it is made of, by the components that it refers to. */
export function placesIn(schema: unknown, components: Readonly<Record<string, unknown>>): SchemaPlace[] {
  const within = (value: unknown, at: string, above: readonly unknown[]): SchemaPlace[] => {
    const read = Schema.safeParse(value);
    if (!read.success || above.includes(value)) return [];
    const { $ref, anyOf, oneOf, allOf, properties, items, additionalProperties } = read.data;
    const inside = [...above, value];
    if ($ref !== undefined) return within(components[$ref.split("/").at(-1) ?? ""], at, inside);
    return [
      { at, schema: read.data },
      ...[...anyOf, ...oneOf, ...allOf].flatMap((one) => within(one, at, inside)),
      ...Object.entries(properties).flatMap(([name, one]) => within(one, at === "" ? name : `${at}.${name}`, inside)),
      ...within(items, `${at}[]`, inside),
      ...within(additionalProperties, `${at}{}`, inside),
    ];
  };
  return within(schema, "", []);
}
