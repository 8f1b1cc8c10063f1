import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { RunnerInit } from '../flow-store.js';

/** This process, as a writer of history. */
export function ownRunner(version: string, startedMs: number): RunnerInit {
  return { instance: randomUUID(), host: hostname(), bootId: bootId(), pid: process.pid, version, startedMs };
}

/** Of the system and of the name space of pids in it, so that a pid means the same thing. */
function bootId(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
