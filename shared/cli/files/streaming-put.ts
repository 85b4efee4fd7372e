import { headersToSend, type PutBytes } from "../../client/upload-source.ts";

/**
 * A PUT that tells how far it is: Node's fetch takes a stream of known length, which browsers don't. The length must be
 * sent, since the presigned URL is bound to it and chunked encoding would be refused.
 */
export const streamingPut: PutBytes = (request, body, { onBytes, signal }) => {
  const counted = body.stream().pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        onBytes(chunk.byteLength);
        controller.enqueue(chunk);
      },
    }),
  );
  return fetch(request.url, {
    method: request.method,
    headers: { ...headersToSend(request), "content-length": String(body.size) },
    body: counted,
    duplex: "half",
    ...(signal === undefined ? {} : { signal }),
  });
};
