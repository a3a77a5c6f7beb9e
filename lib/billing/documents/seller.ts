import type { SellerCopy } from "../../../db/schema";
import type { BillingDeps } from "../deps";

/** Who sells: what documents say of it, and the series its numbers are of. */
export type Seller = SellerCopy & {
  /** What its documents' numbers begin with: `INV-`. Another one begins a series of its own, at 1. */
  readonly series: string;
};

/** What making documents works with. */
export type DocumentDeps = BillingDeps & {
  /** Null where nobody is configured as the seller: then no document is made. */
  readonly seller: Seller | null;
};
