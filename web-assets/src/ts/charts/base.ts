// Shared by every chart: the registered parts of ECharts, the tokens read from the page, axes, tooltips, end labels.
import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { CustomSeriesOption, CustomSeriesRenderItemReturn } from "echarts";
import type { Side } from "./payload";

echarts.use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);
export { echarts };
export type Option = Record<string, unknown>;
export type Custom = CustomSeriesOption;
export type Shape = NonNullable<CustomSeriesRenderItemReturn>;

const ROLES = ["surface", "raised", "line", "line-2", "ink", "ink-2", "ink-3", "accent", "accent-tint", "client", "provider", "facts", "risk", "good", "watch"] as const;
export type Tokens = Record<(typeof ROLES)[number], string> & { font: string };

export function tokens(): Tokens {
  const style = getComputedStyle(document.documentElement);
  const out = Object.fromEntries(ROLES.map((role) => [role, style.getPropertyValue(`--${role}`).trim()])) as Tokens;
  out.font = getComputedStyle(document.body).fontFamily;
  // Forced colours: the page is drawn in system colours, so the charts are too; shape and dash still tell the series apart.
  if (matchMedia("(forced-colors: active)").matches) {
    for (const role of ROLES) out[role] = "CanvasText";
    Object.assign(out, { surface: "Canvas", raised: "Canvas", "accent-tint": "Canvas", line: "GrayText", "line-2": "GrayText", accent: "Highlight" });
  }
  return out;
}

export const DIAMOND = "path://M5 0L10 5L5 10L0 5Z";
export const symbolOf: Record<Side, string> = { client: "circle", provider: "rect", facts: DIAMOND };
export const dashOf: Record<Side, number[] | "solid"> = { client: "solid", provider: [6, 3], facts: "solid" };
export const widthOf: Record<Side, number> = { client: 2, provider: 2, facts: 1.75 };

export const number = (value: number): string => new Intl.NumberFormat(document.documentElement.dataset["locale"] || document.documentElement.lang || undefined, { maximumFractionDigits: 2 }).format(value).replace(/^-/, "\u2212");

export function frame(t: Tokens): Option {
  return {
    animation: false,
    stateAnimation: { duration: 0 },
    textStyle: { fontFamily: t.font, fontSize: 12, color: t["ink-3"] },
    aria: { enabled: false },
  };
}

export function tooltip(t: Tokens, trigger: "axis" | "item"): Option {
  return {
    trigger, renderMode: "richText", confine: true, transitionDuration: 0,
    backgroundColor: t.raised, borderColor: t["line-2"], borderWidth: 1, borderRadius: 6, padding: [6, 10],
    textStyle: { color: t.ink, fontFamily: t.font, fontSize: 12, lineHeight: 16 },
    axisPointer: { type: "line", lineStyle: { color: t["line-2"], width: 1, type: "solid" }, label: { show: false } },
  };
}

export function valueAxis(t: Tokens, min: number, max: number, extra: Option = {}): Option {
  return {
    type: "value", min, max,
    axisLine: { show: false }, axisTick: { show: false },
    splitLine: { lineStyle: { color: t.line, width: 1 } },
    axisLabel: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, margin: 8, formatter: (value: number) => number(value) },
    ...extra,
  };
}

export function categoryAxis(t: Tokens, data: string[], extra: Option = {}): Option {
  return {
    type: "category", data, boundaryGap: true,
    axisLine: { lineStyle: { color: t["line-2"], width: 1 } }, axisTick: { show: false }, splitLine: { show: false },
    axisLabel: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, interval: 0, hideOverlap: true, margin: 8 },
    ...extra,
  };
}

export interface EndLabel { at: number; lines: { text: string; fill: string; bold?: boolean }[] }

/** Labels at the right end of the plot, at their values and pushed apart where they would touch. */
export function endLabels(t: Tokens, labels: EndLabel[], axes: Option = {}, gap = 8): Custom {
  return {
    type: "custom", clip: false, silent: true, z: 5, tooltip: { show: false }, data: [[0, labels[0]?.at ?? 0]], ...axes,
    renderItem: (params, api): Shape => {
      const box = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
      const placed = labels.map((label) => ({ label, y: (api.coord([0, label.at])[1] ?? 0) - 8, height: label.lines.length * 16 })).sort((a, b) => a.y - b.y);
      placed.forEach((item, idx) => { const before = placed[idx - 1]; if (before) item.y = Math.max(item.y, before.y + before.height + 2); });
      let floor = box.y + box.height + 12;
      for (const item of [...placed].reverse()) { item.y = Math.min(item.y, floor - item.height); floor = item.y - 2; }
      return {
        type: "group",
        children: placed.flatMap(({ label, y }) => label.lines.map((line, idx) => ({
          type: "text" as const,
          style: { text: line.text, x: box.x + box.width + gap, y: y + idx * 16 + 8, verticalAlign: "middle" as const, fill: line.fill, fontSize: 12, fontFamily: t.font, fontWeight: line.bold ? 600 : 400 },
        }))),
      };
    },
  } as Custom;
}

/** The dotted target line of a value axis. */
export function targetLine(t: Tokens, at: number): Option {
  return { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: t.facts, opacity: 0.7, type: [2, 3], width: 1.25 }, data: [{ yAxis: at }] };
}

/** A step that divides the range into three to five equal parts; none where no round one does. */
export function evenStep(min: number, max: number): number | undefined {
  const range = max - min;
  const size = 10 ** Math.floor(Math.log10(range));
  return [0.1, 0.2, 0.25, 0.5, 1, 2, 2.5].map((part) => part * size).filter((step) => { const n = range / step; return n >= 3 && n <= 5 && Math.abs(n - Math.round(n)) < 1e-6; })[0];
}

/** Rough width of 12 px text; enough to keep labels apart and inside. */
export const textWidth = (text: string): number => text.length * 6.3;

export const known = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
