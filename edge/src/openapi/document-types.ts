import type { ErrorCode } from "@reelway/shared/errors/catalogue";

/** The parts of an OpenAPI 3.1 document that this folder works on; the specification has more. */

export interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface MediaType {
  readonly schema?: Schema;
  example?: unknown;
}

export interface Answer {
  readonly $ref?: string;
  readonly description?: string;
  headers?: Record<string, object>;
  readonly content?: Record<string, MediaType>;
}
export type Responses = Record<string, Answer>;

export interface Operation {
  operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, MediaType> };
  responses: Responses;
  readonly "x-permission"?: string;
  "x-problems"?: readonly ErrorCode[];
}

export interface ApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, Schema>>;
}

const methods = ["get", "put", "post", "delete", "patch"] as const;

/** Every operation with its method and path. */
export function operationsOf(document: Pick<ApiDocument, "paths">) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
}
