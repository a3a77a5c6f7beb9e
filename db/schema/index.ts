export * from "./accounts";
export * from "./auth";
export * from "./billing";
export * from "./contact";
export * from "./factors";
export * from "./ledger";
export * from "./plans";
export * from "./usage";
