import { describe, expect, test } from "vitest";
import vectors from "./forbidden-urls.json" with { type: "json" };
import { isPublicAddress } from "./public-address.ts";
import { guardUrl, type UrlPolicy } from "./url-guard.ts";

const strict: UrlPolicy = { allowPrivate: false, ownHosts: vectors.ownHosts };
const free: UrlPolicy = { ...strict, allowPrivate: true };

describe("the guard", () => {
  test.each(vectors.refused)("refuses $url: $refused", ({ url, refused }) => {
    expect(guardUrl(url, strict)).toMatchObject({ refused });
  });

  test.each(vectors.allowed)("allows %s", (url) => {
    expect(guardUrl(url, strict).refused).toBeUndefined();
  });

  test("gives one spelling of a host", () => {
    expect(guardUrl("https://EXAMPLE.com./a", strict)).toMatchObject({ url: new URL("https://example.com/a") });
  });

  test("bounds the length", () => {
    expect(guardUrl(`https://example.com/${"a".repeat(2_000)}`, strict)).toMatchObject({ refused: "too_long" });
  });

  test("lets a closed network's own names, addresses and http through, but no credentials", () => {
    for (const url of ["http://127.0.0.1:8080/", "https://[::1]/", "http://localhost/", "https://reelway.example/"])
      expect(guardUrl(url, free).refused, url).toBeUndefined();
    for (const url of ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "file:///etc/passwd"])
      expect(guardUrl(url, free).refused, url).toBeDefined();
  });
});

describe("an address", () => {
  test.each(vectors.addresses.forbidden)("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(vectors.addresses.public)("%s is public, unless it is this host's own", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test("of this host is not", () => {
    expect(isPublicAddress("8.8.8.8", new Set(["8.8.8.8"]))).toBe(false);
    expect(isPublicAddress("::ffff:8.8.8.8", new Set(["8.8.8.8"]))).toBe(false);
  });
});
