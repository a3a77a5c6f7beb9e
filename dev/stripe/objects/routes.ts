import type { Route } from "../wire/router";
import { chargeRoutes } from "./charges";
import { checkoutRoutes } from "./checkout-sessions";
import { customerRoutes } from "./customers";
import { eventRoutes } from "./events";
import { paymentIntentRoutes } from "./payment-intents";
import { paymentMethodRoutes } from "./payment-method-routes";
import { setupIntentRoutes } from "./setup-intents";
import { webhookEndpointRoutes } from "./webhook-endpoints";

export const ROUTES: Route[] = [
  ...customerRoutes,
  ...paymentMethodRoutes,
  ...paymentIntentRoutes,
  ...setupIntentRoutes,
  ...chargeRoutes,
  ...checkoutRoutes,
  ...eventRoutes,
  ...webhookEndpointRoutes,
];
