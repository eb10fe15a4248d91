// Is the target met, month by month?
import { categoryAxis, dashOf, endLabels, evenStep, frame, known, symbolOf, targetLine, tooltip, valueAxis, widthOf, DIAMOND, type Custom, type EndLabel, type Option, type Shape, type Tokens } from "./base";
import type { Months } from "./payload";

const NARROW_MONTHS = 6;

export function months(data: Months, t: Tokens, width: number): Option {
  const narrow = width < 480;
  const from = narrow ? Math.max(0, data.points.length - NARROW_MONTHS) : 0;
  const points = data.points.slice(from);
  const colour = t[data.side];
  const last = [...points].reverse().find((point) => known(point.value));
  const labels: EndLabel[] = [];
  if (last && known(last.value) && data.end.length > 0) labels.push({ at: last.value, lines: data.end.map((text, idx) => ({ text, fill: idx === 0 ? colour : t["ink-2"], bold: idx === 0 })) });
  if (known(data.target) && data.target_text) labels.push({ at: data.target, lines: [{ text: data.target_text, fill: t["ink-2"] }] });
  const lastOther = [...points].reverse().find((point) => known(point.other));
  if (lastOther && known(lastOther.other) && data.other_end) labels.push({ at: lastOther.other, lines: [{ text: data.other_end, fill: t["ink-2"] }] });
  const room = Math.max(0, ...labels.flatMap((label) => label.lines.map((line) => line.text.length * 6.4))) + 14;
  const withN = points.some((point) => known(point.n));

  const bars: Custom = {
    type: "custom", silent: true, z: 1, data: points.map((point, idx) => [idx, point.low ?? NaN, point.high ?? NaN]),
    renderItem: (_params, api): Shape | null => {
      const [x, low, high] = [api.value(0) as number, api.value(1) as number, api.value(2) as number];
      if (Number.isNaN(low) || Number.isNaN(high)) return null;
      const [px = 0, top = 0] = api.coord([x, Math.min(high, data.max)]);
      const bottom = api.coord([x, Math.max(low, data.min)])[1] ?? 0;
      return { type: "rect", shape: { x: px - 3, y: top, width: 6, height: Math.max(2, bottom - top), r: 3 }, style: { fill: colour, opacity: 0.22 } };
    },
  };
  const change = data.change;
  const changeAt = change ? change.index - from : -1;
  const changeMark: Custom[] = change && changeAt > 0 ? [{
    type: "custom", silent: true, z: 2, clip: false, data: [[changeAt, data.max]],
    renderItem: (params, api): Shape => {
      const box = params.coordSys as unknown as { y: number; height: number };
      const [x = 0] = api.coord([changeAt, data.max]);
      const [before = 0] = api.coord([changeAt - 1, data.max]);
      const at = (x + before) / 2;
      return { type: "group", children: [
        { type: "line", shape: { x1: at, y1: box.y - 4, x2: at, y2: box.y + box.height }, style: { stroke: t["ink-3"], lineDash: [4, 3], lineWidth: 1 } },
        { type: "text", style: { text: change.text, x: at + 5, y: box.y - 10, fill: t["ink-2"], fontSize: 12, fontFamily: t.font, verticalAlign: "middle" } },
      ] };
    },
  }] : [];

  const nMark: Custom[] = withN && data.n_name ? [{
    type: "custom", silent: true, clip: false, data: [[0, data.min]],
    renderItem: (params): Shape => {
      const box = params.coordSys as unknown as { x: number; y: number; height: number };
      return { type: "text", style: { text: data.n_name ?? "", x: box.x - 8, y: box.y + box.height + 33, align: "right", verticalAlign: "middle", fill: t["ink-3"], fontSize: 12, fontFamily: t.font } };
    },
  }] : [];

  return {
    ...frame(t),
    grid: { left: 36, right: room, top: change ? 24 : 12, bottom: withN ? 46 : 26 },
    tooltip: { ...tooltip(t, "axis"), formatter: (items: { dataIndex: number }[]) => points[items[0]?.dataIndex ?? 0]?.text ?? "" },
    xAxis: categoryAxis(t, points.map((point) => point.label), {
      axisLabel: {
        interval: 0, margin: 8, color: t["ink-3"], fontSize: 12, fontFamily: t.font, hideOverlap: false,
        formatter: (label: string, idx: number) => withN ? `{m|${label}}\n{n|${points[idx]?.n ?? "–"}}` : label,
        rich: { m: { color: t["ink-3"], fontSize: 12, fontFamily: t.font, lineHeight: 16 }, n: { color: t["ink-2"], fontSize: 12, fontFamily: t.font, lineHeight: 18 } },
      },
    }),
    yAxis: valueAxis(t, data.min, data.max, { splitNumber: 4, interval: evenStep(data.min, data.max) }),
    series: [
      bars, ...changeMark, ...nMark,
      {
        type: "line", name: data.name, data: points.map((point) => point.value ?? null), connectNulls: false, showAllSymbol: true,
        symbol: symbolOf[data.side], symbolSize: 8, z: 3, emphasis: { disabled: true },
        lineStyle: { color: colour, width: widthOf[data.side], type: dashOf[data.side] }, itemStyle: { color: colour, borderColor: t.surface, borderWidth: 1.5 },
        ...(known(data.target) ? { markLine: targetLine(t, data.target) } : {}),
      },
      {
        type: "scatter", name: data.other_name ?? "", data: points.map((point, idx) => [idx, point.other ?? NaN]), symbol: DIAMOND, symbolSize: 9, z: 4, emphasis: { disabled: true },
        itemStyle: { color: t.surface, borderColor: t["ink-3"], borderWidth: 1.5 },
      },
      ...(labels.length > 0 ? [endLabels(t, labels)] : []),
    ],
  };
}
