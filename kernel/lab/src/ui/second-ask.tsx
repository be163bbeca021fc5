import { type ReactNode, useEffect, useRef } from "react";
import { Button } from "./parts.tsx";

export const DISARM_MS = 10_000;
const IGNORE_MS = 300;

interface SecondAskProps {
  label: string;
  className: string;
  yes: string;
  no?: string;
  /** Halting harms nothing, so it takes the focus; anything else leaves it on "No". */
  focus: "yes" | "no";
  isSmall?: boolean;
  children: ReactNode;
  onYes(): void;
  onNo(): void;
}

/** Asks again before something is done. Goes away by itself after 10 s; Esc is "No"; a double click is one click. */
export function SecondAsk(props: SecondAskProps) {
  const { label, className, yes, no = "No", focus, isSmall = true, children, onYes, onNo } = props;
  const shownAt = useRef(Date.now());
  const leave = useRef(onNo);
  leave.current = onNo;
  useEffect(() => {
    const timer = setTimeout(() => leave.current(), DISARM_MS);
    return () => clearTimeout(timer);
  }, []);
  const accept = () => {
    if (Date.now() - shownAt.current >= IGNORE_MS) onYes();
  };
  return (
    <div
      className={className}
      role="alertdialog"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onNo();
      }}
    >
      {children}
      <div className="row">
        <span className="m s">Asks for 10 s</span>
        <span className="grow" />
        <Button isSmall={isSmall} takesFocus={focus === "no"} onClick={onNo}>
          {no}
        </Button>
        <Button isSmall={isSmall} look="danger" takesFocus={focus === "yes"} onClick={accept}>
          {yes}
        </Button>
      </div>
    </div>
  );
}
