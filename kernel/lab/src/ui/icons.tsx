import { type IconName, PATHS } from "./icon-paths.ts";

export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  return (
    <svg
      className={`ic ${className}`}
      viewBox="0 0 16 16"
      aria-hidden="true"
      // biome-ignore lint/security/noDangerouslySetInnerHtml: the paths stand above, nothing comes from outside.
      dangerouslySetInnerHTML={{ __html: PATHS[name] }}
    />
  );
}
