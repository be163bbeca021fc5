// The markers of a cell are tags in the notebook, the same that papermill and nbclient know.

export interface Marker {
  readonly tag: string;
  readonly label: string;
  readonly says: string;
  readonly badge: string;
}

export const MARKERS: readonly Marker[] = [
  {
    tag: "parameters",
    label: "Parameters",
    says: "Its values can be set from outside: by Schedule, and by tickbook run -p.",
    badge: "parameters",
  },
  {
    tag: "skip-execution",
    label: "Skip when run headless",
    says: "Promote, Schedule and tickbook run pass over it. Run by hand, it runs.",
    badge: "skipped headless",
  },
  {
    tag: "raises-exception",
    label: "May fail",
    says: "If it throws, the run goes on with the next cell.",
    badge: "may fail",
  },
];

/** The tags of a cell's metadata; anything else than a list of texts counts as none. */
export function tagsOf(metadata: unknown): string[] {
  const tags = (metadata as { tags?: unknown } | null | undefined)?.tags;
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [];
}

/** The tags with one set or taken out; order and other tags stay. */
export function withTag(tags: readonly string[], tag: string, isSet: boolean): string[] {
  if (!isSet) return tags.filter((one) => one !== tag);
  return tags.includes(tag) ? [...tags] : [...tags, tag];
}

export function badgesOf(tags: readonly string[]): readonly Marker[] {
  return MARKERS.filter(({ tag }) => tags.includes(tag));
}
