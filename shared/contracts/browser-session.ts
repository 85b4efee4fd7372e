import { z } from "zod";
import { SessionId } from "../ids.ts";
import { LoginRequest } from "./session.ts";
import { Timestamp } from "./time.ts";
import { Me } from "./user.ts";

/** `POST /api/v1/auth/browser-session`: an API key, or e-mail address and password, or the code of a sign-in link. */
export const BrowserSignIn = z
  .union([
    z.strictObject({ key: z.string().min(1).max(200).meta({ description: "An API key" }) }),
    LoginRequest,
    z.strictObject({ code: z.string().min(1).max(200).meta({ description: "Of a sign-in link; good once" }) }),
  ])
  .meta({ id: "BrowserSignIn" });
export type BrowserSignIn = z.input<typeof BrowserSignIn>;

/** A browser that is signed in by a cookie. */
export const BrowserSession = z
  .object({
    id: SessionId,
    caller: Me,
    createdAt: Timestamp,
    expiresAt: Timestamp.meta({ description: "It is signed out then at the latest" }),
    idleTimeoutMs: z.int().meta({ description: "It is signed out when it asks for nothing for so long" }),
  })
  .meta({ id: "BrowserSession" });
export type BrowserSession = z.infer<typeof BrowserSession>;

/** `POST /api/v1/auth/sign-in-links`: signs one browser in, as the key or user that asked for it. */
export const SignInLink = z
  .object({
    url: z.string().meta({ description: "The dashboard's, with the code in its fragment: no server is sent it" }),
    code: z.string().meta({ description: "Good once" }),
    expiresAt: Timestamp,
  })
  .meta({ id: "SignInLink" });
export type SignInLink = z.infer<typeof SignInLink>;
