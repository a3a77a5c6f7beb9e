ALTER TABLE "orders" ADD COLUMN "parked_payment_ids" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "next_closed_read_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "orders_closed_to_end" ON "orders" USING btree ("next_closed_read_at") WHERE next_closed_read_at is not null;