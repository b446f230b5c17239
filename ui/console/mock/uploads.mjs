/** Files that were sent to the mock, by their id. */
export const uploads = new Map();
