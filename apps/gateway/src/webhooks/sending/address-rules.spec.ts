import { describe, expect, it } from '@jest/globals';
import { AddressRules } from './address-rules.js';
import { refusalOf } from './target-url.js';

const PUBLIC = new AddressRules();

describe('AddressRules', () => {
  it.each([
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ['link-local, metadata', '169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
    ['metadata elsewhere', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254'],
    ["a carrier's NAT", '100.64.0.0', '100.127.255.255'],
    ['unique local', 'fc00::1', 'fdff:ffff::1'],
    ['site-local', 'fec0::1', 'feff::1'],
    ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1', '192.0.0.1', '192.88.99.1', '4000::1', '5f00::1', '100::1'],
    ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
    ['benchmarks', '198.18.0.1', '198.19.255.255', '2001:2::1'],
    ['IPv4 mapped into IPv6', '::ffff:127.0.0.1', '::ffff:a00:1', '::ffff:169.254.169.254'],
    ['IPv4 compatible with IPv6', '::127.0.0.1', '::10.0.0.1', '::8.8.8.8'],
    ['IPv4 translated', '::ffff:0:127.0.0.1', '::ffff:0:8.8.8.8'],
    ['private behind NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b:1::8.8.8.8'],
    ['6to4', '2002:7f00:1::1', '2002:a00:1::1', '2002:808:808::1'],
    ['Teredo', '2001:0:7f00:1::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['what is no address', '', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '1.2.3.4.5', '[::1]'],
  ])('refuses %s', (_, ...addresses) => {
    expect(addresses.filter((address) => PUBLIC.allows(address))).toEqual([]);
  });

  it.each(['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'])(
    'allows the public %s',
    (address) => expect(PUBLIC.allows(address)).toBe(true),
  );

  it.each(['172.15.255.255', '172.32.0.0', '192.167.255.255', '198.17.255.255', '198.20.0.0', '223.255.255.255'])(
    'allows the public %s',
    (address) => expect(PUBLIC.allows(address)).toBe(true),
  );

  it.each(['2606:4700:4700::1111', '2001:4860:4860::8888', '::ffff:1.1.1.1', '64:ff9b::1.1.1.1', '2a00::1'])(
    'allows the public %s',
    (address) => expect(PUBLIC.allows(address)).toBe(true),
  );

  it('lets exactly what is listed in', () => {
    const rules = new AddressRules(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32', '::1']);
    const asked = ['10.1.0.0', '10.1.255.255', '127.0.0.1', 'fd00:1:ffff::1', '::1', '::ffff:10.1.2.3', '1.1.1.1'];
    expect(asked.filter((address) => !rules.allows(address))).toEqual([]);
    const others = ['10.0.255.255', '10.2.0.0', '127.0.0.2', 'fd00:2::1', '::2', '64:ff9b::10.1.2.3', '2002:a01:1::1'];
    expect(others.filter((address) => rules.allows(address))).toEqual([]);
  });

  it('takes an IPv4 network in its IPv6 form', () => {
    const rules = new AddressRules(['::ffff:10.1.0.0/112', '::9.9.9.9']);
    expect(rules.allows('::9.9.9.9')).toBe(true);
    expect(rules.allows('10.1.2.3')).toBe(true);
    expect(rules.allows('10.2.2.3')).toBe(false);
  });
});

describe('refusalOf', () => {
  it.each([
    ['dotted', 'http://127.0.0.1/'],
    ['decimal', 'http://2130706433/'],
    ['octal', 'http://0177.0.0.1/'],
    ['octal, long', 'http://000000177.000.000.001/'],
    ['hexadecimal', 'http://0x7f000001/'],
    ['hexadecimal parts', 'http://0x7f.0x0.0x0.0x1/'],
    ['mixed', 'http://0x7f.0.1/'],
    ['short', 'http://127.1/'],
    ['shortest', 'http://0/'],
    ['a trailing dot', 'http://127.0.0.1./'],
    ['percent-encoded', 'http://%31%32%37.0.0.1/'],
    ['digits of another script', 'http://１２７.０.０.１/'],
    ['dots of another script', 'http://127。0。0。1/'],
    ['with a port', 'https://10.0.0.1:8443/x'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['metadata, decimal', 'http://2852039166/'],
    ['IPv6', 'http://[::1]/'],
    ['IPv6, long', 'http://[0:0:0:0:0:0:0:1]/'],
    ['IPv6, unspecified', 'http://[::]/'],
    ['IPv6, mapped', 'http://[::ffff:127.0.0.1]/'],
    ['IPv6, mapped, hexadecimal', 'http://[::ffff:7f00:1]/'],
    ['IPv6, compatible', 'http://[::7f00:1]/'],
    ['IPv6, NAT64', 'http://[64:ff9b::7f00:1]/'],
    ['IPv6, 6to4', 'http://[2002:7f00:1::]/'],
    ['IPv6, unique local', 'https://[fd00::1]:8443/'],
    ['this machine by name', 'http://localhost:3000/'],
    ['this machine by name, in capitals', 'http://LocalHost/'],
    ['this machine by name, with a dot', 'http://localhost./'],
    ['this machine by a name below', 'http://api.localhost/'],
  ])('finds an address that is refused: %s', (_, url) => {
    expect(refusalOf(url, PUBLIC)).toBe('address_refused');
  });

  it.each([
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'example.com/hook',
    '//example.com/hook',
    'http://',
    'http://user@example.com/',
    'http://user:password@example.com/',
    'http://:password@example.com/',
    'http://[fe80::1%25eth0]/',
    'http://[fe80::1%eth0]/',
    'http://1.2.3.4.5/',
    'http://256.1.1.1/',
    'http://exa mple.com/',
  ])('finds what is no URL for a webhook: %s', (url) => {
    expect(refusalOf(url, PUBLIC)).toBe('unsupported_url');
  });

  it.each([
    'https://example.com/',
    'http://1.1.1.1:8080/a?b=c',
    'https://[2606:4700:4700::1111]/',
    'https://localhost.example/',
  ])('has nothing against %s', (url) => expect(refusalOf(url, PUBLIC)).toBeUndefined());

  it('knows what the operator lists', () => {
    const rules = new AddressRules(['127.0.0.0/8']);
    expect(refusalOf('http://0x7f.1/', rules)).toBeUndefined();
    expect(refusalOf('http://localhost/', rules)).toBeUndefined();
    expect(refusalOf('http://[::1]/', rules)).toBe('address_refused');
    expect(refusalOf('http://10.0.0.1/', rules)).toBe('address_refused');
  });
});
