// Bars from zero; a loss is outlined and carries its minus sign in the text.
import { categoryAxis, frame, number, tooltip, valueAxis, type Option, type Tokens } from "./base";
import { alpha } from "./distribution";
import type { Bars } from "./payload";

export function bars(data: Bars, t: Tokens, width: number): Option {
  const all = data.series.flatMap((series) => series.values.filter((value) => value !== null));
  const low = Math.min(0, ...all);
  const longest = Math.max(...data.categories.map((name) => name.length)) * 6.4 + 16;
  const names = categoryAxis(t, data.categories, data.horizontal
    ? { inverse: true, axisLabel: { color: t["ink-2"], fontSize: 12, fontFamily: t.font, interval: 0, margin: 10, width: Math.min(longest, width * 0.4), overflow: "truncate" } }
    : { axisLabel: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, interval: 0, hideOverlap: true, margin: 8 } });
  const values = valueAxis(t, low < 0 ? (undefined as unknown as number) : 0, undefined as unknown as number, { splitNumber: width < 480 ? 3 : 5 });
  const text = (seriesIdx: number, idx: number): string => {
    const series = data.series[seriesIdx];
    const value = series?.values[idx];
    return value === null || value === undefined ? "" : series?.texts?.[idx] ?? `${number(value)}${data.unit === "%" ? "%" : ""}`;
  };
  // Amounts above bars that are narrower than they are would run into one another: the tooltip and the table have them.
  const widest = Math.max(0, ...(data.series[0]?.values ?? []).map((_, idx) => text(0, idx).length)) * 6.4 + 6;
  const fits = data.horizontal || (data.series.length === 1 && widest < (width - 52) / Math.max(1, data.categories.length));
  return {
    ...frame(t),
    grid: data.horizontal ? { left: Math.min(longest, width * 0.4) + 4, right: 56, top: 6, bottom: 26 } : { left: 44, right: 8, top: 20, bottom: 26 },
    tooltip: { ...tooltip(t, "item"), formatter: (item: { seriesIndex: number; dataIndex: number }) => `${data.categories[item.dataIndex]}, ${data.series[item.seriesIndex]?.name}: ${text(item.seriesIndex, item.dataIndex)}` },
    xAxis: data.horizontal ? values : names,
    yAxis: data.horizontal ? names : values,
    series: data.series.map((series, seriesIdx) => ({
      type: "bar", name: series.name, barMaxWidth: data.horizontal ? 22 : 44, barGap: "20%", barCategoryGap: "36%", emphasis: { disabled: true },
      label: { show: fits, position: data.horizontal ? "right" : "top", color: t["ink-2"], fontSize: 12, fontFamily: t.font, formatter: (item: { dataIndex: number }) => text(seriesIdx, item.dataIndex) },
      data: series.values.map((value) => ({ value, itemStyle: value !== null && value < 0 ? { color: alpha(t[series.side], 0.18), borderColor: t[series.side], borderWidth: 1, borderRadius: 1 } : { color: t[series.side], borderRadius: data.horizontal ? [0, 2, 2, 0] : [2, 2, 0, 0] } })),
    })),
  };
}
