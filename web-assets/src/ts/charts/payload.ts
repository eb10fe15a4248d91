// What the server writes into <script type="application/json"> of a figure. Texts arrive formatted in the reader's locale;
// numbers only place marks. `null` is "not known" and draws a gap, never zero.

export type Side = "client" | "provider" | "facts";

/** One measure a month: line with interval bars, target, n under the axis, hollow diamonds where a second source differs. */
export interface Months {
  unit: string; min: number; max: number;
  side: Side; name: string;
  target?: number | null; target_text?: string | null;
  n_name?: string | null; other_name?: string | null;
  points: { label: string; value: number | null; low?: number | null; high?: number | null; n?: number | null; other?: number | null; text: string }[];
  /** Lines written at the right end, the first in ink: "96.0 our clock", "87.5 to 98.8". */
  end: string[];
  other_end?: string | null;
  /** A change of definition, drawn before the point `index`. */
  change?: { index: number; text: string } | null;
}

/** Counts by class; classes past the target are outlined; the target stands before class `target_index`. */
export interface Distribution {
  bins: { label: string; n: number; past: boolean; text?: string }[];
  x_name: string; y_name: string;
  target_index?: number | null; target_text?: string | null;
}

/** Bars from zero. `horizontal` for names as categories. `texts` are the labels at the bars' ends. */
export interface Bars {
  unit: string; categories: string[]; horizontal: boolean;
  series: { name: string; side: Side; values: (number | null)[]; texts?: string[] }[];
}

/** Both sides over time with 80% bands; facts in a strip of their own below, on the same time axis. */
export interface Line {
  unit: string; min: number; max: number; labels: string[];
  series: { name: string; side: Side; values: (number | null)[]; low?: (number | null)[]; high?: (number | null)[]; end_text: string; end_note?: string | null }[];
  facts?: { name: string; values: (number | null)[]; min: number; max: number; target?: number | null; end_text: string } | null;
  /** `index` may lie between two labels: 7.3. */
  change?: { index: number; text: string; note?: string | null } | null;
}

/** Facts against feelings. Ranges stay fixed from month to month, so the server sets them. */
export interface Plane {
  x: { min: number; max: number; name: string; target_text: string };
  y: { min: number; max: number; split: number; name: string };
  corners: { tl: string; tr: string; bl: string; br: string };
  points: { label: string; x: number; y: number; low?: number | null; high?: number | null; size: number; href?: string | null; strong?: boolean; faint?: boolean; text?: string }[];
}

/** Worth to the client against worth to us. `pick` is the recommended package; low and high are corners of its interval. */
export interface Frontier {
  x: { name: string; min: number; max: number };
  y: { name: string; min: number; max: number };
  frontier: [number, number][]; best: [number, number][];
  points: { kind: "today" | "none" | "ours" | "theirs" | "pick"; x: number; y: number; label: string; low?: [number, number] | null; high?: [number, number] | null }[];
  better_than?: { x: number; y: number } | null;
}
