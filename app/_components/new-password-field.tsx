import { MIN_PASSWORD_LENGTH } from "@/lib/auth/passwords";
import { TextField } from "./field";

/** The field for a password that is new, with what one has to be. */
export const NewPasswordField = ({ label = "New password" }: { readonly label?: string }) => (
  <TextField
    name="newPassword"
    label={label}
    hint={`At least ${MIN_PASSWORD_LENGTH} characters.`}
    type="password"
    autoComplete="new-password"
    maxLength={1024}
    required
  />
);
