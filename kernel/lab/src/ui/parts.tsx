import { type ButtonHTMLAttributes, type ReactNode, useEffect, useRef } from "react";
import type { Place } from "../comm/protocol.ts";
import type { IconName } from "./icon-paths.ts";
import { Icon } from "./icons.tsx";
import { placeText, signed } from "./text.ts";

export type Tone = "" | "ok" | "warn" | "bad" | "m";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "accept" | "danger" | "danger-outline";
  isSmall?: boolean;
  /** Takes the focus when it appears. */
  takesFocus?: boolean;
}

export function Button({ look = "plain", isSmall, takesFocus, className = "", ...rest }: ButtonProps) {
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) ref.current?.focus();
  }, [takesFocus]);
  return (
    <button
      ref={ref}
      type="button"
      className={`btn ${look} ${isSmall ? "small" : ""} ${className}`}
      {...rest}
    />
  );
}

/** A button that reads as a link: it goes somewhere. */
export function Link({ className = "", ...rest }: ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" className={`lnk ${className}`} {...rest} />;
}

export function Chip(props: { icon?: IconName; tone?: Tone; className?: string; children: ReactNode }) {
  const { icon, tone = "", className = "", children } = props;
  const box = tone === "warn" || tone === "bad" ? tone : "";
  return (
    <span className={`chip ${icon ? "" : "plain"} ${box} ${className}`}>
      {icon && <Icon name={icon} className={tone} />}
      {children}
    </span>
  );
}

export function Note(props: {
  tone?: "warn" | "bad" | "info" | "";
  icon?: IconName;
  role?: string;
  children: ReactNode;
  after?: ReactNode;
}) {
  const { tone = "", icon, role, children, after } = props;
  return (
    <div className={`note ${tone}`} role={role}>
      {icon && <Icon name={icon} />}
      <div className="grow">{children}</div>
      {after}
    </div>
  );
}

/** Profit or loss: shape, sign and colour say the same. */
export function Profit({ value, decimals = 2 }: { value: number | null; decimals?: number }) {
  const text = signed(value, decimals);
  const tone = text.startsWith("+") ? "gain" : text.startsWith("−") ? "loss" : "";
  return (
    <span className={`${tone} nw`}>
      {tone !== "" && <Icon name={tone === "gain" ? "up" : "down"} className="sm" />}
      {tone !== "" && " "}
      {text}
    </span>
  );
}

/** A link to a cell and line; plain text if the cell is unknown. */
export function CellLink({ place, onGo }: { place: Place; onGo: ((place: Place) => void) | undefined }) {
  if (place.cell === undefined && place.cellId === undefined) return null;
  if (!onGo || place.cellId === undefined) return <span className="m nw cell">{placeText(place)}</span>;
  return (
    <Link className="cell nw" onClick={() => onGo(place)}>
      <Icon name="go" className="sm" /> {placeText(place)}
    </Link>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  return (
    <button
      type="button"
      className="ib"
      aria-label={label}
      title={label}
      onClick={() => void navigator.clipboard?.writeText(text)}
    >
      <Icon name="copy" className="sm" />
    </button>
  );
}

/** Text with `code` in back-quotes drawn as code. */
export function Prose({ text }: { text: string }) {
  const parts = text
    .split(/`([^`\n]+)`/)
    .map((part, index) => ({ part, at: `${index} ${part}`, isCode: index % 2 === 1 }));
  return <>{parts.map(({ part, at, isCode }) => (isCode ? <code key={at}>{part}</code> : part))}</>;
}
