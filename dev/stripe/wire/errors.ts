import type Stripe from "stripe";

export type ErrorType = "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";

export type ErrorBody = {
  type: ErrorType;
  message: string;
  code?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  param?: string;
  charge?: string;
  doc_url?: string;
  request_log_url?: string;
  payment_intent?: Stripe.PaymentIntent;
  setup_intent?: Stripe.SetupIntent;
  payment_method?: Stripe.PaymentMethod;
};

type Traits = {
  /** What happened before the error stays: a decline keeps its intent and its failed charge. */
  keep?: boolean;
  /** The request never began executing, so its answer is not saved under the idempotency key. */
  unsaved?: boolean;
  shouldRetry?: boolean;
  /** Why there were too many requests, in Stripe's `Stripe-Rate-Limited-Reason` header. */
  limited?: "endpoint-rate" | "global-rate" | "resource-specific";
};

export class ApiError extends Error {
  readonly body: ErrorBody;
  readonly traits: Traits;

  constructor(
    readonly status: number,
    body: ErrorBody,
    traits: Traits = {},
  ) {
    super(body.message);
    this.body = body.code ? { ...body, doc_url: docUrl(body.code) } : body;
    this.traits = traits;
  }
}

export function docUrl(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}

/** A parameter is wrong in form: nothing was executed. */
export function invalidParameter(message: string, param?: string, code?: string): ApiError {
  return new ApiError(400, { type: "invalid_request_error", message, code, param }, { unsaved: true });
}

/** A well-formed request that cannot be carried out. */
export function refused(message: string, more: Partial<ErrorBody> = {}): ApiError {
  return new ApiError(400, { type: "invalid_request_error", message, ...more });
}

/** 404 for the id in the path, 400 for an id in the parameters. */
export function missing(what: string, id: string, param = "id"): ApiError {
  return new ApiError(param === "id" ? 404 : 400, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${what}: '${id}'`,
    param,
  });
}

export function keyInUse(key: string): ApiError {
  const message =
    "There is currently another in-progress request using this Idempotent Key (that probably means you " +
    `submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  const body: ErrorBody = { type: "idempotency_error", code: "idempotency_key_in_use", message };
  return new ApiError(409, body, { unsaved: true, shouldRetry: true });
}

export function keyMismatch(key: string): ApiError {
  const message =
    "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
    `Try using a key other than '${key}' if you meant to execute a different request.`;
  return new ApiError(400, { type: "idempotency_error", message }, { unsaved: true, shouldRetry: false });
}

export function rateLimited(limited?: Traits["limited"]): ApiError {
  const message = "Request rate limit exceeded. You can learn more about rate limits in the documentation.";
  return new ApiError(
    429,
    { type: "invalid_request_error", code: "rate_limit", message },
    { unsaved: true, limited },
  );
}

export function lockTimeout(): ApiError {
  const message =
    "This object cannot be accessed right now because another API request or Stripe process is currently " +
    "accessing it. If you see this error intermittently, retry the request.";
  const body: ErrorBody = { type: "invalid_request_error", code: "lock_timeout", message };
  return new ApiError(429, body, { unsaved: true, shouldRetry: true });
}

export function serverFault(shouldRetry: boolean): ApiError {
  const message = "An unknown error occurred on our side. (Injected by the simulator.)";
  return new ApiError(500, { type: "api_error", message }, { unsaved: shouldRetry, shouldRetry });
}
