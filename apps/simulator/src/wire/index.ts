export { decodePlaintext, encodePlaintext } from './codec.js';
export {
  aesCtr,
  agree,
  agreementKeyFrom,
  decryptGcm,
  encryptGcm,
  hkdf,
  hmacSha256,
  newAgreementKey,
  newKeyPair,
  rawPrivate,
  type AgreementKey,
} from './crypto.js';
export { frame, FrameReader } from './frames.js';
export { NoiseResponder, type NoiseCipher } from './noise.js';
export { bytesOf, child, children, node, text, textOf, type StanzaNode } from './node.js';
export { ServerIdentity, type ForgedCertificate } from './server-identity.js';
export { isSignedBy, SigningKey } from './signing-key.js';
