/**
 * In how many parts the deliveries of each webhook are worked on at once, over all processes. Each webhook has a row for
 * each from the moment that it is made. A power of two.
 */
export const WEBHOOK_LANES = 8;
