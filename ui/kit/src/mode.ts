import { createContext, useContext } from "react";
import type { Mode } from "./palette";

export const ModeContext = createContext<Mode>("light");

/** Light or dark, as shown now. */
export function useMode(): Mode {
  return useContext(ModeContext);
}
