import { headersToSend, type PutBytes } from "@reelway/shared/client/upload-source";

/** A PUT that tells how far it is: fetch can't, XMLHttpRequest can. */
export const putWithProgress: PutBytes = (request, body, { onBytes, signal }) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const stop = () => xhr.abort();
    const settle = (end: () => void) => {
      signal?.removeEventListener("abort", stop);
      end();
    };
    let told = 0;
    const tell = (sent: number) => {
      onBytes(sent - told);
      told = sent;
    };
    xhr.open(request.method, request.url);
    for (const [name, value] of Object.entries(headersToSend(request))) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded }) => tell(Math.min(loaded, body.size));
    xhr.onload = () =>
      settle(() => {
        if (xhr.status >= 200 && xhr.status < 300) tell(body.size);
        resolve(responseOf(xhr));
      });
    xhr.onerror = () => settle(() => reject(new TypeError("the connection was lost")));
    xhr.onabort = () => settle(() => reject(signal?.reason ?? new DOMException("stopped", "AbortError")));
    if (signal?.aborted) return void reject(signal.reason);
    signal?.addEventListener("abort", stop, { once: true });
    xhr.send(body);
  });

function responseOf(xhr: XMLHttpRequest): Response {
  const headers = new Headers();
  const etag = xhr.getResponseHeader("etag");
  if (etag !== null) headers.set("etag", etag);
  const hasBody = ![204, 205, 304].includes(xhr.status);
  return new Response(hasBody ? xhr.responseText : null, { status: xhr.status, headers });
}
