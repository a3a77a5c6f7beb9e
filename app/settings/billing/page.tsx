import { redirect } from "next/navigation";
import { OVERVIEW } from "./paths";

export default function BillingPage() {
  redirect(OVERVIEW);
}
