-- Names only: every row stays as it is.
ALTER TYPE "public"."plan_wish" RENAME TO "pending_change_kind";--> statement-breakpoint
ALTER TABLE "accounts" RENAME COLUMN "subscription_asked" TO "subscription_read_started";--> statement-breakpoint
ALTER TABLE "accounts" RENAME COLUMN "subscription_answered" TO "subscription_read_applied";--> statement-breakpoint
ALTER TABLE "accounts" RENAME COLUMN "subscription_overlapped" TO "subscription_read_superseded";--> statement-breakpoint
ALTER TABLE "accounts" RENAME COLUMN "cards_asked" TO "cards_read_started";--> statement-breakpoint
ALTER TABLE "accounts" RENAME COLUMN "cards_answered" TO "cards_read_applied";--> statement-breakpoint
ALTER TABLE "accounts" RENAME COLUMN "cards_overlapped" TO "cards_read_superseded";--> statement-breakpoint
ALTER TABLE "balances" RENAME COLUMN "quiet_until" TO "stable_until";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "wish" TO "pending_change";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "wish_plan" TO "pending_plan";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "wish_interval" TO "pending_interval";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "wished_at" TO "pending_since";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "former_wish" TO "change_to_restore";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "former_plan" TO "plan_to_restore";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "former_interval" TO "interval_to_restore";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "asking_until" TO "lease_until";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "freed_at" TO "downgraded_to_free_at";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME COLUMN "ask_at" TO "next_read_at";--> statement-breakpoint
ALTER TABLE "checkouts" RENAME COLUMN "ask_at" TO "next_read_at";--> statement-breakpoint
ALTER TABLE "accounts" RENAME CONSTRAINT "accounts_hear_what_they_asked" TO "accounts_subscription_reads_run_forward";--> statement-breakpoint
ALTER TABLE "accounts" RENAME CONSTRAINT "accounts_hear_of_cards_what_they_asked" TO "accounts_card_reads_run_forward";--> statement-breakpoint
ALTER TABLE "accounts" RENAME CONSTRAINT "accounts_customer_is_asked_for_once" TO "accounts_request_a_customer_once";--> statement-breakpoint
ALTER TABLE "balances" RENAME CONSTRAINT "balances_are_not_quiet_when_they_open" TO "balances_are_stable_until_they_open";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME CONSTRAINT "subscriptions_wish_for_something" TO "subscriptions_pending_change_is_whole";--> statement-breakpoint
ALTER TABLE "subscriptions" RENAME CONSTRAINT "subscriptions_knew_what_was_wished" TO "subscriptions_change_to_restore_is_whole";--> statement-breakpoint
ALTER INDEX "subscriptions_wishing" RENAME TO "subscriptions_pending_changes";--> statement-breakpoint
ALTER INDEX "subscriptions_to_ask_about" RENAME TO "subscriptions_to_read";--> statement-breakpoint
ALTER INDEX "checkouts_to_ask_about" RENAME TO "checkouts_to_read";
