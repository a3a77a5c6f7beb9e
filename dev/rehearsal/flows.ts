import type { Flow } from "./flow";
import { BUYING } from "./flows/buying";
import { AT_THE_BANK } from "./flows/buying-at-the-bank";
import { CARD_FLOWS } from "./flows/cards";
import { CHANGING } from "./flows/changing";
import { COLLECTION } from "./flows/collection";
import { DASHBOARD } from "./flows/dashboard";
import { DISPUTING } from "./flows/disputing";
import { FAILING } from "./flows/failing";
import { REFUNDING } from "./flows/refunding";
import { RENEWING } from "./flows/renewing";
import { SUBSCRIBING } from "./flows/subscribing";

/** Every flow there is, in the order in which they run. */
export const FLOWS: readonly Flow[] = [
  ...BUYING,
  ...AT_THE_BANK,
  ...CARD_FLOWS,
  ...SUBSCRIBING,
  ...RENEWING,
  ...CHANGING,
  ...FAILING,
  ...REFUNDING,
  ...DISPUTING,
  ...DASHBOARD,
  ...COLLECTION,
];
