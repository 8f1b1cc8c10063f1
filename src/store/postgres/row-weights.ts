/** What rows weigh with their indexes, roughly, in bytes: without the texts that are added. */
export const WEIGHTS = { run: 800, attempt: 220 } as const;

/** The same for what is written once, as SQL: what is added when it is written is taken away when it is deleted. */
export const WEIGHED = {
  message: "250 + octet_length(coalesce(meta, '')) + octet_length(coalesce(preview, ''))",
  payload: '150 + octet_length(bytes)',
  event: "150 + octet_length(coalesce(detail, ''))",
  line: "150 + octet_length(message) + octet_length(coalesce(fields, ''))",
} as const;
