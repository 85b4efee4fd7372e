import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { authenticatePlayer } from "../middleware/authenticate-player.ts";
import { type ClipRange, serveClip } from "../playback/clip.ts";
import { Folder, FolderFile, playedTypes, TitleFile } from "../playback/file-names.ts";
import { playRequestOf } from "../playback/play-request.ts";
import { serveThumbnail } from "../playback/serve-thumbnail.ts";
import { mediaCacheControl, serveTitleFile } from "../playback/serve-title-file.ts";
import { playableTitle } from "../playback/title.ts";
import { countDelivered } from "../usage/delivered.ts";

/** What players ask for. The token in the path is the right to it, so that playlists can name files relatively. */

const token = z.string().max(1_000).openapi({ description: "From `POST /api/v1/jobs/{id}/playback`" });
const conditions = z.object({
  range: z.string().optional().openapi({ description: "One range of bytes (RFC 9110 §14.2)", example: "bytes=0-1023" }),
  "if-none-match": z.string().optional(),
  "if-range": z.string().optional(),
});
const etag = { $ref: "#/components/headers/etag" };
const acceptRanges = { "accept-ranges": { $ref: "#/components/headers/accept-ranges" } };
const typed = (types: readonly string[]) => Object.fromEntries(types.map((type) => [type, {}]));
const common = { method: "get" as const, tags: ["playback"], middleware: authenticatePlayer };
const filesOf = (types: readonly string[]) => ({
  200: { description: "The file", headers: { etag, ...acceptRanges }, content: typed(types) },
  206: {
    description: "The range of it that was asked for",
    headers: { etag, ...acceptRanges, "content-range": { $ref: "#/components/headers/content-range" } },
    content: typed(types),
  },
  304: { description: "The player has it already", headers: { etag } },
});
const playlistType = ["application/vnd.apple.mpegurl"];
const playlists = {
  200: { description: "The playlist", headers: { etag }, content: typed(playlistType) },
  304: { description: "The player has it already", headers: { etag } },
};
const refusals = ["playback_refused", "stream_not_ready", "output_not_found", "storage_unavailable"] as const;

const Seconds = z.coerce.number().min(0).max(1_000_000);
const ClipQuery = z
  .object({ start: Seconds, end: Seconds })
  .refine(({ start, end }) => end > start, { path: ["end"], message: "must lie behind start" });

const clip = createRoute({
  ...common,
  path: "/play/{token}/clip.m3u8",
  operationId: "playClip",
  summary: "A playlist of a part of the title, made of the segments that are there",
  request: { params: z.object({ token }), query: ClipQuery, headers: conditions.pick({ "if-none-match": true }) },
  ...problems(...refusals),
  responses: playlists,
});

const clipOfRendition = createRoute({
  ...common,
  path: "/play/{token}/{folder}/clip.m3u8",
  operationId: "playClipOfRendition",
  summary: "The same of one rendition",
  request: {
    params: z.object({ token, folder: Folder }),
    query: ClipQuery,
    headers: conditions.pick({ "if-none-match": true }),
  },
  ...problems(...refusals),
  responses: playlists,
});

const thumbnail = createRoute({
  ...common,
  path: "/play/{token}/thumbnail.jpg",
  operationId: "playThumbnail",
  summary: "The picture of a second of the title; the poster without one",
  request: { params: z.object({ token }), query: z.object({ time: Seconds.optional() }), headers: conditions },
  ...problems(...refusals, "range_not_satisfiable"),
  responses: filesOf(["image/jpeg"]),
});

const file = createRoute({
  ...common,
  path: "/play/{token}/{file}",
  operationId: "playFile",
  summary: "The title's playlists, poster and storyboard",
  request: { params: z.object({ token, file: TitleFile }), headers: conditions },
  ...problems(...refusals, "range_not_satisfiable"),
  responses: filesOf(playedTypes),
});

const fileOfRendition = createRoute({
  ...common,
  path: "/play/{token}/{folder}/{file}",
  operationId: "playFileOfRendition",
  summary: "A rendition's playlists and segments",
  request: { params: z.object({ token, folder: Folder, file: FolderFile }), headers: conditions },
  ...problems(...refusals, "range_not_satisfiable"),
  responses: filesOf(playedTypes),
});

export function playRoutes(): Router {
  const router = newRouter();

  router.openapi(clip, (c) => playClip(c, null, c.req.valid("query")));
  router.openapi(clipOfRendition, (c) => playClip(c, c.req.valid("param").folder, c.req.valid("query")));
  router.openapi(thumbnail, async (c) => {
    const { tenantId, region, parts } = await playableTitle(c.env, c.get("player").jobId);
    const wanted = { time: c.req.valid("query").time, cacheControl: mediaCacheControl };
    const pictures = { region, part: parts.get("thumbnails") };
    return countDelivered(c, tenantId, await serveThumbnail(c.env, pictures, wanted, playRequestOf(c)));
  });
  router.openapi(file, (c) => playFile(c, c.req.valid("param").file));
  router.openapi(fileOfRendition, (c) => {
    const { folder, file: name } = c.req.valid("param");
    return playFile(c, `${folder}/${name}`);
  });

  return router;
}

async function playClip(c: Context<AppEnv>, folder: string | null, range: ClipRange): Promise<Response> {
  const title = await playableTitle(c.env, c.get("player").jobId);
  return serveClip(c.env, title, { folder, range }, playRequestOf(c));
}

async function playFile(c: Context<AppEnv>, name: string): Promise<Response> {
  const title = await playableTitle(c.env, c.get("player").jobId);
  return countDelivered(c, title.tenantId, await serveTitleFile(c.env, title, name, playRequestOf(c)));
}
