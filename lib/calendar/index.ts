export * from "./local-days";
export * from "./periods";
export * from "./quarters";
