import { randomBytes, randomInt } from 'node:crypto';
import { proto, type AuthenticationCreds, type SignalDataSet } from '@whiskeysockets/baileys';
import { keyNode, registrationNode, signedKeyNode } from '../messages/index.js';
import type { Device } from '../server/device.js';
import type { DeviceRegistry } from '../server/device-registry.js';
import type { Account } from '../world/index.js';
import { newKeyPair, SigningKey } from '../wire/index.js';
import type { AccountKeys } from './account-keys.js';
import { signAsDevice, signIdentity } from './adv.js';

/** All that a linked device keeps, as Baileys keeps it. */
export interface Provisioned {
  creds: AuthenticationCreds;
  keys: SignalDataSet;
  device: Device;
}

const KEY_TYPE = Buffer.of(5);
const PRE_KEYS = 2;
/** Enough that the device uploads none. */
const PRE_KEYS_ON_SERVER = 812;
const REGISTRATION_IDS = 16_380;
const SIGNED_PRE_KEY_ID = 1;

/** Links a device that was never asked: for tests and benchmarks with many sessions. */
export function provisionDevice(account: Account, devices: DeviceRegistry, accountKeys: AccountKeys): Provisioned {
  const identity = new SigningKey();
  const noiseKey = newKeyPair();
  const id = devices.reserveId(account);
  const device = devices.link(account, id, { noise: Buffer.from(noiseKey.public), identity: identity.public });
  const signed = signIdentity(accountKeys.of(account), identity.public, id);
  const signedPreKey = newKeyPair();
  const preKeys = Array.from({ length: PRE_KEYS }, (_, index) => [String(index + 1), newKeyPair()] as const);
  const registrationId = randomInt(1, REGISTRATION_IDS);
  const signature = identity.sign(KEY_TYPE, signedPreKey.public);
  device.storeKeys(
    registrationNode(registrationId),
    signedKeyNode(SIGNED_PRE_KEY_ID, signedPreKey.public, signature),
    preKeys.map(([keyId, pair]) => keyNode(Number(keyId), pair.public)),
  );
  device.preKeyCount = PRE_KEYS_ON_SERVER;
  const creds: AuthenticationCreds = {
    noiseKey,
    pairingEphemeralKeyPair: newKeyPair(),
    signedIdentityKey: { public: identity.public, private: identity.scalar },
    signedPreKey: { keyPair: signedPreKey, signature, keyId: SIGNED_PRE_KEY_ID },
    registrationId,
    advSecretKey: randomBytes(32).toString('base64'),
    me: { id: device.jid, lid: device.lid, name: account.name },
    account: proto.ADVSignedDeviceIdentity.create({
      details: signed.details,
      accountSignatureKey: signed.accountKey,
      accountSignature: signed.accountSignature,
      deviceSignature: signAsDevice(signed, identity),
    }),
    signalIdentities: [
      { identifier: { name: device.lid, deviceId: 0 }, identifierKey: Buffer.concat([KEY_TYPE, signed.accountKey]) },
    ],
    platform: 'android',
    processedHistoryMessages: [],
    nextPreKeyId: PRE_KEYS + 1,
    firstUnuploadedPreKeyId: PRE_KEYS + 1,
    accountSyncCounter: 1,
    accountSettings: { unarchiveChats: false },
    registered: true,
    pairingCode: undefined,
    lastPropHash: undefined,
    routingInfo: undefined,
  };
  return { creds, keys: { 'pre-key': Object.fromEntries(preKeys) }, device };
}
