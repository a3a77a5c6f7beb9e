import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./accounts";

/** Web processes, one row each while it answers: those that start see by it whether they are of one build with the others. */
export const webProcesses = pgTable(
  "web_processes",
  {
    id: uuid("id").primaryKey(),
    /** Host and process id: for whoever looks for it, not a key. */
    name: text("name").notNull(),
    /** What its build's pages can send; equal where one build understands the other's forms. */
    fingerprint: text("fingerprint").notNull(),
    /** As the environment names the deployment; empty where it names none. */
    deploymentId: text("deployment_id").notNull(),
    startedAt: instant("started_at").notNull().defaultNow(),
    seenAt: instant("seen_at").notNull().defaultNow(),
  },
  (t) => [index("web_processes_by_last_seen").on(t.seenAt)], // serves starting processes and the cleanup
);
