/** So many messages of a session may be without an answer of the engine. */
export const PUT_WINDOW = 256;
