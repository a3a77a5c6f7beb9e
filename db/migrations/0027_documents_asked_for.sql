-- Links end after weeks, are asked for when somebody opens a document, and nobody reads these any more.
ALTER TABLE "orders" DROP COLUMN "receipt_url";--> statement-breakpoint
ALTER TABLE "invoices" DROP COLUMN "hosted_url";--> statement-breakpoint
ALTER TABLE "invoices" DROP COLUMN "pdf_url";