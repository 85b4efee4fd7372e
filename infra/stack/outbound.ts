import { AddressRefused, guardedAgent } from "@reelway/shared/net/guarded-agent";
import { type Request, Response } from "miniflare";
import { type Agent, fetch } from "undici";

const CONNECT_MS = 10_000;
const IDLE_MS = 60_000;

/**
 * The Worker's way out. At Cloudflare its requests reach public addresses only; a workerd of one's own would connect to
 * whatever this host can reach, and so webhooks and buckets of users would reach into its network. `trustedUrls` are the
 * operator's own (a telemetry collector), which may be private.
 */
export function outboundService(trustedUrls: readonly string[]) {
  const timeouts = { connectTimeoutMs: CONNECT_MS, idleTimeoutMs: IDLE_MS };
  const guarded = guardedAgent({ allowPrivate: false, ...timeouts });
  const free = guardedAgent({ allowPrivate: true, ...timeouts });
  const trusted = new Set(trustedUrls.map((url) => new URL(url).origin));
  return (request: Request): Promise<Response> =>
    pass(request, trusted.has(new URL(request.url).origin) ? free : guarded);
}

/** Of one connection (RFC 9110 §7.6.1), or the simulator's own: not to be passed on. */
const OF_THE_HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|mf-.*)$/i;
const OF_THE_CONNECTION = /^(connection|keep-alive|trailer|transfer-encoding)$/i;
/** Those of an answer, with what is no longer true once `fetch` has decoded its body. */
const OF_THE_CODING = /^(connection|keep-alive|trailer|transfer-encoding|content-(encoding|length))$/i;

/** Redirects go back as they are: workerd follows them where it should, and each comes here again. */
async function pass(request: Request, dispatcher: Agent): Promise<Response> {
  try {
    const answer = await fetch(request.url, {
      method: request.method,
      headers: [...request.headers].filter(([name]) => !OF_THE_HOP.test(name)),
      body: request.body ? await request.arrayBuffer() : null,
      redirect: "manual",
      dispatcher,
    });
    const dropped = answer.headers.has("content-encoding") ? OF_THE_CODING : OF_THE_CONNECTION;
    const headers = [...answer.headers].filter(([name]) => !dropped.test(name));
    return new Response(answer.body, { status: answer.status, headers });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof AddressRefused) return new Response(`${cause.message}\n`, { status: 403 });
    return new Response(`${cause instanceof Error ? cause.message : "no connection"}\n`, { status: 502 });
  }
}
