import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { placeOf } from "../src/safety/caller-address.ts";
import { parseSettings } from "../src/settings.ts";

const trusting = (text?: string) =>
  parseSettings({ ...env, ...(text === undefined ? {} : { TRUSTED_PROXIES: text }) }).trustedProxies;
const from = (headers: Record<string, string>, proxies: string | undefined) =>
  placeOf((name) => headers[name], trusting(proxies));

describe("where a request comes from", () => {
  it("is what Cloudflare says, where no proxies are named", () => {
    const headers = { "cf-connecting-ip": "203.0.113.9", "cf-ipcountry": "JP", "x-forwarded-for": "198.51.100.1" };
    expect(from(headers, undefined)).toEqual({ ip: "203.0.113.9", country: "JP" });
    expect(from({ "cf-connecting-ip": "<b>", "cf-ipcountry": "<b>" }, undefined)).toEqual({ ip: null, country: null });
  });

  it("is who holds the connection, where that is no proxy of ours, whatever it says", () => {
    const headers = { "cf-connecting-ip": "203.0.113.9", "cf-ipcountry": "JP", "x-forwarded-for": "198.51.100.1" };
    expect(from(headers, "")).toEqual({ ip: "203.0.113.9", country: null });
    expect(from(headers, "127.0.0.1, 10.0.0.0/8")).toEqual({ ip: "203.0.113.9", country: null });
  });

  const behind: [connection: string, forwardedFor: string | undefined, caller: string][] = [
    ["127.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"],
    ["fd00::7", "2001:db8::5", "2001:db8::5"],
    ["127.0.0.1", "192.0.2.1,  198.51.100.1 , 10.9.9.9", "198.51.100.1"],
    ["127.0.0.1", "10.0.0.1, 10.0.0.2", "127.0.0.1"],
    ["127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"],
    ["127.0.0.1", "", "127.0.0.1"],
    ["127.0.0.1", undefined, "127.0.0.1"],
    ["127.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["127.0.0.1", "[2001:db8::5]:4711", "2001:db8::5"],
    ["127.0.0.1", "[2001:db8::5]", "2001:db8::5"],
    ["127.0.0.1", "192.0.2.1, 2001", "127.0.0.1"],
    ["127.0.0.1", "192.0.2.1, ", "127.0.0.1"],
    ["192.168.7.7", "198.51.100.1", "198.51.100.1"],
  ];
  it.each(behind)("by %s, which forwards for %s, is %s", (connection, forwardedFor, caller) => {
    const headers = {
      "cf-connecting-ip": connection,
      "cf-ipcountry": "JP",
      ...(forwardedFor !== undefined && { "x-forwarded-for": forwardedFor }),
    };
    expect(from(headers, "127.0.0.1, 10.0.0.0/8, fd00::/8, ::ffff:192.168.0.0/112")).toEqual({
      ip: caller,
      country: null,
    });
  });

  it("can't be told by proxies that are none", () => {
    for (const text of [
      "localhost",
      "10.0.0.0/33",
      "127.0.0.1 10.0.0.1",
      "10",
      "10/8",
      "10.0.0/8",
      "10.0.0.0/8/8",
      "10.0.0.1:80",
      "10.0.0.1:80/104",
      "::ffff:10.0.0.0/8",
    ])
      expect(() => trusting(text)).toThrow(/TRUSTED_PROXIES/);
  });
});
