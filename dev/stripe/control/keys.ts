import { ApiError } from "../wire/errors";

export type Mode = "test" | "live";
/** Whose objects a key sees: those of one account, in one mode. */
export type Place = { account: string; mode: Mode };
/** By Stripe's names for what a restricted key may do (`customer`, `webhook`, …); `*` is what is not named. */
export type Permissions = Readonly<Record<string, "none" | "read" | "write">>;

export const FIRST_ACCOUNT = "acct_1SimulatorFirst";
const KEY = /^(sk|rk)_(test|live)_(?:acct([A-Za-z0-9]+)_)?\w+$/;

/**
 * The API keys of this world. `sk_test_…` and `sk_live_…` belong to the first account, `sk_test_acctB_…` to an account
 * named B; every key of that form is good until it is revoked. Nothing of this is kept over a restart.
 */
export class Keys {
  private readonly revoked = new Set<string>();
  private readonly restricted = new Map<string, Permissions>();

  /** As when a key is rolled or deleted in the Dashboard: every call with it is a 401. */
  revoke(key: string): void {
    this.revoked.add(key);
  }

  /** What a restricted key (`rk_…`) may do from now on; what is neither named nor under `*` is not allowed. */
  restrict(key: string, permissions: Permissions): void {
    if (!key.startsWith("rk_")) throw new Error("only a restricted key (rk_…) can lack a permission");
    this.restricted.set(key, permissions);
  }

  /** Takes back what was switched for a key. */
  restore(key: string): void {
    this.revoked.delete(key);
    this.restricted.delete(key);
  }

  clear(): void {
    this.revoked.clear();
    this.restricted.clear();
  }

  list(): { key: string; state: "revoked" | "restricted"; permissions?: Permissions }[] {
    return [
      ...[...this.revoked].map((key) => ({ key, state: "revoked" as const })),
      ...[...this.restricted].map(([key, permissions]) => ({
        key,
        state: "restricted" as const,
        permissions,
      })),
    ];
  }

  /** The key of a request, or a 401. */
  read(authorization: string | undefined): { key: string; place: Place } {
    const [scheme = "", value = ""] = (authorization ?? "").split(" ");
    const key = scheme === "Basic" ? (Buffer.from(value, "base64").toString().split(":")[0] ?? "") : value;
    const match = KEY.exec(key);
    if (!match) throw unauthorized(key ? `Invalid API Key provided: ${masked(key)}` : NO_KEY);
    // https://docs.stripe.com/error-codes#api-key-expired: the key was rolled or is no longer good.
    if (this.revoked.has(key))
      throw unauthorized(`Expired API Key provided: ${masked(key)}`, "api_key_expired");
    const [, , mode, name] = match;
    const account = name ? `acct_1Simulator${name}` : FIRST_ACCOUNT;
    return { key, place: { account, mode: mode as Mode } };
  }

  /**
   * A 403 when a restricted key may not do this. The sentence is that of stripe-node issue 2246 and st-paywall issue 36,
   * which also show that there is no `code`.
   */
  assertPermitted(key: string, account: string, method: string, path: string): void {
    const permissions = this.restricted.get(key);
    if (!permissions) return;
    const permission = permissionOf(path);
    const granted = permissions[permission] ?? permissions["*"] ?? "none";
    const wanted = method === "GET" ? "read" : "write";
    if (granted === "write" || granted === wanted) return;
    const message =
      `The provided key '${masked(key)}' does not have the required permissions for this endpoint on account ` +
      `'${account}'. Having the 'rak_${permission}_${wanted}' permission would allow this request to continue.`;
    throw new ApiError(403, { type: "invalid_request_error", message }, { unsaved: true });
  }
}

const NO_KEY =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth " +
  "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";

function unauthorized(message: string, code?: string): ApiError {
  return new ApiError(401, { type: "invalid_request_error", message, code }, { unsaved: true });
}

/** As Stripe shows a key in an error: its beginning and its last four characters. */
function masked(key: string): string {
  const end = key.length > 12 ? key.slice(-4) : "";
  return `${key.slice(0, 8)}${"*".repeat(Math.max(4, key.length - 8 - end.length))}${end}`;
}

/** By the first part of a path; https://docs.stripe.com/keys-api#permission-names where it is not simply the singular. */
const PERMISSIONS: Record<string, string> = {
  account: "accounts_kyc_basic",
  balance_transactions: "balance_transaction_source",
  billing_portal: "customer_portal",
  checkout: "checkout_session",
  events: "event",
  invoice_payments: "invoice",
  invoiceitems: "invoice",
  payment_method_configurations: "payment_method_configuration",
  prices: "plan",
  // "Charges and Refunds" are one permission in the Dashboard.
  refunds: "charge",
  setup_attempts: "setup_intent",
  subscription_items: "subscription",
  subscription_schedules: "subscription",
  test_helpers: "billing_clock",
  webhook_endpoints: "webhook",
};

function permissionOf(path: string): string {
  const first = path.split("/")[2] ?? "";
  return PERMISSIONS[first] ?? first.replace(/s$/, "");
}
