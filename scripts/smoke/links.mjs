import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** The relative links of the packed pages that lead to no packed file or folder, as `page: target`. */
export async function deadLinks(root, paths) {
  const dead = [];
  for (const page of paths.filter((path) => path.endsWith('.md'))) {
    const prose = (await readFile(join(root, page), 'utf8')).replace(/^(`{3,})[^]*?^\1$/gm, '');
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^([a-z]+:|#)/.test(target)) continue;
      const path = posix.join(posix.dirname(page), target.split('#', 1)[0]).replace(/\/$/, '');
      if (!paths.some((packed) => packed === path || packed.startsWith(`${path}/`))) dead.push(`${page}: ${target}`);
    }
  }
  return dead;
}
