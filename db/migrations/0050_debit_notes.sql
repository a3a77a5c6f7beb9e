-- Earlier builds run with it: what they write of documents, invoices and credit notes, satisfies its checks.
ALTER TYPE "public"."document_kind" ADD VALUE 'debit_note';--> statement-breakpoint
ALTER TABLE "documents" DROP CONSTRAINT "documents_credit_notes_correct";--> statement-breakpoint
ALTER TABLE "documents" DROP CONSTRAINT "documents_credit_notes_are_of_a_refund";--> statement-breakpoint
DROP INDEX "documents_one_credit_note_each";--> statement-breakpoint
ALTER TABLE "order_refunds" ADD COLUMN "debit_noted_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "documents_one_note_of_a_kind_each" ON "documents" USING btree ("account_id","refund_id","kind");--> statement-breakpoint
CREATE INDEX "order_refunds_not_debited" ON "order_refunds" USING btree ("created_at") WHERE status in ('failed', 'canceled') and credit_noted_at is not null and debit_noted_at is null;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_notes_correct" CHECK ((kind = 'invoice') = (corrects is null));--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_notes_are_of_a_refund" CHECK ((kind = 'invoice') = (refund_id is null));