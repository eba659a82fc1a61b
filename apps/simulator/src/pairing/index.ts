export { AccountKeys } from './account-keys.js';
export { signAsDevice, signIdentity } from './adv.js';
export { Companion } from './companion.js';
export { Linking, type ForgedIdentity } from './linking.js';
export { provisionDevice, type Provisioned } from './provision.js';
