declare namespace Cloudflare {
  /** The Worker's bindings, and the migrations that only tests are given. */
  interface Env extends TestEnv {}
  interface TestEnv extends ImportedEnv {
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
  }
  type ImportedEnv = import("../src/env.ts").Env;

  interface GlobalProps {
    mainModule: typeof import("../src/index.ts");
    durableNamespaces: "RegionQueue" | "JobChannel";
  }
}
