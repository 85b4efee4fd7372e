import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const Alerts = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Reelway[A-Za-z]+$/),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+m$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.strictObject({ summary: z.string(), look: z.string() }),
        }),
      ),
    }),
  ),
});
const Dashboard = z.object({
  panels: z.array(z.object({ id: z.int(), title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
  templating: z.object({ list: z.array(z.object({ query: z.string() })) }),
});
const Scrape = z.object({
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.object({ job_name: z.string(), metrics_path: z.string(), static_configs: z.array(z.unknown()).min(1) }),
  ),
});

/** What is served, by docs/metrics.md, which tests of both sides hold to what they serve: the name, its type, its labels. */
const metrics = new Map(
  [...read("docs/metrics.md").matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \| (.*?) ?\|/gm)].map(
    ([, name = "", type = "", labels = ""]) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) },
    ],
  ),
);
/** That Prometheus puts on every series. */
const ownLabels = ["job", "instance"];

const alerts = Alerts.parse(parse(read("infra/observability/alerts.yml"))).groups.flatMap(({ rules }) => rules);
const dashboard = Dashboard.parse(JSON.parse(read("infra/observability/grafana-dashboard.json")));
const scrape = Scrape.parse(parse(read("infra/observability/prometheus.yml")));
const expressions = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The selectors of an expression. Throws where Prometheus would not parse it. */
function selectorsOf(expr: string): Selector[] {
  // Grafana puts its own variables in: any interval and any value parse alike.
  const text = expr.replaceAll("$__rate_interval", "5m").replaceAll("$region", "weur");
  const selectors: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => {
      if (type.isError) throw new Error(`does not parse at ${from}: ${text.slice(Math.max(0, from - 20), to + 20)}`);
      if (name === "VectorSelector") selectors.push({ metric: "", labels: [] });
      const current = selectors.at(-1);
      if (name === "Identifier" && current?.metric === "") current.metric = text.slice(from, to);
      if (name === "LabelName" && current && text[to] !== ")" && /^\s*[=!]/.test(text.slice(to)))
        current.labels.push(text.slice(from, to));
    },
  });
  return selectors;
}

describe("alerts and dashboard", () => {
  test.each(expressions)("%s: parses as PromQL and names only what is served", (_, expr) => {
    const selectors = selectorsOf(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric, labels } of selectors) {
      if (metric === "up") continue;
      const base = metric.replace(/_(bucket|sum|count)$/, "");
      const known = metrics.get(metric) ?? metrics.get(base);
      expect(known, metric).toBeDefined();
      if (base !== metric && !metrics.has(metric)) expect(known?.type, metric).toBe("histogram");
      for (const label of labels)
        expect([...(known?.labels ?? []), ...ownLabels], `${metric}{${label}}`).toContain(label);
    }
  });

  test.each(expressions)("%s: takes rates of counters only, and quantiles of histograms only", (_, expr) => {
    for (const [, , metric = ""] of expr.matchAll(/\b(rate|increase)\(\s*(\w+)/g)) {
      const type = metrics.get(metric)?.type ?? metrics.get(metric.replace(/_bucket$/, ""))?.type;
      expect(["counter", "histogram"], metric).toContain(type);
    }
    if (expr.includes("histogram_quantile")) expect(expr).toMatch(/by \([^)]*\ble\b/);
  });

  test("have names and ids of their own", () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(alerts.length).toBeGreaterThan(12);
    expect(dashboard.panels.length).toBeGreaterThan(12);
  });
});

test("prometheus.yml scrapes both sides under the job names that the rules select by, and loads the alerts", () => {
  expect(scrape.rule_files).toEqual(["alerts.yml"]);
  const jobs = scrape.scrape_configs.map(({ job_name }) => job_name);
  const selected = expressions.flatMap(([, expr]) =>
    [...expr.matchAll(/job=~?"([^"]+)"/g)].flatMap(([, job = ""]) => job.split("|")),
  );
  expect([...new Set(selected)].sort()).toEqual(jobs.sort());
});

test("a wrong expression would be noticed", () => {
  expect(() => selectorsOf("sum by (region (x)")).toThrow(/does not parse/);
  expect(selectorsOf(`rate(api_requests_total{status="500"}[5m])`)).toEqual([
    { metric: "api_requests_total", labels: ["status"] },
  ]);
});
