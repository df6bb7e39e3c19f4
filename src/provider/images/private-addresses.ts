import { BlockList, isIP, isIPv4 } from 'node:net';

/** IPv4 networks that are not the public internet, by the registry of special-purpose addresses (RFC 6890 and later). */
const privateV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/**
 * Within 2000::/3, the only public part of IPv6: networks for documents and tests, and those that carry an IPv4
 * address inside (Teredo, 6to4). Everything outside 2000::/3 is refused as a whole: loopback, mapped and compatible
 * IPv4, NAT64, unique-local, link-local, multicast.
 */
const specialV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const v4 = blockList(privateV4, 'ipv4');
const v6 = blockList(specialV6, 'ipv6');
const global = blockList(['2000::/3'], 'ipv6');

/** True for an IP address (as the resolver or `URL` writes it) on the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  if (isIPv4(address)) return !v4.check(address, 'ipv4');
  return global.check(address, 'ipv6') && !v6.check(address, 'ipv6');
}

function blockList(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
