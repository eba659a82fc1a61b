import { describe, expect, it } from '@jest/globals';
import { gatewayVersion } from '#config';
import { entityTag, namesTag } from './entity-tag.js';

const TAG = entityTag('members', '01JD.7.all.');

describe('an entity tag', () => {
  it('is strong, and tells releases, kinds and versions from each other', () => {
    expect(TAG).toBe(`"${gatewayVersion()}/members/01JD.7.all."`);
    expect(TAG).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(new Set([TAG, entityTag('groups', '01JD.7.all.'), entityTag('members', '01JD.8.all.')]).size).toBe(3);
  });

  it.each([
    ['alone', TAG],
    ['made weak', `W/${TAG}`],
    ['among others', `"one", W/"two,three",${TAG} , "four"`],
    ['by the asterisk', ' * '],
  ])('is named %s', (_, header) => {
    expect(namesTag(header, TAG)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['another tag', '"one"'],
    ['a tag that begins like it', `${TAG.slice(0, -1)}1"`],
    ['what is no tag', TAG.slice(1, -1)],
    ['an asterisk in a tag', '"*"'],
    ['a weak sign of another case', `w/"x${TAG.slice(1)}`],
  ])('is not named by %s', (_, header) => {
    expect(namesTag(header, TAG)).toBe(false);
  });
});
