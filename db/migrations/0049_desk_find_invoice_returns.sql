CREATE INDEX "invoice_disputes_by_id" ON "invoice_disputes" USING btree ("id");--> statement-breakpoint
CREATE INDEX "invoice_refunds_by_id" ON "invoice_refunds" USING btree ("id");