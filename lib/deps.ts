import { connect } from "../db/client";
import type { BillingDeps } from "./billing/deps";
import { env } from "./env";
import { createLogger, type Logger } from "./log";
import { cents } from "./money/credits";
import { createStripe } from "./stripe/client";
import { createStripeGateway } from "./stripe/gateway";

export type Deps = BillingDeps & { readonly log: Logger };

// Development reloads modules; one pool must outlive them all, or connections run out.
const kept = globalThis as typeof globalThis & { refillDeps?: Deps };

/** The real things, wired once per process from the environment. */
export function deps(): Deps {
  kept.refillDeps ??= wire();
  return kept.refillDeps;
}

function wire(): Deps {
  const settings = env();
  const stripe = createStripe({ secretKey: settings.STRIPE_SECRET_KEY, apiBase: settings.STRIPE_API_BASE });
  return {
    db: connect(settings.DATABASE_URL, { max: settings.DATABASE_POOL_MAX }),
    gateway: createStripeGateway(stripe),
    log: createLogger(settings.LOG_LEVEL),
    limits: {
      minCents: cents(BigInt(settings.MIN_PURCHASE_CENTS)),
      maxCents: cents(BigInt(settings.MAX_PURCHASE_CENTS)),
    },
    appUrl: new URL(settings.APP_URL).origin,
  };
}
