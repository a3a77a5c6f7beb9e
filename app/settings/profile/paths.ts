/** The panel in which a person chooses their time zone. */
export const ABOUT_YOU = "/settings/profile#about-you";

/** How the form says that no time zone is chosen. */
export const FOLLOW_BROWSER = "browser";
