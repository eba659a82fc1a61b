export type { Inbox, ReceivedInvite } from './inbox.js';
export { bundleNode, keyNode, registrationNode, signedKeyNode, type KeyBundle } from './key-bundle.js';
export { Messages } from './messages.js';
