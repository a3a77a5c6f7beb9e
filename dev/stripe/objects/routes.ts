import type { Route } from "../wire/router";
import { accountRoutes } from "./account";
import { ownBalanceRoutes } from "./balance";
import { chargeRoutes } from "./charges";
import { checkoutRoutes } from "./checkout-sessions";
import { couponRoutes } from "./coupons";
import { creditNoteRoutes } from "./credit-notes";
import { balanceRoutes } from "./customer-balance";
import { customerRoutes } from "./customers";
import { disputeRoutes } from "./disputes";
import { eventRoutes } from "./events";
import { fraudWarningRoutes } from "./fraud-warnings";
import { invoiceItemRoutes } from "./invoice-items";
import { previewRoutes } from "./invoice-previews";
import { invoiceRoutes } from "./invoice-routes";
import { paymentIntentRoutes } from "./payment-intents";
import { paymentMethodConfigurationRoutes } from "./payment-method-configurations";
import { paymentMethodRoutes } from "./payment-method-routes";
import { portalConfigurationRoutes } from "./portal-configurations";
import { portalSessionRoutes } from "./portal-sessions";
import { priceRoutes } from "./prices";
import { productRoutes } from "./products";
import { refundRoutes } from "./refunds";
import { scheduleRoutes } from "./schedules";
import { setupIntentRoutes } from "./setup-intents";
import { subscriptionDiscountRoutes } from "./subscription-discounts";
import { subscriptionRoutes } from "./subscription-routes";
import { taxIdRoutes } from "./tax-ids";
import { taxRateRoutes } from "./tax-rates";
import { testClockRoutes } from "./test-clocks";
import { webhookEndpointRoutes } from "./webhook-endpoints";

export const ROUTES: Route[] = [
  ...accountRoutes,
  ...paymentMethodConfigurationRoutes,
  ...customerRoutes,
  ...balanceRoutes,
  ...taxIdRoutes,
  ...paymentMethodRoutes,
  ...paymentIntentRoutes,
  ...setupIntentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...fraudWarningRoutes,
  ...ownBalanceRoutes,
  ...checkoutRoutes,
  ...productRoutes,
  ...priceRoutes,
  ...couponRoutes,
  ...taxRateRoutes,
  ...subscriptionRoutes,
  ...subscriptionDiscountRoutes,
  ...previewRoutes,
  ...invoiceItemRoutes,
  ...invoiceRoutes,
  ...creditNoteRoutes,
  ...scheduleRoutes,
  ...portalConfigurationRoutes,
  ...portalSessionRoutes,
  ...testClockRoutes,
  ...eventRoutes,
  ...webhookEndpointRoutes,
];
