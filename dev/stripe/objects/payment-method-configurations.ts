import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf } from "../wire/list";
import { flag, hash, oneOf, type Param, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";

type Configuration = Stripe.PaymentMethodConfiguration;
type Preference = "none" | "off" | "on";
type Given = { display_preference?: { preference?: Preference } };

/** What a buyer can pay with in here; wallets are cards. */
const PAYABLE = ["card", "link", "us_bank_account"];
/** What a fresh account has switched on, and bank debits, which an operator is one click away from. */
const ON_AT_FIRST = [...PAYABLE, "apple_pay", "google_pay"];
/** The members of `PaymentMethodConfigurationCreateParams` in the SDK's types, of which the account may have each. */
const METHODS =
  `acss_debit affirm afterpay_clearpay alipay alma amazon_pay apple_pay apple_pay_later au_becs_debit bacs_debit
  bancontact billie bizum blik boleto card cartes_bancaires cashapp crypto customer_balance eps fpx
  fr_meal_voucher_conecs giropay google_pay grabpay ideal jcb kakao_pay klarna konbini kr_card link mb_way mobilepay
  multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay
  samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account wechat_pay zip`.split(
    /\s+/,
  );

const method = hash({ display_preference: hash({ preference: oneOf("none", "off", "on") }) });
const methods = Object.fromEntries(METHODS.map((name) => [name, method])) as Record<string, Param<Given>>;
const PATH = "/v1/payment_method_configurations";

export const paymentMethodConfigurationRoutes: Route[] = [
  route("POST", PATH, { ...methods, name: word, parent: word }, (work, params) => {
    const { name, parent, ...given } = params as { name?: string; parent?: string } & Record<string, Given>;
    if (parent) throw invalidParameter("Only a platform's children have a parent configuration.", "parent");
    defaultMethods(work);
    return add(work, { ...changed(blank(false), given), name: name ?? "" });
  }),
  route("GET", PATH, { ...pageShape, application: word }, (work, params) => {
    defaultMethods(work);
    return pageOf(
      work.store.list("payment_method_configuration"),
      params,
      PATH,
      "payment_method_configuration",
    );
  }),
  route("GET", `${PATH}/:id`, {}, (work, _params, id) => getMethodConfiguration(work, id)),
  route("POST", `${PATH}/:id`, { ...methods, active: flag, name: word }, (work, params, id) => {
    const { active, name, ...given } = params as { active?: boolean; name?: string } & Record<string, Given>;
    const before = getMethodConfiguration(work, id);
    if (before.is_default && active === false)
      throw refused("You cannot deactivate the default payment method configuration.", { param: "active" });
    return work.store.put("payment_method_configuration", {
      ...changed(before, given),
      active: active ?? before.active,
      name: name ?? before.name,
    });
  }),
];

export function getMethodConfiguration(work: Work, id: string, param = "id"): Configuration {
  const found = work.store.get("payment_method_configuration", id);
  if (!found) throw missing("payment_method_configuration", id, param);
  return found;
}

/** The account's own, as its Dashboard shows it under Payment methods; it is there as soon as somebody asks. */
export function defaultMethods(work: Work): Configuration {
  const found = work.store.list("payment_method_configuration").find((row) => row.is_default);
  return found ?? add(work, blank(true));
}

export type Methods = {
  types: string[];
  /** As it was asked for. */
  allowed: string[] | null;
  details: { id: string; parent: string | null } | null;
};

/**
 * What a payment can be made with. Since endive `allowed_payment_method_types` is a filter on what the account (or the
 * configuration that was named) has switched on, not a list of its own: the SDK's words on
 * `Checkout.SessionCreateParams.allowed_payment_method_types`. Link goes where cards go, unless a session says never.
 */
export function methodsFor(
  work: Work,
  asked: { allowed?: string[]; configuration?: string; withoutLink?: boolean },
): Methods {
  const configuration = asked.configuration
    ? getMethodConfiguration(work, asked.configuration, "payment_method_configuration")
    : defaultMethods(work);
  const types = typesOf(configuration)
    .filter((type) => !asked.allowed || asked.allowed.includes(type))
    .filter((type) => type !== "link" || !asked.withoutLink);
  if (types.length === 0)
    throw refused(
      "No valid payment method types for this request. Please ensure that you have activated payment methods compatible " +
        "with your chosen parameters in your dashboard.",
      { param: asked.allowed ? "allowed_payment_method_types" : undefined },
    );
  return {
    types,
    allowed: asked.allowed ?? null,
    details: { id: configuration.id, parent: configuration.parent },
  };
}

/** What of a configuration can be paid with in here. */
export function typesOf(configuration: Configuration): string[] {
  const rows = configuration as unknown as Record<string, { display_preference?: { value: string } }>;
  return PAYABLE.filter((name) => rows[name]?.display_preference?.value === "on");
}

function add(work: Work, configuration: Configuration): Configuration {
  return work.store.put("payment_method_configuration", configuration);
}

function changed(before: Configuration, given: Record<string, Given | undefined>): Configuration {
  const rows = Object.entries(given).flatMap(([name, wanted]) => {
    const preference = wanted?.display_preference?.preference;
    return preference ? [[name, row(name, preference)] as const] : [];
  });
  return { ...before, ...Object.fromEntries(rows) } as Configuration;
}

/** `none` is no preference: what the account shows then is what it showed at first. */
function row(name: string, preference: Preference) {
  const atFirst = ON_AT_FIRST.includes(name) ? "on" : "off";
  const value = preference === "none" ? atFirst : preference;
  return { available: value === "on", display_preference: { overridable: null, preference, value } };
}

function blank(isDefault: boolean): Configuration {
  // What was not said is `none`, which for these is on: who wants cards only has to switch the others off.
  const rows = ON_AT_FIRST.map((name) => [name, row(name, isDefault ? "on" : "none")]);
  return {
    id: newId("pmc"),
    object: "payment_method_configuration",
    active: true,
    application: null,
    is_default: isDefault,
    livemode: false,
    name: isDefault ? "Default" : "",
    parent: null,
    ...Object.fromEntries(rows),
  } as Configuration;
}
