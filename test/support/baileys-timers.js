/*
 * Baileys gives its upload of keys, the first of which follows every linking, half a minute, and lets that timer run on
 * when the upload is done. Nothing waits for it any more, but each process of Jest would before it ends.
 */
const UPLOAD_TIMEOUT_MS = 30_000;
const { setTimeout } = globalThis;

globalThis.setTimeout = Object.assign((work, ms, ...rest) => {
  const timer = setTimeout(work, ms, ...rest);
  return ms === UPLOAD_TIMEOUT_MS ? timer.unref() : timer;
}, setTimeout);
