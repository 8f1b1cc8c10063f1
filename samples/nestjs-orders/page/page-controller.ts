import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { AppConfig } from '../app-config.js';

/** The compiler copies no HTML: it is read from beside the source. `nest build` would copy it as an asset. */
const FOLDER = import.meta.dirname.replace(`${sep}dist${sep}`, sep);

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** Where the inspector is. */
export const INSPECTOR_PATH = '/_penguiflow';

/** The page on which people order and watch. */
@Controller()
export class PageController {
  readonly #html: string;
  readonly #css = read('orders.css');
  readonly #script = read('orders-page.js');

  constructor({ inspectorToken }: AppConfig) {
    const html = read('orders.html');
    // The page links traces to it.
    this.#html =
      inspectorToken === undefined
        ? html
        : html.replace('<body>', `<body data-inspector="${INSPECTOR_PATH.slice(1)}/">`);
  }

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'self'; img-src 'self' data:")
  html(): string {
    return this.#html;
  }

  @Get('orders.css')
  @Header('content-type', 'text/css; charset=utf-8')
  css(): string {
    return this.#css;
  }

  @Get('orders-page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return this.#script;
  }
}
