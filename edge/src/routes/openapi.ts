import { newRouter, type Router } from "../http/router.ts";
import { documentOf } from "../openapi/document.ts";
import type { ApiDocument } from "../openapi/document-types.ts";
import { referencePage } from "../openapi/reference-page.ts";
import { referenceStyle } from "../openapi/reference-style.ts";

const STYLE = "docs.css";
const pagePolicy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const keptBriefly = "public, max-age=60";

/** `GET /openapi.json`: the document of every route of `app`; `GET /docs`: the same as a page to read. */
export function openapiRoutes(app: Router): Router {
  const router = newRouter();
  let made: ApiDocument | undefined;
  let page: Promise<string> | undefined;
  const document = () => {
    made ??= documentOf(app);
    return made;
  };

  router.get("/openapi.json", (c) => {
    c.header("cache-control", keptBriefly);
    return c.json(document());
  });

  router.get("/docs", async (c) => {
    page ??= referencePage(document(), STYLE);
    c.header("content-security-policy", pagePolicy);
    c.header("cache-control", keptBriefly);
    return c.html(await page);
  });

  router.get(`/${STYLE}`, (c) =>
    c.body(referenceStyle, 200, { "content-type": "text/css", "cache-control": keptBriefly }),
  );
  return router;
}
