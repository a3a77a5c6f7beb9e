/** Where pages are that mails lead to as well; `app/` takes them from here. */
export const OVERVIEW = "/settings/billing/overview";
export const BUY_CREDIT = "/settings/billing/buy-credit";
export const PLANS = "/settings/billing/plans";
export const HISTORY = "/settings/billing/history";
export const CARDS = "/settings/billing/payment-method";
export const PROFILE = "/settings/profile";

/** `orderId` is the public one. */
export const orderPath = (orderId: string): string => `${BUY_CREDIT}/${orderId}`;

/** `paymentId` is the public one. */
export const planPaymentPath = (paymentId: string): string => `${PLANS}/payments/${paymentId}`;

/** Where receipts and invoices are opened: links to Stripe's pages end, these do not. */
export const DOCUMENTS = "/settings/billing/documents";
/** Our own invoice of a paid order, to be read and printed; `orderId` is the public one. */
export const orderInvoicePath = (orderId: string): string =>
  `${DOCUMENTS}/orders/${encodeURIComponent(orderId)}`;
/** `invoiceId` is Stripe's. */
export const invoicePath = (invoiceId: string): string =>
  `${DOCUMENTS}/invoices/${encodeURIComponent(invoiceId)}`;
