import { computed, signal } from '@preact/signals';
import { route } from './route.js';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Lowest level that somebody wants to see on the Logs screen. */
export const wantedLevel = signal<string>('info');

/** What the stream is asked for: lines only while somebody looks at them. */
export const tailLevel = computed(() => (route.value.screen === 'logs' ? wantedLevel.value : ''));
