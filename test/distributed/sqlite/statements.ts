/** The channel on which the threads of tested carriers say which statements they make. */
export const STATEMENTS = 'penguiflow-test-statements';
