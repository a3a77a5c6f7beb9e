CREATE INDEX "attention_items_of_account" ON "attention_items" USING btree ("account_id","since");--> statement-breakpoint
CREATE INDEX "security_events_views" ON "security_events" USING btree ("account_id","at") WHERE kind = 'account_viewed';--> statement-breakpoint
CREATE INDEX "attempts_by_payment" ON "attempts" USING btree ("payment_intent_id") WHERE payment_intent_id is not null;--> statement-breakpoint
CREATE INDEX "orders_by_id" ON "orders" USING btree ("id");--> statement-breakpoint
CREATE INDEX "orders_by_reference" ON "orders" USING btree ("reference");--> statement-breakpoint
CREATE INDEX "orders_by_payment" ON "orders" USING btree ("payment_intent_id") WHERE payment_intent_id is not null;--> statement-breakpoint
CREATE INDEX "stripe_events_of_object" ON "stripe_events" USING btree (left(payload #>> '{data,object,id}', 255));--> statement-breakpoint
CREATE INDEX "commands_by_entries" ON "commands" USING btree ("account_id","first_seq","last_seq");--> statement-breakpoint
CREATE INDEX "grants_by_id" ON "grants" USING btree ("id");--> statement-breakpoint
CREATE INDEX "checkouts_by_session" ON "checkouts" USING btree ("session_id") WHERE session_id is not null;--> statement-breakpoint
CREATE INDEX "invoices_by_id" ON "invoices" USING btree ("id");--> statement-breakpoint
CREATE INDEX "plan_payments_by_id" ON "plan_payments" USING btree ("id");--> statement-breakpoint
CREATE INDEX "order_disputes_by_id" ON "order_disputes" USING btree ("id");--> statement-breakpoint
CREATE INDEX "order_refunds_by_id" ON "order_refunds" USING btree ("id");--> statement-breakpoint
CREATE INDEX "order_refunds_by_refund" ON "order_refunds" USING btree ("refund_id") WHERE refund_id is not null;