import { z } from "zod";

// zod would compile its parsers, which the page's policy forbids: it would try, and be reported.
z.config({ jitless: true });
