/** The server demands the same; asking here saves a round trip. */
export const SHORTEST_PASSWORD = 10;
