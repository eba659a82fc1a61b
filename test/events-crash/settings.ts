/** What people change, in all, while the gateway is killed again and again. */
export const CHANGES = 10_000;
/** People whom one notification tells of. */
export const MOST_AT_ONCE = 6;
export const KILLS = 6;
export const SESSIONS = 6;
export const GROUPS = 12;
/** In each group, beside those who are always in it: people who come, go, and change their role. */
export const PEOPLE = 30;

/** People wait when so many notifications are not acknowledged yet: all of those come again after a kill. */
export const MOST_UNACKNOWLEDGED = 300;
