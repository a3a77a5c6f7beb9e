/** What no API tells: somebody has to look, once, before the first live payment. */
export const CHECKLIST: readonly { readonly where: string; readonly what: string }[] = [
  {
    where: "Billing, Revenue recovery, Retries",
    what: "Smart retries on, 8 within 2 weeks; after the last, cancel the subscription, so that its plan ends here too.",
  },
  {
    where: "Billing, Subscriptions and emails",
    what: "Off, as Refill mails them itself: successful payments, failed payments, expiring cards (docs/mail.md says which).",
  },
  {
    where: "Business, Public details",
    what: "Name, support address and statement descriptor as customers know the product.",
  },
  { where: "Branding", what: "Icon and colour of Checkout, portal, invoices and receipts." },
  {
    where: "Tax",
    what: "Registrations and whether tax is worked out automatically; credits are sold without a tax line of ours.",
  },
  {
    where: "Payments, Adaptive Pricing",
    what: "Off: prices are shown, charged and refunded in US dollars.",
  },
  {
    where: "Radar, Rules",
    what: "3D Secure is asked for where a card supports it and its bank wants it; payments that Radar blocks are declines here.",
  },
  {
    where: "Team, Communication preferences",
    what: "Somebody is mailed of disputes and early fraud warnings; evidence has a last day.",
  },
  {
    where: "Developers, API keys",
    what: "The live key is on the servers alone; the test key belongs to another database.",
  },
];
