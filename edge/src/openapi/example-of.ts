import type { ApiDocument, Schema } from "./document-types.ts";
import { exampleRegion, fieldExamples, idExample, partialExamples, schemaExamples } from "./examples.ts";

type Components = ApiDocument["components"]["schemas"];

/**
 * A value that passes a schema, for people to read: the schema's own example, that of its name or field, else made
 * from its keywords, with what is required only. Undefined where the schema says too little.
 */
export function exampleOf(schema: Schema, components: Components, field = "", depth = 0): unknown {
  if (depth > 12) return undefined;
  const { $ref } = schema;
  if (typeof $ref === "string") return exampleOfNamed($ref.split("/").at(-1) ?? "", components, field, depth);
  if ("example" in schema) return schema.example;
  if (Array.isArray(schema.examples)) return schema.examples[0];
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum.includes(exampleRegion) ? exampleRegion : schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return exampleOfChoice(choices, components, field, depth);
  if (Array.isArray(schema.allOf)) {
    const parts = schema.allOf.map((part) => exampleOf(part, components, field, depth + 1));
    return parts.every((part) => typeof part === "object") ? Object.assign({}, ...parts) : parts[0];
  }
  return exampleOfType(schema, components, field, depth);
}

function exampleOfNamed(name: string, components: Components, field: string, depth: number): unknown {
  if (name in schemaExamples) return schemaExamples[name];
  const schema = components?.[name];
  const example = schema === undefined ? undefined : exampleOf(schema, components, field, depth + 1);
  return name in partialExamples ? { ...Object(example), ...partialExamples[name] } : example;
}

function exampleOfType(schema: Schema, components: Components, field: string, depth: number): unknown {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes("null") && !(field in fieldExamples)) return null;
  const type = types.find((one) => one !== "null");
  switch (type) {
    case "object":
      return exampleOfObject(schema, components, depth);
    case "array":
      return exampleOfArray(schema, components, field, depth);
    case "string":
      return exampleOfText(schema, field);
    case "integer":
    case "number":
      return exampleOfNumber(schema, field);
    case "boolean":
      return "default" in schema ? schema.default : (fieldExamples[field] ?? true);
    default:
      return "default" in schema ? schema.default : fieldExamples[field];
  }
}

function exampleOfObject(schema: Schema, components: Components, depth: number): unknown {
  const properties = schemas(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(properties)
    .filter(([name]) => required.includes(name))
    .map(([name, property]) => [name, exampleOf(property, components, name, depth + 1)]);
  return Object.fromEntries(entries);
}

function exampleOfArray(schema: Schema, components: Components, field: string, depth: number): unknown {
  if (field in fieldExamples && Array.isArray(fieldExamples[field])) return fieldExamples[field];
  if ("default" in schema) return schema.default;
  const [items] = Object.values(schemas({ items: schema.items }));
  const item = items === undefined ? undefined : exampleOf(items, components, field, depth + 1);
  return item === undefined ? [] : [item];
}

function exampleOfText(schema: Schema, field: string): unknown {
  const { pattern, format } = schema;
  const id = typeof pattern === "string" ? idExample(pattern) : undefined;
  if (id !== undefined) return id;
  const known = fieldExamples[field];
  if (typeof known === "string") return known;
  if ("default" in schema) return schema.default;
  if (format === "uri") return "https://media.example.com/video";
  if (format === "email") return "ada@example.com";
  return "text".padEnd(typeof schema.minLength === "number" ? schema.minLength : 0, "-");
}

function exampleOfNumber(schema: Schema, field: string): unknown {
  const known = fieldExamples[field];
  if (typeof known === "number") return known;
  if ("default" in schema) return schema.default;
  if (field.endsWith("At")) return fieldExamples.createdAt;
  const least = typeof schema.minimum === "number" ? schema.minimum : 0;
  return Math.max(1, least);
}

/** What may be null is null, unless its field has something to show. */
function exampleOfChoice(choices: readonly Schema[], components: Components, field: string, depth: number): unknown {
  const nullable = choices.some(({ type }) => type === "null");
  if (nullable && !(field in fieldExamples)) return null;
  const [first = {}] = choices.filter(({ type }) => type !== "null");
  return exampleOf(first, components, field, depth + 1);
}

function schemas(properties: unknown): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(properties ?? {}).filter((entry): entry is [string, Schema] => typeof entry[1] === "object"),
  );
}
