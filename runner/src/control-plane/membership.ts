import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import type { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { digestOfToken, type Identity } from "./identity.ts";
import { obtainIdentity, type Registration, register } from "./register.ts";

export interface MembershipOptions extends Registration {
  /** There is a new credential from now on. */
  readonly onRenewed: (credential: string) => void;
}

/** This runner's standing with the control plane: who it is there, and what follows when it is refused. */
export class Membership {
  readonly #options: MembershipOptions;
  #identity: Identity | null = null;
  #renewing: Promise<boolean> | null = null;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Null until it has begun. */
  get identity(): Identity | null {
    return this.#identity;
  }

  /** @throws ReelwayError when registration is refused; the signal's reason. */
  async begin(): Promise<Identity> {
    this.#identity = await obtainIdentity(this.#options);
    return this.#identity;
  }

  /**
   * Says whether to ask again at once. A credential that is refused is replaced only by a token that the runner was
   * started with since: the control plane does not say whether it forgot the credential or revoked it, and a revoked
   * runner must stay out.
   */
  async refused({ code }: ReelwayError): Promise<boolean> {
    const { config, log, signal } = this.#options;
    const token = config.registrationToken;
    const isNew = token !== undefined && digestOfToken(token) !== this.#identity?.tokenDigest;
    if (code !== "unauthenticated" || !isNew || signal.aborted) {
      const remedy =
        code === "unauthenticated"
          ? "the runner was revoked, or the control plane lost its data: start it with a new registration token"
          : errorCatalogue[code].remedy;
      log.error({ code, remedy }, "the control plane refuses this runner");
      return false;
    }
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renew(): Promise<boolean> {
    const { log, onRenewed } = this.#options;
    log.warn("the control plane refuses the kept credential; registering with the new token");
    try {
      this.#identity = await register(this.#options);
    } catch (refusal) {
      const reason = reasonOf(refusal);
      log.error({ reason }, "registration was refused");
      return false;
    }
    onRenewed(this.#identity.credential);
    return true;
  }
}
