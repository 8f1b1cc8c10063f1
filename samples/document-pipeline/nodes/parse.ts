import { Node, type FlowNode } from 'penguiflow';

import { Outline } from '../messages/outline.js';
import type { Page } from '../messages/page.js';

const FENCE = /^ *(`{3,}|~{3,})[^]*?(?:^ *\1|$(?![^]))/gm;
const HEADING = /^#{1,6} +|^.+\n(?:=+|-+)$/gm;
const LINK = /!?\[([^\]]*)\]\([^)]*\)/g;
const MARKUP = /<[^>]*>|https?:\/\/\S+|`[^`]*`|[*_#|>]/g;

/** Takes a document of Markdown apart. */
@Node()
export class Parse implements FlowNode<Page, Outline> {
  process({ path, text }: Page): Outline {
    const withoutCode = text.replace(FENCE, '');
    const prose = withoutCode.replace(LINK, '$1').replace(MARKUP, ' ');
    const [codeBlocks, headings, links] = [count(text, FENCE), count(withoutCode, HEADING), count(withoutCode, LINK)];
    return new Outline(path, headings, links, codeBlocks, prose);
  }
}

function count(text: string, what: RegExp): number {
  return [...text.matchAll(what)].length;
}
