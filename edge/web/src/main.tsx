import "./app/no-eval.ts";
import "./theme/tokens.css";
import "./theme/base.css";
import { QueryClientProvider } from "@tanstack/preact-query";
import { render } from "preact";
import { App } from "./app/app.tsx";
import { queryClient } from "./app/query-client.ts";
import { applyTheme } from "./theme/theme.ts";

applyTheme();
const page = document.getElementById("page");
if (page)
  render(
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>,
    page,
  );
