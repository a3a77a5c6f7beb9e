import type { Route } from "../wire/router";
import { chargeRoutes } from "./charges";
import { checkoutRoutes } from "./checkout-sessions";
import { customerRoutes } from "./customers";
import { eventRoutes } from "./events";
import { previewRoutes } from "./invoice-previews";
import { invoiceRoutes } from "./invoice-routes";
import { paymentIntentRoutes } from "./payment-intents";
import { paymentMethodRoutes } from "./payment-method-routes";
import { priceRoutes } from "./prices";
import { productRoutes } from "./products";
import { scheduleRoutes } from "./schedules";
import { setupIntentRoutes } from "./setup-intents";
import { subscriptionRoutes } from "./subscription-routes";
import { webhookEndpointRoutes } from "./webhook-endpoints";

export const ROUTES: Route[] = [
  ...customerRoutes,
  ...paymentMethodRoutes,
  ...paymentIntentRoutes,
  ...setupIntentRoutes,
  ...chargeRoutes,
  ...checkoutRoutes,
  ...productRoutes,
  ...priceRoutes,
  ...subscriptionRoutes,
  ...previewRoutes,
  ...invoiceRoutes,
  ...scheduleRoutes,
  ...eventRoutes,
  ...webhookEndpointRoutes,
];
