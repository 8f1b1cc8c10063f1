import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import type { Tool } from './needs-tool.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the system has a Chromium; the variable `CHROMIUM` names another. */
const PLACE: string | undefined = process.env['CHROMIUM'] ?? PLACES.find((path) => existsSync(path));

export const CHROMIUM: Tool = {
  name: 'Chromium',
  install: 'apt-get install chromium',
  isThere: () => PLACE !== undefined,
};

/** Starts it without a screen, with a profile of its own, and without calls to anywhere. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: PLACE!,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
