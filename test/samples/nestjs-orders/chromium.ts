import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the system has a Chromium; the variable `CHROMIUM` names another. */
export const CHROMIUM: string | undefined = process.env['CHROMIUM'] ?? PLACES.find((path) => existsSync(path));

/** Starts it without a screen, with a profile of its own, and without calls to anywhere. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
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
