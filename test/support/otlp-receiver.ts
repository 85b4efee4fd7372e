import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const Value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  z.object({ intValue: z.union([z.number(), z.string()]) }).transform(({ intValue }) => Number(intValue)),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
]);
const Attributes = z
  .array(z.object({ key: z.string(), value: Value }))
  .default([])
  .transform((pairs) => new Map(pairs.map(({ key, value }) => [key, value])));

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** ExportTraceServiceRequest in its JSON form (OTLP 1.x): ids in hex, times as decimal text of nanoseconds. */
const ExportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: hex(32),
              spanId: hex(16),
              parentSpanId: hex(16).optional(),
              name: z.string().min(1),
              kind: z.int().min(1).max(5),
              startTimeUnixNano: z.string().regex(/^\d+$/),
              endTimeUnixNano: z.string().regex(/^\d+$/),
              attributes: Attributes,
              links: z.array(z.object({ traceId: hex(32), spanId: hex(16) })).default([]),
              status: z.object({ code: z.int().optional() }).default({}),
            }),
          ),
        }),
      ),
    }),
  ),
});
type Exported = z.infer<typeof ExportRequest>["resourceSpans"][number]["scopeSpans"][number]["spans"][number];

export interface ReceivedSpan extends Exported {
  readonly service: string;
}

/** A collector that takes traces over OTLP/HTTP with JSON, strictly, and keeps them. */
export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** Every body as it came, for what must not be in one. */
  readonly bodies: string[];
  readonly headers: IncomingMessage["headers"][];
  /** What was refused, and why. */
  readonly refused: string[];
  close(): Promise<void>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const [spans, bodies, headers, refused]: [ReceivedSpan[], string[], IncomingMessage["headers"][], string[]] = [
    [],
    [],
    [],
    [],
  ];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString();
    bodies.push(body);
    headers.push(request.headers);
    const wrong =
      request.method !== "POST" ||
      request.url !== "/v1/traces" ||
      request.headers["content-type"] !== "application/json";
    const parsed = wrong ? undefined : ExportRequest.safeParse(JSON.parse(body));
    if (!parsed?.success) {
      refused.push(parsed ? z.prettifyError(parsed.error) : `${request.method} ${request.url}`);
      response.writeHead(400).end();
      return;
    }
    for (const { resource, scopeSpans } of parsed.data.resourceSpans) {
      const service = String(resource.attributes.get("service.name"));
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, service });
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  // A socket's address has a port; a pipe's would be text.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    headers,
    refused,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
