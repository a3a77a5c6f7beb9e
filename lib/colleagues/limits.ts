/** People of one account and open invitations, together: every page shows all of them. */
export const MAX_PEOPLE = 100;
/** In 15 minutes: each sends a mail to somebody who did not ask for one. */
export const INVITATIONS_PER_PERSON = 20;
/** In 15 minutes, of one account to one address. */
export const INVITATIONS_PER_EMAIL = 3;
/** An invitation is open for a week after it was last sent. */
export const INVITATION_SECONDS = 7 * 24 * 3_600;
