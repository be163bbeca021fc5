import { openStore } from "#data";
type Kind = "a" | "b";
export function forget(kind: Kind): number {
  openStore("x").close();
  switch (kind) {
    case "a":
      return 1;
  }
  return 2;
}
