/** Where somebody signed in from, as the browser and the connection say. */
export type Device = { userAgent: string | null; ip: string | null };

const browsers: [string, RegExp][] = [
  ['Edge', /\bEdgA?(iOS)?\//],
  ['Opera', /\bOPR\/|\bOPiOS\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\bFirefox\/|\bFxiOS\//],
  ['Chromium', /\bChromium\//],
  ['Chrome', /\b(Headless)?Chrome\/|\bCriOS\//],
  ['Safari', /\bVersion\/.*\bSafari\//],
];
/** iPads call themselves Macs with a touch screen; Android names Linux too: hence the order. */
const systems: [string, RegExp][] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
];

const nameIn = (list: [string, RegExp][], text: string) => list.find(([, sign]) => sign.test(text))?.[0];

/**
 * Browser and system by name, from the `User-Agent` header; a program that is no browser by its own first word
 * (`python-requests`). A hint for the reader, never a check.
 */
export function describeDevice(userAgent: string | null): { program?: string; system?: string } {
  if (!userAgent) return {};
  const ownName = /^(?!Mozilla\b)[\w .-]{1,40}(?=\/|$)/.exec(userAgent)?.[0];
  const program = nameIn(browsers, userAgent) ?? ownName;
  const system = nameIn(systems, userAgent);
  return { ...(program ? { program } : {}), ...(system ? { system } : {}) };
}
