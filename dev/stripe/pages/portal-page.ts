import type { Core } from "../core";
import {
  addCard,
  confirmUpdate,
  featuresOf,
  makeDefault,
  portalTypes,
  removeCard,
  setCanceled,
  updateDetails,
} from "../objects/portal-actions";
import { isFresh, type PortalSession } from "../objects/portal-sessions";
import { ApiError } from "../wire/errors";
import type { Work } from "../work";
import { html, type PageAnswer, page, redirect } from "./html";
import { readMethod } from "./method-form";
import { portalFlow } from "./portal-flow";
import { portalHome } from "./portal-home";

/** The customer portal: cards, plan, details and invoices of one customer, for as long as the link is good. */
export function showPortal(core: Core, id: string, query: URLSearchParams): PageAnswer {
  const session = fresh(core, id);
  if (!session) return expired();
  const answer = query.get("redirect_status");
  if (answer === "succeeded") return redirect(afterFlow(session, query.get("flow") ?? "", homeOf(core, id)));
  return show(core, session, query, answer === "failed" ? NOT_APPROVED : null, new URLSearchParams());
}

/** Does what a button asked for; whatever is refused is said on the page it came from. */
export function submitPortal(core: Core, id: string, fields: URLSearchParams): PageAnswer {
  const session = fresh(core, id);
  if (!session) return expired();
  try {
    return core.perform((work) => redirect(act(work, session, fields)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return show(core, session, fields, error.message, fields);
  }
}

function fresh(core: Core, id: string): PortalSession | null {
  const session = core.store.get("billing_portal.session", id);
  if (!session || !core.store.get("customer", session.customer)) return null;
  return isFresh({ now: core.now() / 1000 }, session) ? session : null;
}

/** Where the customer goes next. */
function act(work: Work, session: PortalSession, fields: URLSearchParams): string {
  const on = featuresOf(work, session);
  const field = (name: string) => fields.get(name) ?? "";
  const flow = field("flow");
  const home = homeOf({ options: work }, session.id);
  switch (field("do")) {
    case "add_card": {
      if (!on.payment_method_update.enabled) break;
      const back = `${work.publicUrl}/portal/${session.id}?${flow ? `flow=${flow}` : "home=1"}`;
      const intent = addCard(work, session, readMethod(work, fields, portalTypes(work, session)), back);
      if (intent.status === "requires_action") return `${work.publicUrl}/authenticate/${intent.id}`;
      return afterFlow(session, flow, home);
    }
    case "default_card":
      if (on.payment_method_update.enabled) makeDefault(work, session.customer, field("card"));
      break;
    case "remove_card":
      if (on.payment_method_update.enabled) removeCard(work, session, field("card"));
      break;
    case "cancel":
    case "renew":
      if (!on.subscription_cancel.enabled) break;
      setCanceled(work, session, field("subscription"), field("do") === "cancel");
      return afterFlow(session, flow, home);
    case "confirm_update":
      confirmUpdate(work, session);
      return afterFlow(session, flow, home);
    case "details":
      if (on.customer_update.enabled)
        updateDetails(work, session, { email: field("email"), name: field("name") });
      break;
  }
  return home;
}

function afterFlow(session: PortalSession, flow: string, home: string): string {
  const after = session.flow?.after_completion;
  if (!flow || !after) return home;
  if (after.redirect) return after.redirect.return_url;
  return after.type === "hosted_confirmation" ? home.replace("home=1", "done=1") : home;
}

const NOT_APPROVED =
  "We are unable to authenticate your payment method. Please choose a different payment method and try again.";

function homeOf({ options }: { options: { publicUrl: string } }, id: string): string {
  return `${options.publicUrl}/portal/${id}?home=1`;
}

function show(
  core: Core,
  session: PortalSession,
  query: URLSearchParams,
  error: string | null,
  fields: URLSearchParams,
): PageAnswer {
  const status = error ? 402 : 200;
  if (query.get("done")) return confirmation(session);
  const inFlow = session.flow && !query.get("home") && (fields.size === 0 || fields.get("flow"));
  const content = inFlow
    ? portalFlow(core, session, error, fields)
    : portalHome(core, session, error, fields);
  return page("Billing", content, { status });
}

function confirmation(session: PortalSession): PageAnswer {
  const message = session.flow?.after_completion.hosted_confirmation?.custom_message;
  return page(
    "Done",
    html`<div class="card"><h1>Done</h1><p>${message ?? "Your changes are saved."}</p>
${session.return_url && html`<p><a href="${session.return_url}">Return</a></p>`}</div>`,
  );
}

function expired(): PageAnswer {
  return page(
    "Expired",
    html`<div class="card"><h1>This page has expired</h1><p>Open it again from where you came from.</p></div>`,
    { status: 410 },
  );
}
